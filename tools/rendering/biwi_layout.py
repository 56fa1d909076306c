"""Files of the BIWI Kinect data base, as they are unpacked: people, rigs, writers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bernoulli_headpose.files import write_whole
from bernoulli_headpose.rotation import FloatArray
from bernoulli_mmpose.datasets.biwi_dataset import PEOPLE
from bernoulli_mmpose.datasets.biwi_files import Calibration

from .mesh import FloatArray as AnyFloats

# Who is in which sequence.
SUBJECTS = dict(enumerate(PEOPLE, start=1))
SEQUENCES = tuple(SUBJECTS)
SIZE = (640, 480)
_SECOND_RIG = (6, *range(15, 25))


def _rig(focal: float, centre: tuple[float, float]) -> FloatArray:
    return np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])


_DEPTH_INTRINSICS = _rig(575.816, (320, 240))
_FIRST_RGB = Calibration(
    _rig(517.679, (320, 240.5)),
    np.array(
        [
            [0.999947, 0.00432361, 0.00929419],
            [-0.00446314, 0.999877, 0.0150443],
            [-0.009228, -0.015085, 0.999844],
        ]
    ),
    np.array([-24.0198, 5.8896, -13.2308]),
    SIZE,
)
_SECOND_RGB = Calibration(
    _rig(521.4, (318.2, 243.1)),
    np.array(
        [
            [0.999971, -0.00281, 0.00708],
            [0.00287, 0.999959, -0.00856],
            [-0.00706, 0.00858, 0.999938],
        ]
    ),
    np.array([-25.31, 1.742, -9.617]),
    SIZE,
)


def rgb_calibration(sequence: int, size: tuple[int, int] = SIZE) -> Calibration:
    """The colour camera of a sequence, for pictures of another size than 640x480.

    The rotation is made orthogonal, so that rotated labels stay rotations.
    """
    typical = _SECOND_RGB if sequence in _SECOND_RIG else _FIRST_RGB
    left, _, right = np.linalg.svd(typical.rotation)
    return Calibration(
        _scaled(typical.intrinsics, size), left @ right, typical.translation, size
    )


def depth_calibration(size: tuple[int, int] = SIZE) -> Calibration:
    """The depth camera, whose axes the labels are in."""
    return Calibration(_scaled(_DEPTH_INTRINSICS, size), np.eye(3), np.zeros(3), size)


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write a ``.cal`` file: intrinsics, distortion (none), rotation, T, size."""
    blocks = [
        _rows(calibration.intrinsics),
        '0 0 0 0',
        _rows(calibration.rotation),
        _row(calibration.translation),
        '{} {}'.format(*calibration.size),
    ]
    write_whole(path, '\n\n'.join(blocks) + '\n')


def write_pose(path: Path, pose: AnyFloats, centre: AnyFloats) -> None:
    """Write a ``pose.txt``.

    Args:
        path: The file.
        pose: (3, 3), BIWI's (``rotation.matrix_to_biwi_pose``).
        centre: (3,) head centre in the depth camera's axes, mm.
    """
    write_whole(path, f'{_rows(pose)}\n\n{_row(centre)}\n')


def _scaled(intrinsics: FloatArray, size: tuple[int, int]) -> FloatArray:
    scale = size[0] / SIZE[0]
    scaled = intrinsics * np.array([[scale], [scale], [1.0]])
    # Pixel centres are at whole numbers: the picture starts at -1/2.
    scaled[:2, 2] += (scale - 1) / 2
    return scaled


def _rows(matrix: AnyFloats) -> str:
    return '\n'.join(_row(row) for row in matrix)


def _row(values: AnyFloats) -> str:
    return ' '.join(f'{value:.12g}' for value in values)
