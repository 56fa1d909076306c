"""From head rotations to pixels and back, by orthographic projection.

Rotations and angles follow the convention of :mod:`bernoulli_headpose.rotation`. A
pixel's y grows downwards, so the frame's y (up) is flipped here and nowhere else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_numbers
from ..rotation import matrix_to_euler

_FLIP_Y = np.array([1.0, -1.0])
_TOLERANCE = 0.1  # of unequal lengths and skewness: rounded pixels pass


def project_points(
    rotation: ArrayLike, center: ArrayLike, points: ArrayLike
) -> NDArray:
    """Pixels of points that are fixed to the head.

    Args:
        rotation: Rotation matrix, shape (3, 3).
        center: Head centre in pixels (x, y), the origin of the points.
        points: Along the head's axes, in pixels, shape (N, 3).

    Returns:
        Pixels (x, y), shape (N, 2).

    Raises:
        ValueError: If a shape is wrong or a number is not finite.
    """
    matrix = as_numbers('rotation', rotation)
    origin = as_numbers('center', center)
    places = as_numbers('points (length, size)', points, (None, 3))
    if matrix.shape != (3, 3) or origin.shape != (2,):
        raise ValueError(
            'expected a rotation of shape (3, 3) and a center (x, y), '
            f'got shapes {matrix.shape} and {origin.shape}'
        )
    if not all(np.isfinite(given).all() for given in (matrix, origin, places)):
        raise ValueError(
            f'expected finite numbers, got center {origin}, rotation {matrix} and '
            f'points (length, size) {places}'
        )
    return origin + places @ matrix[:2].T * _FLIP_Y


def axis_tips(rotation: ArrayLike, center: ArrayLike, length: float) -> NDArray:
    """Pixels of the tips of the head's axes.

    Args:
        rotation: Rotation matrix, shape (3, 3).
        center: Head centre in pixels (x, y).
        length: Length of an axis that lies in the image plane, pixels.

    Returns:
        Pixels (x, y) of the tips of x (the image's right for a frontal head), y
        (top of the head) and z (out of the face), shape (3, 2).

    Raises:
        ValueError: If a shape is wrong or a number is not finite.
    """
    return project_points(
        rotation, center, np.diag(np.full(3, as_numbers('length', length, ())))
    )


def tips_to_matrix(center: ArrayLike, tips: ArrayLike) -> NDArray:
    """Rotation from the pixels of the axes' tips: the inverse of :func:`axis_tips`.

    The x of the three tips, seen from the centre, are the first row of the rotation
    times the axes' length, the y its second row: rows of unit length, so that the
    length drops out, and the third row is their cross product.

    Args:
        center: Head centre in pixels, shape (..., 2).
        tips: Tips of x, y and z in pixels, shape (..., 3, 2).

    Returns:
        Rotation matrices, shape (..., 3, 3).

    Raises:
        ValueError: If the shapes are wrong, a number is none or not finite (NaN, None,
            text), or the points are not the tips of three
            axes at right angles (two rows of equal length, above 0, at right angles).
    """
    origin, points = as_numbers('center', center), as_numbers('tips', tips)
    if origin.shape[-1:] != (2,) or points.shape != (*origin.shape[:-1], 3, 2):
        raise ValueError(
            'expected a center of shape (..., 2) and tips of shape (..., 3, 2), '
            f'got {origin.shape} and {points.shape}'
        )
    rows = np.swapaxes((points - origin[..., None, :]) * _FLIP_Y, -1, -2)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ValueError(f'tips: expected finite tips off the center, got {points}')
    rows = rows / lengths
    skew = np.abs((rows[..., 0, :] * rows[..., 1, :]).sum(-1)).max(initial=0)
    uneven = np.abs(np.log(lengths[..., 0, :] / lengths[..., 1, :])).max(initial=0)
    if max(skew, uneven) > _TOLERANCE:
        raise ValueError(
            'tips: expected the tips of three axes at right angles, in the order x, '
            f'y, z, got {points} around {origin}'
        )
    third = np.cross(rows[..., 0, :], rows[..., 1, :])
    return np.concatenate([rows, third[..., None, :]], axis=-2)


def tips_to_angles(
    center: ArrayLike, tips: ArrayLike, near: ArrayLike | None = None
) -> NDArray:
    """(pitch, yaw, roll) from the pixels of the axes' tips.

    This reads the angles out of the JSON files of MMPose's stock inferencer, whose
    heads keep nothing but keypoints (the model's own, the last being the head centre,
    then the tips of x, y and z)::

        for head in json.load(open('predictions/photo.json')):
            *others, center, x, y, z = head['keypoints']
            pitch, yaw, roll = tips_to_angles(center, [x, y, z])  # degrees

    Args:
        center: Head centre in pixels, shape (..., 2).
        tips: Tips of x, y and z in pixels, shape (..., 3, 2).
        near: Angles in degrees that tell which of a rotation's two triples is meant,
            shape (3,) or (..., 3): the nearer one. By default that of the reading of
            :mod:`bernoulli_headpose.rotation`: a head turned away, (0, 120, 0), reads
            as that and not as (180, 60, 180).

    Returns:
        Degrees, shape (..., 3).

    Raises:
        ValueError: If :func:`tips_to_matrix` refuses them.
    """
    return matrix_to_euler(tips_to_matrix(center, tips), near=near)
