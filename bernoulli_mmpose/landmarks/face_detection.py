"""Landmarks of faces that dlib's detector finds, for a baseline that can fail."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from bernoulli_headpose.rotation import FloatArray

from .face_landmarks import find_landmarks

_AROUND = 0.4  # of the head's box, on each side, that is searched too
_SIDE = 250  # pixels that this is enlarged to, at least; the least face has 80


def find_detected_landmarks(
    image: NDArray[np.uint8], box: ArrayLike
) -> NDArray[np.floating] | None:
    """Landmarks in a head's box, if dlib's detector of frontal faces finds one there.

    dlib's predictor of landmarks has an answer for any box, be it a profile or the
    back of a head; its detector, by which its faces are usually found, has none.

    Args:
        image: (H, W, 3) BGR.
        box: Head box x, y, w, h, pixels.

    Returns:
        Pixels (68, 2) in iBUG order; None without a face.

    Raises:
        ImportError: If dlib or the predictor's file is missing.
    """
    face = _detect(image, np.asarray(box, dtype=np.float64))
    return None if face is None else find_landmarks(image, face)


def _detect(image: NDArray[np.uint8], box: FloatArray) -> FloatArray | None:
    """The surest face's box (x, y, w, h) in and around a head's box."""
    around = box[2:] * _AROUND
    low = np.maximum(box[:2] - around, 0).astype(int)
    high = np.maximum(np.ceil(box[:2] + box[2:] + around), 0).astype(int)
    part = image[low[1] : high[1], low[0] : high[0]]
    if not part.size:
        return None
    zoom = max(1.0, _SIDE / max(part.shape[:2]))
    large = cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    found, scores, _ = _detector().run(cv2.cvtColor(large, cv2.COLOR_BGR2RGB), 0, 0.0)
    if not found:
        return None
    face = found[int(np.argmax(scores))]
    sides = (face.left(), face.top(), face.width(), face.height())
    return np.array(sides) / zoom + np.array([*low, 0, 0])


@cache
def _detector() -> Any:
    try:
        import dlib
    except ImportError:
        raise ImportError(
            'detection of faces needs dlib-bin: '
            "pip install 'bernoulli_mmpose[profiling]'"
        ) from None
    return dlib.get_frontal_face_detector()
