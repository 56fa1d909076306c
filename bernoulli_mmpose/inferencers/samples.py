"""Heads from MMPose's data samples, and back."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from numpy.typing import NDArray

from bernoulli_headpose.heads import Heads
from bernoulli_headpose.sources import Picture

_FIELDS = (
    *('keypoints', 'keypoint_scores', 'head_angles', 'head_angles_std'),
    *('head_scores', 'bboxes', 'bbox_scores'),
)


def to_heads(
    samples: Sequence[PoseDataSample], name: str, boxes: NDArray | None = None
) -> Heads:
    """The heads of an image, one or more a sample.

    Args:
        samples: What the model predicts, whose values are pitch, yaw and roll alone.
        name: Of the image, for the error.
        boxes: As given or detected, (N, 4); None takes the model's.

    Raises:
        ValueError: If the model gives numbers that are not finite.
    """
    found = InstanceData.cat([sample.pred_instances for sample in samples])
    heads = Heads(**{field: found[field] for field in _FIELDS}).check_finite(name)
    if boxes is not None:
        heads.bboxes = boxes
    return heads


def to_sample(picture: Picture, heads: Heads) -> PoseDataSample:
    """The heads of a picture as one of MMPose's data samples."""
    shape = picture.image.shape[:2]
    sample = PoseDataSample(metainfo=dict(img_path=picture.name, ori_shape=shape))
    sample.pred_instances = InstanceData(**heads.arrays())
    return sample
