"""Head poses by perspective-n-point: the mean face laid over 68 landmarks.

The camera looks straight at the face, wherever that is in the picture, so that a
rotation is what the crop of a head shows (the convention of 300W-LP's labels, which
are scaled orthographic fits) and not the head's turn against the room.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from bernoulli_headpose.arrays import as_numbers
from bernoulli_headpose.rotation import IMAGE_TO_CAMERA, FloatArray, matrix_to_euler

from .mean_face import FITTED, MEAN_FACE

# Focal length where none is given, in sizes of the face: a camera some 3 m away. On
# 37 heads of AFLW2000 the geodesic error is 5.3 degrees with 3, 4.3 with 5, 3.8 with
# 10, 3.7 with 20 and more.
FOCAL_LENGTH = 20.0
# Beyond, nothing but rounding distinguishes focal lengths.
_LONGEST = 50.0
# Ends of the jaw at the ears. They are farthest back: without those of either side
# the pitch was off by 11 degrees on the same heads, without one side's by 9.
_JAW_ENDS = ([0, 1], [15, 16])
_STRAIGHT = np.zeros(5)  # a lens without distortion
# Spread of points across their line over that along it, below which it is a line.
_FLATTEST = 0.1


@dataclass(frozen=True)
class PoseLimits:
    """What a pose must keep to be taken for valid.

    Attributes:
        least_points: Visible landmarks needed, of the 55 that are fitted (the lower
            jaw is not); one of either end of the jaw must be among them.
        largest_error: Reprojection error (root mean square) over the size of the face.
        largest_angle: Degrees, of pitch, yaw and roll each.

    Raises:
        ValueError: If a limit cannot be one.
    """

    least_points: int = 20
    largest_error: float = 0.12
    largest_angle: float = 99.0

    def __post_init__(self) -> None:
        if not 6 <= self.least_points <= FITTED.sum():
            raise ValueError(
                f'least_points: expected 6 to {FITTED.sum()}, got {self.least_points}'
            )
        if not self.largest_error > 0:
            raise ValueError(
                f'largest_error: expected a number above 0, got {self.largest_error}'
            )
        if not 0 < self.largest_angle <= 180:
            raise ValueError(
                f'largest_angle: expected 0 to 180 degrees, got {self.largest_angle}'
            )


@dataclass(frozen=True)
class LandmarkPoses:
    """Poses of N faces; NaN where there is no valid one.

    Attributes:
        rotation: (N, 3, 3), package frame.
        angles: (N, 3) pitch, yaw, roll in degrees.
        projected: (N, 68, 2) pixels of the mean face in that pose.
        error: (N,) reprojection error over the size of the face, of poses that were
            refused, too; NaN where nothing could be fitted.
        reason: Why there is no valid pose, N; empty where there is one.
    """

    rotation: FloatArray
    angles: FloatArray
    projected: FloatArray
    error: FloatArray
    reason: list[str]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Whether a face has a valid pose, (N,)."""
        return np.array([not reason for reason in self.reason], dtype=bool)


def landmarks_to_pose(
    landmarks: ArrayLike,
    visible: ArrayLike | None = None,
    focal_length: float | None = None,
    limits: PoseLimits | None = None,
) -> LandmarkPoses:
    """Poses of faces of which 68 landmarks are known.

    Args:
        landmarks: Pixels (N, 68, 2), iBUG order.
        visible: Which of them to use, (N, 68); None for all. The others may hold
            anything, NaN included.
        focal_length: Of the camera, pixels; None for 20 times the size of the face.
        limits: What a valid pose must keep.

    Raises:
        ValueError: If a shape is wrong, a visible landmark is not finite or the focal
            length not positive.
    """
    points = as_numbers('landmarks', landmarks)
    if points.ndim != 3 or points.shape[1:] != (68, 2):
        raise ValueError(f'landmarks: expected shape (N, 68, 2), got {points.shape}')
    whole = np.ones(points.shape[:2]) if visible is None else visible
    shown = as_numbers('visible', whole)
    if shown.shape != points.shape[:2]:
        raise ValueError(
            f'visible: expected shape {points.shape[:2]}, got {shown.shape}'
        )
    seen = shown > 0
    unknown = seen & ~np.isfinite(points).all(axis=2)
    if unknown.any():
        face, point = np.argwhere(unknown)[0]
        raise ValueError(
            f'landmarks: expected finite numbers where visible, got '
            f'{points[face, point]} (face {face}, landmark {point})'
        )
    if focal_length is not None and not 0 < focal_length < np.inf:
        raise ValueError(f'focal_length: expected pixels above 0, got {focal_length}')
    return _fit_all(points, seen & FITTED, focal_length, limits or PoseLimits())


