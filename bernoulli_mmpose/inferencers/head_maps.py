"""A head with the maps that its angles were read from, to look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmpose.structures import PoseDataSample
from mmpose.structures.bbox import get_warp_matrix
from numpy.typing import NDArray
from torch import nn

from bernoulli_headpose.drawing import Image
from bernoulli_headpose.drawing.canvas import warp
from bernoulli_headpose.sources import Picture

from .heads import Head, to_heads

CROP_SIDE = 256


@dataclass(frozen=True)
class HeadMaps:
    """A head and its maps.

    Attributes:
        head: See :func:`~bernoulli_mmpose.inferencers.heads.to_heads`.
        crop: The part of the picture that the network saw, BGR of shape (H, W, 3);
            the longer side is ``CROP_SIDE`` pixels, black is outside of the picture.
        center_map: Of the head's centre, shape (h, w); it covers the crop.
        angle_maps: Of pitch, yaw and roll in degrees, shape (3, h, w).
    """

    head: Head
    crop: Image
    center_map: NDArray[np.float32]
    angle_maps: NDArray[np.float32]


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
    picture: Picture, box: NDArray, sample: PoseDataSample, scales: NDArray
) -> HeadMaps:
    """The maps of one head.

    Args:
        picture: That the head is in.
        box: Of the face, (x1, y1, x2, y2) in pixels, as given or detected.
        sample: What the model predicts, with its maps.
        scales: Degrees per unit of the angle maps, shape (3,).
    """
    instances, fields = sample.pred_instances, sample.pred_fields
    instances.bboxes = np.asarray(box)[None]
    (head,) = to_heads(instances)
    angle_maps = fields.angle_heatmaps[: len(scales)].float().cpu().numpy()
    return HeadMaps(
        head,
        _cut_crop(picture.image, sample),
        fields.heatmaps[-1].float().cpu().numpy(),
        angle_maps * np.asarray(scales, np.float32)[:, None, None],
    )


def _cut_crop(image: Image, sample: PoseDataSample) -> Image:
    width, height = sample.metainfo['input_size']
    factor = CROP_SIDE / max(width, height)
    size = (round(width * factor), round(height * factor))
    center, scale = sample.metainfo['input_center'], sample.metainfo['input_scale']
    matrix = get_warp_matrix(np.ravel(center), np.ravel(scale), 0, size)
    return warp(image, matrix, size)
