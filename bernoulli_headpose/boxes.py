"""Boxes (x1, y1, x2, y2) in image pixels: checked, enlarged, compared."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import as_numbers

_SEEN = 64  # pixels of each side are enough
_BLANK = 3  # levels of 255
_GRID = 8  # means of each side that are compared
_MOST_PARTS = 2  # of one head that may be mistaken for heads
_LIMIT = 1e9  # pixels; beyond, the crop's arithmetic overflows


def describe() -> dict[str, int]:
    """The numbers of :func:`is_blank` and :func:`parts_of_better`, by their names.

    For a runtime in another language.
    """
    return dict(seen=_SEEN, blank=_BLANK, grid=_GRID, most_parts=_MOST_PARTS)


def boxes_per_image(bboxes: Any, count: int) -> list[Any]:
    """One entry an image of what a caller gave as ``bboxes``.

    Args:
        bboxes: None; for one image, a box or its boxes (N, 4); for several, a
            sequence with one such entry an image (empty or None where there are
            none).
        count: Number of images.

    Raises:
        ValueError: If there are not as many entries as images.
    """
    if bboxes is None:
        return [None] * count
    depth = _depth(bboxes)
    if count == 1 and depth < 3:
        return [bboxes]
    if depth < 2 or len(bboxes) != count:
        got = f'{len(bboxes)} entries' if depth else repr(bboxes)
        raise ValueError(
            f'bboxes: expected a sequence of boxes (N, 4) for each of {count} images, '
            f'got {got}'
        )
    return list(bboxes)


def _depth(value: Any) -> int:
    """How deep sequences and arrays are nested."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if not isinstance(value, Sequence) or isinstance(value, str):
        return 0
    return 1 + max((_depth(item) for item in value), default=0)


def check_boxes(
    boxes: ArrayLike, size: tuple[int, int], name: str
) -> NDArray[np.float32]:
    """Boxes of one image, checked.

    Args:
        boxes: (N, 4) or one box (4,); they may reach out of the image.
        size: (w, h) of the image.
        name: What errors call the image.

    Returns:
        Shape (N, 4).

    Raises:
        ValueError: If the shape is wrong, or a box is not finite, larger than any
            image, of no size, or wholly outside the image.
    """
    array = as_numbers(name, boxes, what='boxes of numbers')
    if not array.size:
        return np.zeros((0, 4), dtype=np.float32)
    array = np.atleast_2d(array)
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError(
            f'{name}: expected boxes (x1, y1, x2, y2) of shape (N, 4), '
            f'got shape {array.shape}'
        )
    finite = (np.abs(array) < _LIMIT).all(axis=1)  # false for NaN, too
    sized = (array[:, 2:] > array[:, :2]).all(axis=1)
    inside = ((array[:, 2:] > 0) & (array[:, :2] < size)).all(axis=1)
    for good, what in (
        (finite, f'finite numbers below {_LIMIT:g}'),
        (sized, 'x1 < x2 and y1 < y2'),
        (inside, f'a box that overlaps the image of {size[0]}x{size[1]} pixels'),
    ):
        if not good.all():
            i = int(np.argmin(good))
            raise ValueError(
                f'{name}, box {i}: expected {what}, got {array[i].tolist()}'
            )
    return array.astype(np.float32)


def is_blank(image: NDArray[np.uint8], box: NDArray[np.float32]) -> bool:
    """Whether a part of a picture is of one colour, to a few of 255 levels.

    Args:
        image: Shape (H, W, 3).
        box: Where the part is, (4,); it may reach out of the image.
    """
    size = np.array(image.shape[1::-1])
    low, high = np.clip(np.reshape(box, (2, 2)), 0, size - 1).astype(int)
    part = image[low[1] : high[1] + 1, low[0] : high[0] + 1]
    rows, columns = (max(1, side // _SEEN) for side in part.shape[:2])
    grid = (_GRID, _GRID)
    seen = cv2.resize(part[::rows, ::columns], grid, interpolation=cv2.INTER_AREA)
    return bool(np.ptp(seen.reshape(-1, 3).astype(int), axis=0).max() <= _BLANK)


def enlarge(boxes: NDArray[np.float32], margin: float) -> NDArray[np.float32]:
    """Boxes, (N, 4), with ``margin`` of their width and height more on each side."""
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes + margin * np.concatenate([-size, size], axis=1)


def check_margin(margin: float) -> float:
    """A margin that leaves something of a box.

    Raises:
        ValueError: If it is -0.5 or less, or 10 or more.
    """
    if not (isinstance(margin, Real) and -0.5 < margin < 10):
        raise ValueError(f'margin: expected a share of -0.5 to 10, got {margin!r}')
    return margin


def overlaps(first: NDArray, second: NDArray) -> NDArray:
    """Intersection over union of each of M boxes with each of N, shape (M, N)."""
    low = np.maximum(first[:, None, :2], second[:, :2])
    high = np.minimum(first[:, None, 2:], second[:, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (first, second)]
    return shared / np.maximum(areas[0][:, None] + areas[1] - shared, 1e-9)


def parts_of_better(boxes: NDArray, scores: NDArray, share: float) -> NDArray[np.bool_]:
    """Which boxes lie, by more than a share of their area, in one of a better score.

    A box that holds more than two others is taken for a false alarm, and drops none.

    Args:
        boxes: Shape (N, 4).
        scores: Shape (N,).
        share: See above.
    """
    low = np.maximum(boxes[:, None, :2], boxes[:, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(-1)
    is_part = (shared > share * areas[:, None]) & (scores[:, None] < scores)
    return np.asarray((is_part & (is_part.sum(axis=0) <= _MOST_PARTS)).any(axis=1))


def best_boxes(boxes: NDArray, scores: NDArray, threshold: float) -> NDArray[np.intp]:
    """Non-maximum suppression: which boxes stay, from the best score on.

    Args:
        boxes: Shape (N, 4).
        scores: Shape (N,).
        threshold: A box that overlaps a better one by more is dropped.
    """
    # A box holds its last pixel, as for MMPose and MMDetection.
    overlap = overlaps(*[boxes + np.array([0, 0, 1, 1], boxes.dtype)] * 2)
    order, kept = np.argsort(scores)[::-1], []
    while len(order):
        kept.append(order[0])
        order = order[1:][overlap[order[0], order[1:]] <= threshold]
    return np.array(kept, dtype=np.intp)
