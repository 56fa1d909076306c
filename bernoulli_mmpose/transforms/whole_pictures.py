"""Whole pictures of many heads as a network takes them."""

from __future__ import annotations

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import (
    bbox_corner2xyxy,
    bbox_xyxy2corner,
    get_warp_matrix,
)
from numpy.random import Generator
from numpy.typing import NDArray

from bernoulli_headpose.estimation.picture_fit import PictureFit

from .head_perturbation import sample_rng

_FILLED = 0.6  # least side of the picture over the window's, where heads may be smaller


@TRANSFORMS.register_module()
class RandomHeadZoom(BaseTransform):
    """Cut a window about one head of a picture, so that it comes out at any size.

    One of the visible heads is drawn, and a size evenly in its logarithm; the picture
    is scaled (and, by a share, turned) so that the head has that size, and the window
    laid so that it holds the head's centre, within the picture where that can be. A
    picture is not made so small that it fills less than 0.6 of the window's width and
    height, unless it would be enlarged by more than ``enlarge``. Of one without a head,
    and by a share of any, the window is anywhere, at any such scale: most show no head.

    Place it after ``RandomFlip`` and before ``TransformHeadRotation``. The boxes are
    those about turned corners, as ``BottomupRandomAffine`` leaves them.

    Required Keys:

        - img
        - keypoints (N, 1, 2), keypoints_visible (N, 1), bbox (N, 4)

    Modified Keys:

        - img, img_shape
        - keypoints, bbox
        - keypoints_visible (0 of heads that come out smaller than ``least_size``)

    Added Keys:

        - input_size, warp_mat

    Args:
        input_size: (w, h) of the window.
        head_sizes: Least and greatest size of the head, the geometric mean of its box'
            sides, in pixels.
        enlarge: Most that a picture is enlarged by.
        max_turn: Greatest turn, degrees either way.
        turn_prob: How often it is turned.
        least_size: Heads below it, in pixels, are neither learnt nor background.
        anywhere_prob: How often the window is anywhere.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        head_sizes: tuple[float, float] = (8.0, 160.0),
        enlarge: float = 2.0,
        max_turn: float = 30.0,
        turn_prob: float = 0.5,
        least_size: float = 6.0,
        anywhere_prob: float = 0.0,
    ) -> None:
        if len(head_sizes) != 2 or not 0 < head_sizes[0] <= head_sizes[1]:
            raise ValueError(
                f'head_sizes: expected 0 < least <= greatest, got {head_sizes}'
            )
        if len(input_size) != 2 or min(input_size) < 1 or least_size < 0:
            raise ValueError(
                'expected input_size of two positive numbers and least_size of 0 or '
                f'more, got {input_size} and {least_size}'
            )
        probs = (turn_prob, anywhere_prob)
        if not enlarge > 0 or not 0 <= max_turn <= 180:
            raise ValueError(
                'expected enlarge above 0 and max_turn in 0 to 180, got '
                f'{enlarge} and {max_turn}'
            )
        if not all(0 <= prob <= 1 for prob in probs):
            raise ValueError(
                f'expected turn_prob and anywhere_prob in 0 to 1, got {probs}'
            )
        self.input_size = (int(input_size[0]), int(input_size[1]))
        self.head_sizes = head_sizes
        self.enlarge = enlarge
        self.max_turn = max_turn
        self.turn_prob = turn_prob
        self.least_size = least_size
        self.anywhere_prob = anywhere_prob

    def transform(self, results: dict) -> dict:
        """Cut a window of one record's picture."""
        rng = sample_rng(None, results)
        image = results['img']
        picture = np.array(image.shape[1::-1], np.float64)
        boxes = np.asarray(results['bbox'], np.float64)
        sizes = np.sqrt((boxes[:, 2:] - boxes[:, :2]).clip(0).prod(axis=1))
        visible = np.asarray(results['keypoints_visible']).reshape(len(boxes)) > 0
        window = np.array(self.input_size, np.float64)
        least = _FILLED * (window / picture).min()
        chosen = np.flatnonzero(visible & (sizes > 0))
        if len(chosen) and rng.random() >= self.anywhere_prob:
            head = int(rng.choice(chosen))
            low, high = np.log(self.head_sizes)
            scale = np.exp(rng.uniform(low, high)) / sizes[head]
            place = np.asarray(results['keypoints'], np.float64)[head, 0]
        else:
            scale = least * np.exp(rng.uniform(0, np.log(4)))
            place = rng.uniform(0, picture)
        scale = min(max(scale, least), self.enlarge)
        is_turned = rng.random() < self.turn_prob
        turn = rng.uniform(-self.max_turn, self.max_turn) if is_turned else 0.0
        middle = _middle(place, picture, window / scale, turn, rng)
        warp = get_warp_matrix(middle, window / scale, turn, self.input_size)
        results['img'] = _warp(image, warp, scale, self.input_size)
        if len(boxes):
            results['keypoints'] = cv2.transform(results['keypoints'], warp)
            corners = cv2.transform(bbox_xyxy2corner(results['bbox']), warp)
            results['bbox'] = bbox_corner2xyxy(corners)
        shown = visible & (sizes * scale >= self.least_size)
        results['keypoints_visible'] = shown[:, None].astype(np.float32)
        results['img_shape'] = results['img'].shape[:2]
        results['input_size'] = self.input_size
        results['warp_mat'] = warp
        return results


