"""Head rotations: every angle convention of the package, in this one place.

Convention:
    Angles are ``(pitch, yaw, roll)``, in this order, in degrees. The frame is
    that of the image: x to its right, y up, z towards the viewer, and
    ``R = Rx(-pitch) @ Ry(-yaw) @ Rz(-roll)``, where Rx, Ry and Rz are the
    right-handed rotations of column vectors (the convention of AFLW2000,
    300W-LP and Hopenet). ``yaw > 0`` turns the nose to the image's left,
    ``pitch > 0`` looks up, ``roll > 0`` turns the eye line clockwise in the
    image. ``R`` takes the head's axes (x to the image's right for a frontal
    head, y to the top of the head, z out of the face) to the image's frame.

Shapes:
    ``(..., 3)`` for angles and ``(..., 3, 3)`` for matrices, with any leading
    batch dimensions, in degrees, as float64. What is no number (text, lists of
    different lengths) is a ValueError; a NaN (or None, or infinity) among the angles
    is one that is not known and gives NaN; one in a matrix is an error where its
    angles are asked for. The one singular pose is yaw = +-90 (gimbal lock): there
    pitch and roll turn about one axis, and :func:`matrix_to_euler` puts all of the
    turn into pitch.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from .arrays import FloatArray, as_numbers

ANGLE_NAMES = ('pitch', 'yaw', 'roll')

# To a camera's axes (x right, y down, z away, as the Kinect's), or from them.
IMAGE_TO_CAMERA = np.array([1.0, -1.0, -1.0])
# Mirror of the head's own left and right, which leaves a head a head.
_HEAD_MIRROR = np.array([-1.0, 1.0, 1.0])


def _as_angles(angles: ArrayLike) -> FloatArray:
    array = as_numbers('angles', angles)
    if array.shape[-1:] != (3,):
        raise ValueError(
            'expected angles (pitch, yaw, roll) of shape (..., 3), '
            f'got an array of shape {array.shape}'
        )
    return array


def _as_matrices(matrices: ArrayLike) -> FloatArray:
    array = as_numbers('matrices', matrices)
    if array.shape[-2:] != (3, 3):
        raise ValueError(
            'expected rotation matrices of shape (..., 3, 3), '
            f'got an array of shape {array.shape}'
        )
    return array


def _as_rotation(matrices: FloatArray) -> Rotation:
    if not np.isfinite(matrices).all():
        raise ValueError(f'expected finite rotation matrices, got {matrices}')
    return Rotation.from_matrix(matrices.reshape(-1, 3, 3))


def _from_euler(order: str, angles: FloatArray) -> FloatArray:
    flat = np.ascontiguousarray(angles.reshape(-1, 3))
    if not len(flat):
        return np.zeros((*angles.shape, 3))
    matrices = Rotation.from_euler(order, flat, degrees=True).as_matrix()
    return matrices.reshape(*angles.shape, 3)


def euler_to_matrix(angles: ArrayLike) -> FloatArray:
    """Rotation matrices of ``(pitch, yaw, roll)``.

    Args:
        angles: Degrees, shape (..., 3).

    Returns:
        Shape (..., 3, 3); the convention is the module's.

    Raises:
        ValueError: If the last dimension is not 3.
    """
    return _from_euler('XYZ', -_as_angles(angles))


def matrix_to_euler(matrices: ArrayLike, near: ArrayLike | None = None) -> FloatArray:
    """``(pitch, yaw, roll)`` of rotation matrices.

    A rotation has two triples of angles: (p, y, r) and (180 + p, 180 - y, 180 + r).

    Args:
        matrices: Proper rotations, shape (..., 3, 3).
        near: Angles in degrees, shape (..., 3); the triple nearer to them is given, see
            :func:`nearer_triple`. None gives the one with yaw in [-90, 90].

    Returns:
        Degrees, shape (..., 3), each in [-180, 180].

    Raises:
        ValueError: If the shape is wrong, or a matrix is not finite or a reflection.
    """
    array = _as_matrices(matrices)
    shape = array.shape[:-1]
    if not array.size:
        return np.zeros(shape)
    rotation = _as_rotation(array)
    with warnings.catch_warnings():
        # Gimbal lock is defined by this module: roll is zero there.
        warnings.filterwarnings('ignore', 'Gimbal lock', UserWarning)
        angles = -rotation.as_euler('XYZ', degrees=True)
    angles = angles.reshape(shape) + 0.0
    return angles if near is None else nearer_triple(angles, near)


def nearer_triple(angles: ArrayLike, near: ArrayLike) -> FloatArray:
    """The triple of a rotation that is nearer to other angles, in the sum over angles.

    Comparing a rotation with a label by their angles is right only so: read with yaw in
    [-90, 90], a head of yaw 91 is at (180, 89, 180), and off by 538 degrees.

    Args:
        angles: Degrees of rotations, shape (..., 3).
        near: Degrees, shape (..., 3); an angle that is NaN (not known) does not count.

    Returns:
        The angles themselves, or (180 + p, 180 - y, 180 + r) in (-180, 180].
    """
    given, label = _as_angles(angles), _as_angles(near)
    other = 180.0 + given * np.array([1.0, -1.0, 1.0])
    other = 180.0 - np.mod(180.0 - other, 360.0)  # into (-180, 180]
    distances = [np.nansum(wrapped_difference(a, label), -1) for a in (given, other)]
    return np.where((distances[0] <= distances[1])[..., None], given, other)


def biwi_pose_to_matrix(pose: ArrayLike) -> FloatArray:
    """Rotation of a BIWI ``pose.txt`` in the package's frame.

    BIWI's axes are those of its camera (x right, y down, z away), so the
    rotation is ``F @ pose @ F`` with ``F = diag(1, -1, -1)``. Its Euler angles
    are then the literature's.

    Args:
        pose: The 3x3 of the file, shape (..., 3, 3).
    """
    return _as_matrices(pose) * np.outer(IMAGE_TO_CAMERA, IMAGE_TO_CAMERA)


def matrix_to_biwi_pose(matrices: ArrayLike) -> FloatArray:
    """The 3x3 that BIWI would write for a rotation of the package's frame."""
    return biwi_pose_to_matrix(matrices)


