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

Reading:
    A rotation has two triples of angles, (p, y, r) and (180 + p, 180 - y, 180 + r).
    Of a head seen from behind, whose z points away from the viewer and whose x to the
    image's left, it is read as the one with yaw beyond +-90; of any other as the one
    with yaw in [-90, 90]. So yaw goes all the way round, and every head whose pitch
    and roll are within +-90 is read as just these angles. Seams are only where pitch
    or roll of a head from behind is +-90, farther than heads lean, and where yaw is
    +-180, which :func:`wrapped_difference` takes care of. The formula is one all
    round, so from behind ``pitch > 0`` looks down (pitch turns about the image's x
    axis) and ``roll > 0`` turns the eye line counter-clockwise in the image.

Shapes:
    ``(..., 3)`` for angles and ``(..., 3, 3)`` for matrices, with any leading
    batch dimensions, in degrees, as float64. What is no number (text, lists of
    different lengths) is a ValueError; a NaN (or None, or infinity) among the angles
    is one that is not known and gives NaN; one in a matrix is an error where its
    angles are asked for. The one singular pose is yaw = +-90 (gimbal lock): there
    pitch and roll have one axis, and :func:`matrix_to_euler` gives a roll of 0. Near
    it a small turn of the head is a large one of both: compare rotations there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import FloatArray, as_numbers

ANGLE_NAMES = ('pitch', 'yaw', 'roll')

# To a camera's axes (x right, y down, z away, as the Kinect's), or from them.
IMAGE_TO_CAMERA = np.array([1.0, -1.0, -1.0])
# Mirror of the head's own left and right, which leaves a head a head.
_HEAD_MIRROR = np.array([-1.0, 1.0, 1.0])
_HALF_TURN = np.array([-1.0, -1.0, 1.0])  # of the image, about z
_FLIPS = dict(horizontal=(True, False), vertical=(True, True), diagonal=(False, True))
_LOCK = 1e-7  # cosine of the yaw below which there is gimbal lock
_ROUNDING = 1e-12  # of the products of a rotation's rows


def _as_triples(what: str, value: ArrayLike) -> FloatArray:
    array = as_numbers(what.partition(' ')[0], value)
    if array.shape[-1:] != (3,):
        raise ValueError(
            f'expected {what} of shape (..., 3), got an array of shape {array.shape}'
        )
    return array


def _as_angles(angles: ArrayLike) -> FloatArray:
    return _as_triples('angles (pitch, yaw, roll)', angles)


def _as_matrices(matrices: ArrayLike) -> FloatArray:
    array = as_numbers('matrices', matrices)
    if array.shape[-2:] != (3, 3):
        raise ValueError(
            'expected rotation matrices of shape (..., 3, 3), '
            f'got an array of shape {array.shape}'
        )
    return array


def nearest_rotation(matrices: ArrayLike) -> FloatArray:
    """The rotations nearest to matrices that noise or rounding has changed.

    Args:
        matrices: Shape (..., 3, 3).

    Raises:
        ValueError: If the shape is wrong, or a matrix is not finite or no rotation
            (a reflection, or flat).
    """
    array = _as_matrices(matrices)
    if not np.isfinite(array).all():
        raise ValueError(f'expected finite rotation matrices, got {array}')
    is_proper = np.linalg.det(array) > 0
    if not is_proper.all():
        raise ValueError(
            'expected rotation matrices with determinants above 0, got '
            f'{array[~is_proper][0]}'
        )
    products = array @ np.swapaxes(array, -1, -2)
    changed = (np.abs(products - np.eye(3)) > _ROUNDING).any((-2, -1))
    if changed.any():
        left, _, right = np.linalg.svd(array[changed])
        array = array.copy()
        array[changed] = left @ right
    return array


def is_rotation(matrices: ArrayLike, tolerance: float = 1e-3) -> NDArray[np.bool_]:
    """Whether matrices are rotations: finite, orthogonal, of determinant 1.

    Args:
        matrices: Shape (..., 3, 3).
        tolerance: Of the products of a matrix' rows.

    Returns:
        Shape (...).
    """
    array = _as_matrices(matrices)
    sound = np.where(np.isfinite(array), array, 0.0)
    products = sound @ np.swapaxes(sound, -1, -2)
    orthogonal = (np.abs(products - np.eye(3)) <= tolerance).all((-2, -1))
    return orthogonal & (np.linalg.det(sound) > 0)


def euler_to_matrix(angles: ArrayLike) -> FloatArray:
    """Rotation matrices of ``(pitch, yaw, roll)``.

    Args:
        angles: Degrees, shape (..., 3).

    Returns:
        Shape (..., 3, 3); the convention is the module's.

    Raises:
        ValueError: If the last dimension is not 3.
    """
    array = _as_angles(angles)
    known = np.isfinite(array).all(-1, keepdims=True)
    radians = -np.deg2rad(np.where(known, array, np.nan))
    cx, cy, cz = np.moveaxis(np.cos(radians), -1, 0)
    sx, sy, sz = np.moveaxis(np.sin(radians), -1, 0)
    entries = (
        *(cy * cz, -cy * sz, sy),
        *(cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy),
        *(sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy),
    )
    return np.stack(entries, axis=-1).reshape(*array.shape, 3)


