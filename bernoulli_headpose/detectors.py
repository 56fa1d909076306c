"""Where the faces are, of a caller's boxes or a detector's."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .boxes import check_boxes
from .sources import Picture

BBOX_THR = 0.3  # least score of a face, if its detector has no threshold of its own
HEADS_THR = 0.65  # least score of a head that a model finds by itself
Faces = tuple[NDArray[np.float32], NDArray[np.float32]]
FaceDetector = Callable[[NDArray[np.uint8]], Faces]
"""BGR image (H, W, 3) to boxes (N, 4) in pixels and their scores (N,)."""


class WholeImage:
    """Takes the whole image for the face box."""

    def __repr__(self) -> str:
        return 'the whole image'

    def __call__(self, image: NDArray[np.uint8]) -> Faces:
        height, width = image.shape[:2]
        return np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32)


def check_threshold(threshold: float | None, name: str = 'bbox_thr') -> None:
    """Refuse what no score can be compared with; None is a detector's own.

    Raises:
        ValueError: If it is not from 0 to 1.
    """
    is_number = isinstance(threshold, Real)
    if threshold is not None and not (is_number and 0 <= threshold <= 1):
        raise ValueError(f'{name}: expected a score of 0 to 1, got {threshold!r}')


def limit(detector: FaceDetector | None, threshold: float | None) -> FaceDetector:
    """A detector that gives only faces whose score reaches a threshold.

    Args:
        detector: None finds nothing.
        threshold: Least score; None takes the detector's own ``threshold``, 0.3 if it
            has none.

    Raises:
        ValueError: If the threshold is not from 0 to 1.
    """
    check_threshold(threshold)
    if threshold is None:
        threshold = getattr(detector, 'threshold', BBOX_THR)

    def detect(image: NDArray[np.uint8]) -> Faces:
        found = no_faces() if detector is None else detector(image)
        boxes, scores = _as_faces(found)
        kept = np.isfinite(boxes).all(axis=1) & (scores >= threshold)
        kept &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        return boxes[kept], scores[kept]

    return detect


def _as_faces(found: Any) -> Faces:
    """Boxes (N, 4) and scores (N,) of what a detector gave.

    Raises:
        ValueError: If they are none.
    """
    try:
        boxes, scores = (np.asarray(part, np.float32) for part in found)
        boxes = boxes.reshape(-1, 4)
        if scores.shape == (len(boxes),):
            return boxes, scores
    except (TypeError, ValueError):
        pass
    raise ValueError(
        f'detector: expected boxes (N, 4) and their scores (N,), got {found!r}'
    )


def find_faces(picture: Picture, boxes: Any, detector: FaceDetector) -> Faces:
    """Given boxes, checked, with scores of 1; those of the detector if None.

    Raises:
        ValueError: If given boxes are none of the picture.
    """
    if boxes is None:
        return detector(picture.image)
    given = check_boxes(boxes, picture.size, picture.name)
    return given, np.ones(len(given), np.float32)


def no_faces() -> Faces:
    """What a detector gives where there is none."""
    return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