def biwi_bin_to_matrix(angles: ArrayLike) -> FloatArray:
    """Rotation of the angles of a BIWI ``pose.bin``.

    They decompose the rotation of ``pose.txt`` in another order:
    ``R = Rz(-roll) @ Ry(-yaw) @ Rx(pitch)``. Never mix the two kinds of angle.

    Args:
        angles: (pitch, yaw, roll) as the file holds them, degrees, (..., 3).
    """
    pitch, yaw, roll = np.moveaxis(_as_angles(angles), -1, 0)
    return _from_euler('ZYX', np.stack([-roll, -yaw, pitch], axis=-1))


def flip_matrix(matrices: ArrayLike, direction: str = 'horizontal') -> FloatArray:
    """Rotation of the head in the mirrored image.

    A head is its own mirror image, so the rotation in the mirrored image is
    ``M @ R @ diag(-1, 1, 1)`` with the image's mirror ``M``; ``'diagonal'``
    mirrors both axes, which is a turn of the image by 180 degrees.

    Args:
        matrices: Shape (..., 3, 3).
        direction: ``'horizontal'``, ``'vertical'`` or ``'diagonal'``, as in
            MMPose's ``RandomFlip``.

    Raises:
        ValueError: If the direction is unknown.
    """
    array = _as_matrices(matrices)
    if direction == 'horizontal':
        return array * np.outer(_HEAD_MIRROR, _HEAD_MIRROR)
    if direction == 'vertical':
        return array * np.outer([1.0, -1.0, 1.0], _HEAD_MIRROR)
    if direction == 'diagonal':
        return rotate_in_plane(array, 180.0)
    raise ValueError(
        f"direction: expected 'horizontal', 'vertical' or 'diagonal', got {direction!r}"
    )


def flip_angles(angles: ArrayLike) -> FloatArray:
    """Angles in the horizontally mirrored image: (p, y, r) -> (p, -y, -r)."""
    return _as_angles(angles) * np.array([1.0, -1.0, -1.0])


def rotate_in_plane(matrices: ArrayLike, degrees: ArrayLike) -> FloatArray:
    """Rotation of the head after the image was turned: ``Rz(degrees) @ R``.

    Args:
        matrices: Shape (..., 3, 3).
        degrees: Turn of the image, counter-clockwise, a scalar or shape (...).
    """
    turn = as_numbers('degrees', degrees)
    zero = np.zeros_like(turn)
    return _from_euler('XYZ', np.stack([zero, zero, turn], -1)) @ _as_matrices(matrices)


def wrapped_difference(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Absolute angle difference, wrapped by 360 only: min(|d|, 360 - |d|).

    Args:
        first: Degrees, any shape.
        second: Degrees, a shape that broadcasts with the first.

    Returns:
        Degrees in [0, 180].
    """
    difference = as_numbers('first', first) - as_numbers('second', second)
    remainder = np.mod(difference, 360.0)
    return np.minimum(remainder, 360.0 - remainder)


def geodesic_error(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Rotation angle of ``first^T @ second`` in degrees, in [0, 180].

    Through the quaternion's half angle (atan2), which stays exact near 0 and
    near 180, where ``acos`` of the trace does not.

    Args:
        first: Rotation matrices, shape (..., 3, 3).
        second: Rotation matrices of a shape that broadcasts with the first.
    """
    relative = np.swapaxes(_as_matrices(first), -1, -2) @ _as_matrices(second)
    if not relative.size:
        return np.zeros(relative.shape[:-2])
    angle = _as_rotation(relative).magnitude()
    return np.rad2deg(angle).reshape(relative.shape[:-2])
