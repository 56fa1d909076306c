"""The text files of the BIWI Kinect head pose database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bernoulli_headpose.files import read_text
from bernoulli_headpose.rotation import is_rotation

from .bad_labels import LARGEST_PIXEL, LabelError

# The file by which a rendered sample in BIWI's layout says that it is not BIWI, and
# the words with which it begins.
MARKER = 'README.txt'
NOTICE = 'rendered stand-in, not BIWI'


def is_rendered(root: Path) -> bool:
    """Whether a folder in BIWI's layout is a rendered stand-in."""
    marker = root / MARKER
    return marker.is_file() and marker.read_text('utf-8', 'replace').startswith(NOTICE)


def _read_numbers(
    path: Path, counts: tuple[int, ...], what: str
) -> NDArray[np.float64]:
    """All numbers of a text file, of which there must be one of ``counts``."""
    try:
        numbers = np.array([float(word) for word in read_text(path).split()])
    except FileNotFoundError:
        raise FileNotFoundError(f'{path}: expected {what}, found no file') from None
    except ValueError as error:
        raise LabelError(path, what, f'{error}') from None
    usable = np.abs(numbers) <= LARGEST_PIXEL  # of a kilometre and of pixels
    if len(numbers) not in counts or not usable.all():
        got = f'{int(usable.sum())} numbers; is the file truncated?'
        raise LabelError(path, f'{what} ({counts[0]} numbers)', got)
    return numbers


def read_pose(path: Path) -> NDArray[np.float64]:
    """Rotation and head centre of a ``frame_NNNNN_pose.txt``.

    Returns:
        The 3x3 rotation by rows (9) and the head centre in millimetres (3), both in
        the depth camera's axes, shape (12,).

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is truncated or its matrix is no rotation.
    """
    numbers = _read_numbers(path, (12,), 'a 3x3 rotation and a head centre')
    matrix = numbers[:9].reshape(3, 3)
    _check_rotation(path, matrix)
    return numbers


def _check_rotation(path: Path, matrix: NDArray[np.float64]) -> None:
    if not is_rotation(matrix, tolerance=0.01):
        raise LabelError(path, 'a rotation matrix', matrix.tolist())


@dataclass(frozen=True)
class Calibration:
    """A colour camera of BIWI, as in ``rgb.cal``.

    Attributes:
        intrinsics: Camera matrix in pixels, (3, 3).
        rotation: From the depth camera's axes to the colour camera's, (3, 3).
        translation: The same, millimetres, (3,).
        size: Image size (w, h).
        distortion: OpenCV's distortion coefficients, (4,) or (5,).
    """

    intrinsics: NDArray[np.float64]
    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]
    size: tuple[int, int]
    distortion: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))

    def project(self, points: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
        """Pixels (N, 2) and distances (N,) in mm of points in depth axes, (N, 3)."""
        seen = points @ self.rotation.T + self.translation
        zero = np.zeros(3)
        pixels, _ = cv2.projectPoints(
            seen[:, None], zero, zero, self.intrinsics, self.distortion
        )
        return pixels.reshape(-1, 2), seen[:, 2]


def read_calibration(path: Path) -> Calibration:
    """Read an ``rgb.cal``.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it does not hold what it should.
    """
    what = 'intrinsics, distortion, rotation, translation and image size'
    numbers = _read_numbers(path, (27, 28), what)
    count = len(numbers) - 23
    parts = np.split(numbers, np.cumsum([9, count, 9, 3]))
    width, height = parts[4].astype(int).tolist()
    if min(width, height, *np.diag(parts[0].reshape(3, 3))) <= 0:
        got = f'{numbers.tolist()}'
        raise LabelError(path, 'a camera of positive size and focal length', got)
    _check_rotation(path, parts[2].reshape(3, 3))
    return Calibration(
        intrinsics=parts[0].reshape(3, 3),
        rotation=parts[2].reshape(3, 3),
        translation=parts[3],
        size=(width, height),
        distortion=parts[1],
    )
