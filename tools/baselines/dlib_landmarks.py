"""68 landmarks of faces in photographs, by dlib (an optional package)."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from bernoulli_headpose.rotation import FloatArray

_PACKAGE = 'face_recognition_models'
_FILE = 'models/shape_predictor_68_face_landmarks.dat'
_SIDE = 200  # pixels that a face is enlarged to, at least
_AROUND = 0.4  # of the head's box, on each side, that is searched too
_SEARCHED_SIDE = 250  # pixels that this is enlarged to, at least; the least face has 80


def find_landmarks(image: NDArray[np.uint8], box: ArrayLike) -> FloatArray:
    """Landmarks of the face in a box, pixels (68, 2), iBUG order.

    Found twice, the second time in the box of the first landmarks.

    Args:
        image: (H, W, 3) BGR.
        box: Face box x, y, w, h, pixels.

    Raises:
        ImportError: If dlib or the predictor's file is missing.
    """
    x, y, w, h = np.asarray(box, dtype=np.float64)
    side, middle = max(w, h), np.array([x + w / 2, y + h / 2])
    zoom = max(1, round(_SIDE / side))
    large = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    large = cv2.cvtColor(large, cv2.COLOR_BGR2RGB)
    dlib, predictor = _predictor()
    points = np.zeros((68, 2))
    for _ in range(2):
        corners = np.concatenate([middle - side / 2, middle + side / 2]) * zoom
        found = predictor(large, dlib.rectangle(*(int(c) for c in corners)))
        points = np.array([[p.x, p.y] for p in found.parts()]) / zoom
        low, high = points.min(axis=0), points.max(axis=0)
        middle, side = (low + high) / 2, float((high - low).max())
    return points


@cache
def _predictor() -> tuple[Any, Any]:
    spec = find_spec(_PACKAGE)
    try:
        import dlib
    except ImportError:
        dlib = None
    if dlib is None or spec is None or spec.origin is None:
        missing = 'dlib-bin' if dlib is None else _PACKAGE
        raise ImportError(
            f'landmarks of photographs need {missing}: '
            "pip install 'bernoulli_mmpose[profiling]'"
        )
    return dlib, dlib.shape_predictor(str(Path(spec.origin).parent / _FILE))


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
    zoom = max(1.0, _SEARCHED_SIDE / max(part.shape[:2]))
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
