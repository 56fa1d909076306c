"""What an exported graph gives of the body of a model with head pose beside it."""

from __future__ import annotations

from typing import Any

import torch
from mmpose.codecs import MSRAHeatmap, RegressionLabel, SimCCLabel
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor

from bernoulli_headpose.onnx.interface import BODY_OUTPUTS

from ..codecs.decode import decode_keypoints
from ..models import TopdownWithHeadPose
from ..models.body_checks import decoder_of


class BesideBody:
    """A body's keypoints, and the raw outputs of its head, as MMPose decodes them.

    Keypoints are there where :func:`decodes_body`: ``keypoints``, (B, K, 2), in pixels
    of the input, and ``keypoint_scores``, (B, K). Then, by the kind of head:
    ``body_simcc_x`` and ``body_simcc_y``, (B, K, bins); ``body_heatmaps``, (B, C, H,
    W); or ``body_coordinates``, (B, K, 2) or (B, K, 4), in shares of the input's size.

    Args:
        model: In evaluation mode.

    Attributes:
        input_shape: The one that the graph takes, (3, H, W).
        outputs: Names, in the order of :meth:`of`.
        shapes: Of each output, without the batch.

    Raises:
        ValueError: If the model asks for the flip test, or its head is of no such kind.
    """

    def __init__(self, model: TopdownWithHeadPose) -> None:
        if (model.test_cfg or {}).get('flip_test', False):
            raise ValueError(
                'flip_test: expected it off for a graph with a body (--flip-test off)'
            )
        width, height = model.head_pose.decoder.input_size
        self.input_shape = (3, height, width)
        self._model = model
        with torch.no_grad():
            feats, _ = model.head_pose_maps(torch.zeros(1, *self.input_shape))
            raw = model.head(feats)
        names = _names(raw)
        if not names:
            raise ValueError(
                'model: expected a body with SimCC, heatmaps or coordinates to export, '
                f'got {type(model.head).__name__}'
            )
        self.outputs = (*(BODY_OUTPUTS if decodes_body(model) else ()), *names)
        pairs = zip(self.outputs, self._with_keypoints(_each(raw)), strict=True)
        self.shapes = {name: tuple(one.shape[1:]) for name, one in pairs}

    def of(self, feats: Any) -> tuple[Tensor, ...]:
        """The body's outputs, of what its head reads."""
        return self._with_keypoints(_each(self._model.head(feats)))

    def _with_keypoints(self, raw: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        if not decodes_body(self._model):
            return raw
        codec: Any = decoder_of(self._model.head)
        if isinstance(codec, SimCCLabel):
            points, scores = _of_simcc(*raw)
            return points / codec.simcc_split_ratio, scores, *raw
        if isinstance(codec, MSRAHeatmap):
            points, scores = decode_keypoints(raw[0])
            return points * points.new_tensor(codec.scale_factor), scores, *raw
        points, scores = _of_coordinates(*raw)
        return points * points.new_tensor(codec.input_size), scores, *raw


def decodes_body(model: TopdownPoseEstimator) -> bool:
    """Whether a graph gives the keypoints of a body's own head.

    It does for SimCC, biased heatmaps and coordinates; not where MMPose looks for parts
    of a pixel in blurred maps (DARK, UDP), or for other codecs.
    """
    if not isinstance(model, TopdownWithHeadPose):
        return False
    codec: Any = decoder_of(model.head)
    if type(codec) is SimCCLabel:
        return not (codec.use_dark or codec.decode_visibility)
    if type(codec) is MSRAHeatmap:
        return not codec.unbiased
    return type(codec) is RegressionLabel


def _of_simcc(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Places in bins, (B, K, 2), and scores, (B, K), as MMPose finds them."""
    (of_x, left), (of_y, top) = x.max(dim=2), y.max(dim=2)
    scores = torch.minimum(of_x, of_y)
    places = torch.stack([left, top], dim=-1).to(x.dtype)
    return torch.where((scores > 0).unsqueeze(-1), places, -1.0), scores


def _of_coordinates(raw: Tensor) -> tuple[Tensor, Tensor]:
    """Shares of the input's size, (B, K, 2), and scores, (B, K); 1 without deviations.

    Of raw deviations MMPose's RLEHead takes the sigmoid.
    """
    points = raw[..., :2]
    if raw.shape[-1] == 2:
        return points, torch.ones_like(points[..., 0])
    return points, (1 - raw[..., 2:].sigmoid()).mean(dim=-1)


def _each(raw: Any) -> tuple[Tensor, ...]:
    return (raw,) if isinstance(raw, Tensor) else tuple(raw)


def _names(raw: Any) -> tuple[str, ...]:
    if isinstance(raw, Tensor):
        names = {4: 'body_heatmaps', 3: 'body_coordinates'}
        return (names[raw.dim()],) if raw.dim() in names else ()
    # Others give (coordinates, maps), or one map a stage.
    if isinstance(raw, tuple) and [getattr(r, 'ndim', 0) for r in raw] == [3, 3]:
        return 'body_simcc_x', 'body_simcc_y'
    return ()
