"""Heads, and their maps, from MMPose's data samples, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from mmpose.structures.bbox import get_warp_matrix
from numpy.typing import NDArray
from torch import nn

from bernoulli_headpose.drawing import Image
from bernoulli_headpose.drawing.canvas import warp
from bernoulli_headpose.heads import HeadMaps, Heads
from bernoulli_headpose.sources import Picture

from ..codecs import BernoulliHeatmap

CROP_SIDE = 256  # pixels of the longer side of a crop
_FIELDS = (
    *('keypoints', 'keypoint_scores', 'head_angles', 'head_angles_std'),
    *('head_scores', 'bboxes', 'bbox_scores'),
)
_OPTIONAL_FIELDS = (
    *('head_rotation', 'head_rotation_std', 'head_values', 'head_values_std'),
)


def to_heads(
    samples: Sequence[PoseDataSample],
    name: str,
    boxes: NDArray | None = None,
    value_names: tuple[str, ...] = (),
) -> Heads:
    """The heads of an image, one or more a sample.

    Args:
        samples: What the model predicts.
        name: What the error calls the image.
        boxes: As given or detected, (N, 4); None takes the model's.
        value_names: What the model tells beside the angles.

    Raises:
        ValueError: If the model gives numbers that are not finite.
    """
    found = InstanceData.cat([sample.pred_instances for sample in samples])
    named = [*_FIELDS, *(field for field in _OPTIONAL_FIELDS if field in found)]
    heads = Heads(**{k: found[k] for k in named}, value_names=value_names)
    heads.check_finite(name)
    if boxes is not None:
        heads.bboxes = boxes
    return heads


def to_sample(picture: Picture, heads: Heads) -> PoseDataSample:
    """The heads of a picture as one of MMPose's data samples."""
    shape = picture.image.shape[:2]
    sample = PoseDataSample(metainfo=dict(img_path=picture.name, ori_shape=shape))
    sample.pred_instances = InstanceData(**heads.arrays())
    return sample


@contextmanager
def keep_maps(model: nn.Module) -> Iterator[None]:
    """Let a model give its maps (``pred_fields``) for a while."""
    test_cfg: Any = model.test_cfg
    before = test_cfg.get('output_heatmaps', False)
    test_cfg['output_heatmaps'] = True
    try:
        yield
    finally:
        test_cfg['output_heatmaps'] = before


def to_head_maps(
    picture: Picture, box: NDArray, sample: PoseDataSample, codec: BernoulliHeatmap
) -> HeadMaps:
    """The maps of one head.

    Args:
        picture: The one that the head is in.
        box: Box of the face, (x1, y1, x2, y2) in pixels, as given or detected.
        sample: What the model predicts, with its maps.
        codec: The model's, which reads angles from its maps.

    Raises:
        ValueError: If the model gives numbers that are not finite.
    """
    heads = to_heads([sample], picture.name, box[None], codec.further_names)
    fields = sample.pred_fields
    angle_maps = codec.angle_maps(fields.angle_heatmaps[None].float())[0]
    return HeadMaps(
        heads.to_dicts()[0],
        _cut_crop(picture.image, sample),
        fields.heatmaps[-1].float().cpu().numpy(),
        angle_maps.cpu().numpy(),
    )


def _cut_crop(image: Image, sample: PoseDataSample) -> Image:
    width, height = sample.metainfo['input_size']
    factor = CROP_SIDE / max(width, height)
    size = (round(width * factor), round(height * factor))
    center, scale = sample.metainfo['input_center'], sample.metainfo['input_scale']
    matrix = get_warp_matrix(np.ravel(center), np.ravel(scale), 0, size)
    return warp(image, matrix, size)