def matrix_to_euler(matrices: ArrayLike, near: ArrayLike | None = None) -> FloatArray:
    """``(pitch, yaw, roll)`` of rotation matrices.

    Args:
        matrices: Proper rotations, shape (..., 3, 3).
        near: Angles in degrees, shape (..., 3); the triple nearer to them is given, see
            :func:`nearer_triple`. None gives that of the module's reading.

    Returns:
        Degrees, shape (..., 3), each in [-180, 180].

    Raises:
        ValueError: If the shape is wrong, or a matrix is not finite or a reflection.
    """
    m = nearest_rotation(matrices)
    cosine = np.hypot(m[..., 0, 0], m[..., 0, 1])
    locked = cosine < _LOCK
    pitch = np.where(
        locked,
        np.arctan2(-m[..., 2, 1], m[..., 1, 1]),
        np.arctan2(m[..., 1, 2], m[..., 2, 2]),
    )
    yaw = np.arctan2(-m[..., 0, 2], cosine)
    roll = np.where(locked, 0.0, np.arctan2(m[..., 0, 1], m[..., 0, 0]))
    angles = np.rad2deg(np.stack([pitch, yaw, roll], axis=-1)) + 0.0  # no -0
    if near is not None:
        return nearer_triple(angles, near)
    is_behind = ~locked & (m[..., 2, 2] < 0) & (m[..., 0, 0] < 0)
    return np.where(is_behind[..., None], _other_triple(angles), angles)


def _other_triple(angles: FloatArray) -> FloatArray:
    """(180 + p, 180 - y, 180 + r) in (-180, 180], the same rotation."""
    return _wrap(180.0 + angles * np.array([1.0, -1.0, 1.0]))


def _wrap(degrees: FloatArray) -> FloatArray:
    """Angles brought to (-180, 180]."""
    return 180.0 - np.mod(180.0 - degrees, 360.0)


def nearer_triple(angles: ArrayLike, near: ArrayLike) -> FloatArray:
    """The triple of a rotation that is nearer to other angles, in the sum over angles.

    Comparing a rotation with a label by their angles is right only so: a label of
    (100, 20, 110), say, is read as (-80, 160, -70).

    Args:
        angles: Degrees of rotations, shape (..., 3).
        near: Degrees, shape (..., 3). Of what is NaN (not known), pitch and roll are
            taken as 0, so that yaw alone tells a head from behind, and yaw does not
            count.

    Returns:
        The angles themselves, or (180 + p, 180 - y, 180 + r) in (-180, 180].
    """
    given, label = _as_angles(angles), _as_angles(near)
    label = np.where(np.isnan(label), (0.0, np.nan, 0.0), label)
    other = _other_triple(given)
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
    # The inverse of Rx(-pitch) @ Ry(yaw) @ Rz(roll).
    return np.swapaxes(euler_to_matrix(flip_angles(angles)), -1, -2)


def flip_matrix(matrices: ArrayLike, direction: str = 'horizontal') -> FloatArray:
    """Rotation of the head in the mirrored image.

    A head is its own mirror image, so the rotation in the mirrored image is
    ``M @ R @ diag(-1, 1, 1)`` with the image's mirror ``M``; ``'diagonal'``
    mirrors both axes, which rotates the image by 180 degrees.

    Args:
        matrices: Shape (..., 3, 3).
        direction: ``'horizontal'``, ``'vertical'`` or ``'diagonal'``, as in
            MMPose's ``RandomFlip``.

    Raises:
        ValueError: If the direction is unknown.
    """
    array, (is_mirror, is_half_turn) = _as_matrices(matrices), _flip_of(direction)
    if is_mirror:
        array = array * np.outer(_HEAD_MIRROR, _HEAD_MIRROR)
    return array * _HALF_TURN[:, None] if is_half_turn else array


def flip_angles(angles: ArrayLike, direction: str = 'horizontal') -> FloatArray:
    """Angles in the mirrored image: (p, y, r) -> (p, -y, -r), horizontally.

    Vertically (-p, y, 180 - r), diagonally (-p, -y, 180 + r), see :func:`flip_matrix`.
    """
    array, (is_mirror, is_half_turn) = _as_angles(angles), _flip_of(direction)
    if is_mirror:
        array = array * np.array([1.0, -1.0, -1.0])
    if is_half_turn:
        array = array * _HALF_TURN
        array[..., 2] = _wrap(180.0 + array[..., 2])
    return array


def _flip_of(direction: str) -> tuple[bool, bool]:
    """Whether a flip mirrors left and right, and whether it turns by 180 degrees."""
    if direction not in _FLIPS:
        raise ValueError(
            "direction: expected 'horizontal', 'vertical' or 'diagonal', "
            f'got {direction!r}'
        )
    return _FLIPS[direction]