def _fit_all(
    points: FloatArray,
    used: NDArray[np.bool_],
    focal_length: float | None,
    limits: PoseLimits,
) -> LandmarkPoses:
    count = len(points)
    rotation = np.full((count, 3, 3), np.nan)
    angles = np.full((count, 3), np.nan)
    projected = np.full((count, 68, 2), np.nan)
    error = np.full(count, np.nan)
    reasons = []
    for i in range(count):
        reason = _unusable(points[i], used[i], limits)
        if not reason:
            turned, placed = _solve(points[i], used[i], focal_length)
            error[i] = _relative_error(points[i], placed, used[i])
            found = matrix_to_euler(turned)
            reason = _implausible(error[i], found, limits)
            if not reason:
                rotation[i], angles[i], projected[i] = turned, found, placed
        reasons.append(reason)
    return LandmarkPoses(rotation, angles, projected, error, reasons)


def _unusable(points: FloatArray, used: NDArray[np.bool_], limits: PoseLimits) -> str:
    """Why points (68, 2) cannot be fitted; empty if they can."""
    if used.sum() < limits.least_points:
        return f'fewer than {limits.least_points} visible landmarks'
    if not all(used[ends].any() for ends in _JAW_ENDS):
        return 'an end of the jaw not visible'
    seen = points[used]
    sides = np.linalg.svd(seen - seen.mean(axis=0), compute_uv=False)
    if sides[1] <= _FLATTEST * sides[0]:
        return 'landmarks on a line or in one point'
    return ''


def _implausible(error: float, angles: FloatArray, limits: PoseLimits) -> str:
    """Why a fitted pose is not valid; empty if it is."""
    if not np.isfinite(error):
        return 'no pose fits'
    if error > limits.largest_error:
        return f'reprojection error above {limits.largest_error:g} of the face'
    if np.abs(angles).max() > limits.largest_angle:
        return f'an angle beyond {limits.largest_angle:g} degrees'
    return ''


def _solve(
    points: FloatArray, used: NDArray[np.bool_], focal_length: float | None
) -> tuple[FloatArray, FloatArray]:
    """Rotation (3, 3) and pixels (68, 2) of the mean face laid over points (68, 2).

    The pixels are NaN where no pose was found, or one behind the camera.
    """
    seen = points[used]
    low, high = seen.min(axis=0), seen.max(axis=0)
    middle, size = (low + high) / 2, float((high - low).max())
    focal = FOCAL_LENGTH * size if focal_length is None else focal_length
    # In sizes of the face, so that OpenCV's tolerances see the same numbers always.
    focal = min(focal / size, _LONGEST)
    camera = np.diag([focal, focal, 1.0])
    model = MEAN_FACE * IMAGE_TO_CAMERA
    pixels = np.ascontiguousarray((seen - middle) / size)
    solved, turn, shift = cv2.solvePnP(
        model[used], pixels, camera, _STRAIGHT, flags=cv2.SOLVEPNP_SQPNP
    )
    if not solved:
        return np.eye(3), np.full((68, 2), np.nan)
    turn, shift = cv2.solvePnPRefineLM(
        model[used], pixels, camera, _STRAIGHT, turn, shift
    )
    placed = cv2.projectPoints(model, turn, shift, camera, _STRAIGHT)[0][:, 0]
    rotation = cv2.Rodrigues(turn)[0] * np.outer(IMAGE_TO_CAMERA, IMAGE_TO_CAMERA)
    if shift[2, 0] <= 0:  # behind the camera
        placed = np.full_like(placed, np.nan)
    return np.asarray(rotation, np.float64), placed * size + middle


def _relative_error(
    points: FloatArray, placed: FloatArray, used: NDArray[np.bool_]
) -> float:
    """Root mean square distance of the used points over the size of the whole face."""
    size = np.ptp(placed, axis=0).max()
    if not size > 0:  # all in one point, or not known
        return float('nan')
    distance = (((points - placed)[used] / size) ** 2).sum(axis=1)
    return float(np.sqrt(distance.mean()))
