"""An exported model against the PyTorch model it was made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F  # noqa: N812
from mmengine.structures import InstanceData
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.structures import PoseDataSample
from numpy.typing import NDArray
from torch import Tensor

from bernoulli_headpose.rotation import euler_to_matrix, geodesic_error

from ..models import TopdownWithHeadPose, count_keypoints
from .beside_body import BesideBody
from .graph import STRIDE
from .onnx_model import open_session, predict

TOLERANCE = 1e-3  # degrees, input pixels, score


def check_against_model(
    model: TopdownPoseEstimator,
    onnx_model: onnx.ModelProto,
    images: NDArray[np.float32],
    tolerance: float = TOLERANCE,
) -> dict[str, float]:
    """Compare with PyTorch on images, at several image sizes and batch sizes.

    Args:
        model: The pose estimator that was exported.
        onnx_model: The export, in float32.
        images: Normalised, (N, 3, H, W).
        tolerance: Largest difference allowed, in degrees, pixels or score, see
            :func:`largest_differences`.

    Returns:
        The largest absolute difference of each output.

    Raises:
        ValueError: If one is beyond the tolerance.
    """
    session = open_session(onnx_model)
    found = {output.name: 0.0 for output in session.get_outputs()}
    is_fixed = isinstance(session.get_inputs()[0].shape[2], int)
    for batch in _batches(torch.from_numpy(images), is_fixed):
        differences = largest_differences(model, session, batch)
        for name, value in differences.items():
            # "not <=" also catches NaN
            if not value <= tolerance:
                raise ValueError(
                    f'{name} of {len(batch)} images of shape {tuple(batch.shape[1:])}: '
                    f'expected ONNX and PyTorch to agree to {tolerance:g}, '
                    f'got a difference of {value:g}'
                )
            found[name] = max(found[name], value)
    return found


def check_finite(onnx_model: onnx.ModelProto, images: NDArray[np.float32]) -> None:
    """Check that a model, of any precision, gives finite numbers on images.

    Raises:
        ValueError: If it does not.
    """
    predict(open_session(onnx_model), images)


def largest_differences(
    model: TopdownPoseEstimator, session: onnxruntime.InferenceSession, images: Tensor
) -> dict[str, float]:
    """Largest absolute difference of each output on one batch, (B, 3, H, W).

    What the model says with a deviation above 1 (degrees, or a further value's unit) is
    compared in deviations. Where it sees no head, maps are next to 0 everywhere, and
    the direction of what is left magnifies the last bit without bound.
    """
    ours, theirs = predict(session, images.numpy()), model_outputs(model, images)
    found = {name: output_differences(name, ours[name], theirs[name]) for name in ours}
    found['angles'] /= np.maximum(1, theirs['angles_std'].max(axis=1))
    if 'values' in found:
        found['values'] /= np.maximum(1, theirs['values_std'])
    return {name: float(differences.max()) for name, differences in found.items()}


def output_differences(
    name: str, first: NDArray[np.float32], second: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Absolute differences of one output, of heads of any number.

    Angles are compared by the rotation that they make, deviations above a degree and
    further values above 1 by their ratio: towards yaw = +-90 pitch and roll magnify the
    last bit without bound, and yaw -180 is 180.
    """
    if name == 'angles':
        return geodesic_error(euler_to_matrix(first), euler_to_matrix(second))
    difference = np.abs(first.astype(np.float64) - second)
    by_ratio = name == 'values' or name.endswith('_std')
    return difference / np.maximum(1, np.abs(second)) if by_ratio else difference


def model_outputs(model: TopdownPoseEstimator, images: Tensor) -> dict[str, NDArray]:
    """What MMPose's ``predict`` of the model says, under the export's names.

    Args:
        model: A pose estimator in evaluation mode.
        images: Normalised, (B, 3, H, W); the crop is taken for the whole image, so
            that centres are in its pixels.
    """
    size = np.array(images.shape[:1:-1], dtype=np.float32)
    sample = PoseDataSample(
        metainfo=dict(
            input_size=size,
            input_center=size / 2,
            input_scale=size,
            flip_indices=model.dataset_meta.get('flip_indices'),
        )
    )
    sample.gt_instances = InstanceData(
        bboxes=np.array([[0, 0, *size]]), bbox_scores=np.ones(1)
    )
    # Not the last: a model may carry more than it has maps for.
    center = count_keypoints(model) - 1
    with torch.no_grad():
        heads = [
            result.pred_instances
            for result in model.predict(images, [sample.clone() for _ in images])
        ]
    body = dict(
        keypoints=np.concatenate([head.keypoints[:, :center] for head in heads]),
        keypoint_scores=np.concatenate(
            [head.keypoint_scores[:, :center] for head in heads]
        ),
    )
    own = dict(
        angles=np.concatenate([head.head_angles for head in heads]),
        angles_std=np.concatenate([head.head_angles_std for head in heads]),
        center=np.concatenate([head.keypoints[:, center] for head in heads]),
        score=np.concatenate([head.head_scores for head in heads]),
    )
    if 'head_rotation' in heads[0]:
        own['rotation'] = np.concatenate([head.head_rotation for head in heads])
        own['rotation_std'] = np.concatenate([head.head_rotation_std for head in heads])
    if 'head_values' in heads[0]:
        own['values'] = np.concatenate([head.head_values for head in heads])
        own['values_std'] = np.concatenate([head.head_values_std for head in heads])
    if isinstance(model, TopdownWithHeadPose):
        raw = _body_outputs(model, images)
        return own | raw | {name: body[name] for name in raw.keys() & body.keys()}
    return own | body if center else own


def _body_outputs(model: TopdownWithHeadPose, images: Tensor) -> dict[str, NDArray]:
    beside = BesideBody(model)
    with torch.no_grad():
        found = beside.of(model.extract_feat(images))
    return dict(zip(beside.outputs, (one.numpy() for one in found), strict=True))


def _batches(images: Tensor, is_fixed: bool) -> Iterator[Tensor]:
    """All at their own size, one alone, and a few at other sizes, high and wide."""
    yield images
    yield images[:1]
    if is_fixed:
        return
    height, width = (STRIDE * -(-side // STRIDE) for side in images.shape[2:])
    for size in ((height + STRIDE, width), (height, width + 3 * STRIDE)):
        yield F.interpolate(images[:4], size, mode='bilinear', align_corners=False)