def rotate_in_plane(matrices: ArrayLike, degrees: ArrayLike) -> FloatArray:
    """Rotation of the head after the image was rotated: ``Rz(degrees) @ R``.

    Args:
        matrices: Shape (..., 3, 3).
        degrees: Rotation of the image, counter-clockwise, a scalar or shape (...).
    """
    roll = -as_numbers('degrees', degrees)
    zero = np.zeros_like(roll)
    return euler_to_matrix(np.stack([zero, zero, roll], -1)) @ _as_matrices(matrices)


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


def mean_direction(degrees: ArrayLike) -> float:
    """The direction of angles together: that of 179 and -179 is 180.

    Args:
        degrees: Shape (N,); one that is NaN does not count.

    Returns:
        Degrees in (-180, 180]; NaN if none counts.
    """
    array = as_numbers('degrees', degrees, (None,))
    known = array[~np.isnan(array)]
    if not len(known):
        return np.nan
    return float(_wrap(np.rad2deg(np.angle(np.exp(1j * np.deg2rad(known)).mean()))))


def geodesic_error(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Rotation angle of ``first^T @ second`` in degrees, in [0, 180].

    By sine and cosine, which stays exact near 0 and near 180, where ``acos`` of the
    trace does not.

    Args:
        first: Rotation matrices, shape (..., 3, 3).
        second: Rotation matrices of a shape that broadcasts with the first.
    """
    relative = np.swapaxes(_as_matrices(first), -1, -2) @ _as_matrices(second)
    relative = nearest_rotation(relative)
    sine = np.linalg.norm(_axis_times_sine(relative), axis=-1)
    return np.rad2deg(np.arctan2(sine, np.trace(relative, 0, -2, -1) - 1))


def direction_error(first: ArrayLike, second: ArrayLike) -> FloatArray:
    """Angle between the directions (columns z) that heads face, degrees in [0, 180].

    The least :func:`geodesic_error` that a roll of either head could leave: the error
    of a head that is labelled without roll.

    Args:
        first: Rotation matrices, shape (..., 3, 3).
        second: Rotation matrices of a shape that broadcasts with the first.
    """
    one, other = (_as_matrices(matrices)[..., 2] for matrices in (first, second))
    sine = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.rad2deg(np.arctan2(sine, (one * other).sum(-1)))


def _axis_times_sine(m: FloatArray) -> FloatArray:
    """Axes of rotations times twice the sine of their angle, shape (..., 3)."""
    differences = [m[..., i, j] - m[..., j, i] for i, j in ((2, 1), (0, 2), (1, 0))]
    return np.stack(differences, axis=-1)


def rotvec_to_matrix(vectors: ArrayLike) -> FloatArray:
    """Rotations by vectors of angles (the exponential map).

    Args:
        vectors: Axis times angle, degrees, shape (..., 3).

    Returns:
        Shape (..., 3, 3).
    """
    vector = np.deg2rad(_as_triples('vectors', vectors))
    angle = np.linalg.norm(vector, axis=-1)[..., None, None]
    cross = np.cross(np.eye(3), vector[..., None, :])
    # Rodrigues: I + sin(t)/t K + (1 - cos t)/t^2 K^2; NumPy's sinc has a pi in it.
    linear = np.sinc(angle / np.pi) * cross
    return np.eye(3) + linear + np.sinc(angle / (2 * np.pi)) ** 2 / 2 * cross @ cross


def matrix_to_quaternion(matrices: ArrayLike) -> FloatArray:
    """Unit quaternions (w, x, y, z) of rotations, w >= 0.

    Exact for all angles: of the columns of 4 q q^T, the one with the largest diagonal
    entry gives q.

    Args:
        matrices: Proper rotations, shape (..., 3, 3).

    Returns:
        Shape (..., 4).

    Raises:
        ValueError: If the shape is wrong, or a matrix is not finite or a reflection.
    """
    m = nearest_rotation(matrices)
    trace = np.trace(m, 0, -2, -1)
    outer = np.empty((*trace.shape, 4, 4))
    outer[..., 0, 0] = 1 + trace
    outer[..., 0, 1:] = outer[..., 1:, 0] = _axis_times_sine(m)
    diagonal = (1 - trace)[..., None, None] * np.eye(3)
    outer[..., 1:, 1:] = m + np.swapaxes(m, -1, -2) + diagonal
    largest = np.diagonal(outer, 0, -2, -1).argmax(-1)[..., None, None]
    column = np.take_along_axis(outer, largest, axis=-1)[..., 0]
    column = np.where(column[..., :1] < 0, -column, column)
    return column / np.linalg.norm(column, axis=-1, keepdims=True)


def matrix_to_rotvec(matrices: ArrayLike) -> FloatArray:
    """Axis times angle of rotations (the logarithm), the angle in [0, 180] degrees.

    Args:
        matrices: Proper rotations, shape (..., 3, 3).

    Returns:
        Degrees, shape (..., 3).

    Raises:
        ValueError: If the shape is wrong, or a matrix is not finite or a reflection.
    """
    quaternion = matrix_to_quaternion(matrices)
    sine = np.linalg.norm(quaternion[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.rad2deg(np.arctan2(sine, quaternion[..., :1]))
    return angle * quaternion[..., 1:] / np.maximum(sine, np.finfo(float).tiny)