@TRANSFORMS.register_module()
class FitPicture(BaseTransform):
    """Fit a whole picture to a network, see :class:`.PictureFit`.

    Required Keys:

        - img
        - longer_side (optional), in place of ``side``

    Modified Keys:

        - img, img_shape

    Added Keys:

        - input_size, input_center, input_scale

    Args:
        side: See :class:`.PictureFit`, as for the others.
        enlarge: Most that a picture is enlarged by.
        size_factor: The network's greatest stride.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self, side: int, enlarge: float = 2.0, size_factor: int = 32) -> None:
        self.fit = PictureFit(side, enlarge, size_factor)

    def transform(self, results: dict) -> dict:
        """Scale and pad one record's picture."""
        view = self.fit.fit(results['img'], results.get('longer_side'))
        results['img'] = view.image
        results['img_shape'] = view.image.shape[:2]
        results['input_size'] = view.image.shape[1::-1]
        results['input_scale'] = view.scale
        results['input_center'] = view.center
        return results


def _middle(
    place: NDArray, picture: NDArray, part: NDArray, turn: float, rng: Generator
) -> NDArray[np.float64]:
    """Middle (x, y) of a turned part of a picture that holds a place, in its pixels."""
    longer = part.max() / part.min()
    turned = abs(np.cos(np.deg2rad(turn))) + longer * abs(np.sin(np.deg2rad(turn)))
    low, high = place - 0.45 / turned * part, place + 0.45 / turned * part
    inner_low, inner_high = part / 2, picture - part / 2
    inner_low, inner_high = (
        np.minimum(inner_low, inner_high),
        np.maximum(inner_low, inner_high),
    )
    low = np.clip(low, inner_low, inner_high)
    high = np.clip(high, inner_low, inner_high)
    return np.array(rng.uniform(low, np.maximum(high, low)))


def _warp(
    image: NDArray, warp: NDArray, scale: float, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """The window of a picture; one that shrinks is averaged first."""
    if scale < 0.75:
        height, width = image.shape[:2]
        small = max(round(width * scale), 1), max(round(height * scale), 1)
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        ratio = np.array([width / small[0], height / small[1]])
        shift = 0.5 * ratio - 0.5  # of pixel centres
        warp = np.column_stack([warp[:, :2] * ratio, warp[:, 2] + warp[:, :2] @ shift])
    return cv2.warpAffine(image, warp, size).astype(np.uint8, copy=False)
