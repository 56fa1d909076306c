"""The single pass over many heads as one graph, and its check against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from mmengine.dataset import Compose
from mmpose.models.pose_estimators import BottomupPoseEstimator
from numpy.typing import NDArray
from torch import Tensor, nn

from bernoulli_headpose.detectors import HEADS_THR
from bernoulli_headpose.onnx.interface import INPUT, widths

from ..codecs.value_map_codec import RotationColumns
from ..inferencers.loading import find_fit
from ..models import MultiBernoulliHead
from .comparison import output_differences
from .metadata import network_metadata, write_metadata
from .onnx_model import open_session, trace

# Names of what the codec's ``estimate`` gives.
MANY_OUTPUTS = dict(
    angles='head_angles',
    angles_std='head_angles_std',
    center='centers',
    size='sizes',
    score='head_scores',
    found='found',
)
# Of a model whose maps hold rotations, too.
MANY_ROTATION_OUTPUTS = dict(rotation='head_rotation', rotation_std='head_rotation_std')
_TOLERANCE = 1e-3  # degrees, input pixels, score
_ALIKE = 0.98  # least share of heads within it


class ManyHeadsGraph(nn.Module):
    """An estimator with a :class:`MultiBernoulliHead`, from images to N slots of heads.

    Args:
        model: A ``BottomupHeadPoseEstimator``, as MMPose's ``init_model`` gives it.

    Raises:
        ValueError: If the model has another head, or asks for the flip test.
    """

    def __init__(self, model: BottomupPoseEstimator) -> None:
        super().__init__()
        head = getattr(model, 'head', None)
        if not isinstance(head, MultiBernoulliHead):
            raise ValueError(
                'model: expected one with a MultiBernoulliHead, got '
                f'{type(model).__name__} with {type(head).__name__}'
            )
        if (model.test_cfg or {}).get('flip_test', False):
            raise ValueError('flip_test: expected off in a graph of many heads')
        self.model = model
        self.codec = head.decoder
        rotation = isinstance(self.codec, RotationColumns)
        self.outputs = MANY_OUTPUTS | (MANY_ROTATION_OUTPUTS if rotation else {})

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """The heads of a batch.

        Args:
            images: Normalised, (B, 3, H, W); height and width are multiples of 32.

        Returns:
            Of N slots (as many as the picture with most heads needs, one at least), the
            highest peaks first: angles and their standard deviations
            in degrees, each (B, N, 3); centres in input pixels, (B, N, 2); sizes in
            input pixels, (B, N); scores in [0, 1], (B, N); and 1 where a slot holds
            a head, 0 where the rest of it means nothing, (B, N). Where the maps hold
            rotations also these, (B, N, 3, 3), and their standard deviations in
            degrees, (B, N).
        """
        maps = self.model.head(self.model.extract_feat(images))
        heads = self.codec.estimate(maps, compact=True)
        heads['found'] = heads['found'].to(maps.dtype)
        # In NaN no peak is found: the scores tell it, lest it pass for an empty image.
        unsound = 0 * maps[:, 0].mean(dim=(1, 2))
        heads['head_scores'] = heads['head_scores'] + unsound.unsqueeze(1)
        return tuple(heads[field] for field in self.outputs.values())


def many_heads_to_onnx(model: BottomupPoseEstimator) -> onnx.ModelProto:
    """Export an estimator of many heads, decode included, in float32.

    Batch size, height and width are free (the two latter multiples of 32).

    Args:
        model: Of MMPose's ``init_model``, on the CPU.

    Returns:
        A model with metadata that the ONNX checker has passed.

    Raises:
        ValueError: If the model's head is not one of many heads.
    """
    graph = ManyHeadsGraph(model).eval()
    onnx_model = trace(graph, tuple(graph.outputs), slots=True)
    for output in onnx_model.graph.output:
        dimensions = output.type.tensor_type.shape.dim
        sizes = widths()[output.name]
        for dimension, size in zip(dimensions[2:], sizes, strict=True):
            dimension.dim_value = size
    write_metadata(onnx_model, many_heads_metadata(model))
    onnx.checker.check_model(onnx_model, full_check=True)
    return onnx_model


def many_heads_metadata(model: BottomupPoseEstimator) -> dict[str, Any]:
    """What the file says of itself, beside :func:`.metadata.network_metadata`.

    Returns:
        Also ``longer_side`` that a picture is scaled to, by at most ``enlarge``, before
        it is padded to the right and below with black to multiples of
        ``size_multiple`` (``resize`` says it in words); ``max_heads``,
        ``score_threshold`` (what is found), ``usual_score`` (what is a head to who asks
        for no other), ``radius_ratio`` and ``radius_limits`` (heatmap pixels).
    """
    codec = model.head.decoder
    fit = find_fit(Compose(model.cfg.test_dataloader.dataset.pipeline))
    return dict(
        **network_metadata(model),
        finds_heads=True,
        resize='area where it shrinks, else bilinear; black to the right and below',
        longer_side=fit.side,
        enlarge=fit.enlarge,
        size_multiple=fit.size_factor,
        max_heads=codec.max_heads,
        score_threshold=codec.score_threshold,
        usual_score=HEADS_THR,
        radius_ratio=codec.radius_ratio,
        radius_limits=list(codec.radius_limits),
        precision='fp32',
    )


def check_many_heads(
    model: BottomupPoseEstimator,
    onnx_model: onnx.ModelProto,
    images: NDArray[np.float32],
    tolerance: float = _TOLERANCE,
) -> dict[str, float]:
    """Compare with PyTorch, heads that were found only.

    Which pixels a head is read from may depend on rounding, at the edge of its disc:
    one head in fifty may differ by more than the tolerance.

    Args:
        model: What was exported.
        onnx_model: The export.
        images: Normalised, (N, 3, H, W).
        tolerance: Largest difference allowed, in degrees, pixels or score.

    Returns:
        The absolute difference of each output that 98 % of the heads are within, and
        ``n_heads``, on how many it was measured.

    Raises:
        ValueError: If one is beyond the tolerance, or other heads are found.
    """
    session, graph = open_session(onnx_model), ManyHeadsGraph(model).eval()
    worst = dict.fromkeys(graph.outputs, 0.0)
    count = 0
    for start in range(0, len(images), 4):
        part = images[start : start + 4]
        with torch.inference_mode():
            expected = [output.numpy() for output in graph(torch.from_numpy(part))]
        got = session.run(list(worst), {INPUT: part})
        found = expected[list(worst).index('found')] > 0
        count += int(found.sum())
        for name, first, second in zip(worst, expected, got, strict=True):
            chosen = ... if name == 'found' else found
            differences = output_differences(name, second[chosen], first[chosen])
            within = 1.0 if name == 'found' else _ALIKE
            difference = np.quantile(differences, within) if differences.size else 0.0
            if not difference <= tolerance:
                raise ValueError(
                    f'{name} of {len(part)} images: expected ONNX and PyTorch to agree '
                    f'to {tolerance:g}, got a difference of {difference:g}'
                )
            worst[name] = max(worst[name], float(difference))
    return {**worst, 'n_heads': count}
