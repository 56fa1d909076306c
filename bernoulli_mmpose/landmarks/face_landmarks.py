"""68 landmarks of faces in photographs, by dlib's predictor (an optional package)."""

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
