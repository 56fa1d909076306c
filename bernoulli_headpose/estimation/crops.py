"""Crops of faces and people as a network gets them, and heads that nobody can see."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..boxes import enlarge, is_blank
from ..drawing.canvas import MAX_SIDE, cut_out
from ..heads import Heads
from ..sources import Picture
from .picture_fit import View

MAX_CROPS = 64  # that go through the network together


@dataclass(frozen=True)
class CropRule:
    """How a box is cut out: as MMPose's GetBBoxCenterScale and TopdownAffine do it.

    Attributes:
        size: (w, h) of a crop, pixels; the box is widened to its aspect.
        padding: Factor of the box' width and height.
        use_udp: Whether a crop ends at the middle of its last pixel (Huang et al., The
            Devil is in the Details: Delving into Unbiased Data Processing, 2020).
    """

    size: tuple[int, int]
    padding: float = 1.0
    use_udp: bool = False

    def cut(self, image: NDArray[np.uint8], box: NDArray[np.float32]) -> View:
        """The crop of a box (4,), black outside of the image.

        Args:
            image: Shape (H, W, 3), of any size.
            box: Pixels (x1, y1, x2, y2).
        """
        if max(image.shape[:2]) <= MAX_SIDE:
            return self._cut(image, box)
        cut = cut_out(image, box)
        near = self._cut(cut.image, cut.to_cut(box.reshape(2, 2)).reshape(4))
        center, scale = cut.to_picture(near.center), near.scale / cut.scale
        return View(near.image, center.astype(np.float32), scale.astype(np.float32))

    def _cut(self, image: NDArray[np.uint8], box: NDArray) -> View:
        center, scale = (box[2:] + box[:2]) * 0.5, (box[2:] - box[:2]) * self.padding
        (w, h), aspect = np.split(scale, 2), self.size[0] / self.size[1]
        scale = np.concatenate([w, w / aspect] if w > h * aspect else [h * aspect, h])
        matrix = self._matrix(center, scale)
        crop = cv2.warpAffine(image, matrix, self.size, flags=cv2.INTER_LINEAR)
        return View(crop.astype(np.uint8, copy=False), center, scale)

    def _matrix(self, center: NDArray, scale: NDArray) -> NDArray:
        """From pixels of the image to those of the crop, (2, 3)."""
        size = np.array(self.size)
        if self.use_udp:
            # One by one: MMPose's numbers have the precision of NumPy's scalars.
            factors = [
                (side - 1) / reach for side, reach in zip(self.size, scale, strict=True)
            ]
            ends = zip(factors, center, scale, strict=True)
            shift = [f * (-0.5 * (c * 2) + 0.5 * reach) for f, c, reach in ends]
            return np.column_stack([np.diag(factors), shift]).astype(np.float32)
        source = _three_points(center, scale[0])
        target = _three_points(size * 0.5, size[0])
        return cv2.getAffineTransform(source, target)


def _three_points(center: NDArray, width: float) -> NDArray[np.float32]:
    """A box' centre, the middle of its left side, and what is below by half its width.

    Rounded as MMPose does, so that pixels are the same to the bit.
    """
    points = np.array([center, center - [0.5 * width, 0], [0, 0]], np.float32)
    points[2] = points[1] + [0, points[0, 0] - points[1, 0]]
    return points


def doubt_blank(
    picture: Picture, heads: Heads, margin: float, unknown_stds: NDArray
) -> None:
    """No head is where nothing can be seen, whatever the network draws there.

    The black frame of a crop that reaches out of its picture looks like one's edge.

    Args:
        picture: Where the heads are.
        heads: Changed in place: scores of 0, and deviations of what nobody knows.
        margin: Share of a box' width and height that a crop adds on each side.
        unknown_stds: Standard deviations of pitch, yaw and roll of which nothing is
            known, degrees, and then that of the rotation or those of further values.
    """
    crops = enlarge(heads.bboxes, margin)
    blank = np.array([is_blank(picture.image, box) for box in crops], bool)
    heads.head_scores[blank] = 0
    heads.keypoint_scores[blank, -1] = 0
    std = np.maximum(heads.head_angles_std[blank], unknown_stds[:3])
    heads.head_angles_std[blank] = std
    if heads.head_rotation_std is not None:
        heads.head_rotation_std[blank] = unknown_stds[3]
    if heads.head_values_std is not None:
        std = np.maximum(heads.head_values_std[blank], unknown_stds[3:])
        heads.head_values_std[blank] = std
