"""Steady rotations and points from noisy ones, frame by frame, as they come."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import FloatArray, as_finite, as_later
from ..rotation import (
    matrix_to_euler,
    matrix_to_rotvec,
    nearest_rotation,
    rotvec_to_matrix,
)
from .velocity_filter import VelocityFilter

_REACH = (15.0, 500.0)  # degrees, degrees/s: faster than heads turn
_POINT_REACH = (0.5, 5.0)  # sizes of the head, and that a second
_NOISE_TO_ACCELERATION = 13.0  # 1/s^1.5, see RotationSmoother
_NOISE_TO_START_SPEED = 50.0  # 1/s


class _Smoother:
    """A state that a :class:`VelocityFilter` moves; gaps and jumps start it anew.

    Args:
        noise: Standard deviation of a measurement.
        max_gap_s: The filter starts anew after a longer pause, seconds.

    Attributes:
        time_s: Seconds of the last measurement.

    Raises:
        ValueError: If an argument is not positive.
    """

    def __init__(self, noise: float, max_gap_s: float) -> None:
        for name, value in (('noise', noise), ('max_gap_s', max_gap_s)):
            if not value > 0:
                raise ValueError(f'{name}: expected a number above 0, got {value}')
        self.noise, self.max_gap_s = noise, max_gap_s
        self.time_s = -np.inf
        self._filter: VelocityFilter
        self._state: FloatArray
        self._is_doubted = False

    @staticmethod
    def _move(state: FloatArray, change: FloatArray) -> FloatArray:
        """The state at a displacement from another."""
        return state + change

    @staticmethod
    def _difference(first: FloatArray, second: FloatArray) -> FloatArray:
        """The displacement from one state to another."""
        return second - first

    def _smooth(
        self,
        time_s: float,
        measured: FloatArray,
        variance: FloatArray,
        noise: float,
        reach: tuple[float, float],
    ) -> FloatArray:
        """Take in a measurement and give the filtered state of the same moment.

        Args:
            time_s: Seconds, later than in the call before.
            measured: The measured state.
            variance: Covariance of the measurement, shape (n, n), units^2.
            noise: Usual standard deviation of measurements, units.
            reach: How far a measurement may be off the prediction: units, and units
                more for every second since the last one.

        Raises:
            ValueError: If time stands still or is not finite.
        """
        seconds = as_later(time_s, self.time_s)
        step, self.time_s = seconds - self.time_s, seconds
        if step > self.max_gap_s:
            return self._restart(measured, variance, noise)
        self._filter.acceleration = _NOISE_TO_ACCELERATION * noise
        self._state = self._move(self._state, self._filter.predict(step))
        innovation = self._difference(self._state, measured)
        is_jump = bool(np.linalg.norm(innovation) > reach[0] + reach[1] * step)
        if is_jump and self._is_doubted:
            return self._restart(measured, variance, noise)
        self._is_doubted = is_jump
        if not is_jump:
            change = self._filter.correct(innovation, variance)
            self._state = self._move(self._state, change)
        return self._state.copy()

    def _restart(
        self, measured: FloatArray, variance: FloatArray, noise: float
    ) -> FloatArray:
        acceleration = _NOISE_TO_ACCELERATION * noise
        speed = _NOISE_TO_START_SPEED * noise
        self._filter = VelocityFilter(acceleration, variance, speed)
        self._state, self._is_doubted = measured.copy(), False
        return measured.copy()


class RotationSmoother(_Smoother):
    """Kalman filter of a head's rotation and angular velocity, on SO(3).

    Causal, for any time stamps; there are no Euler angles in its state, so nothing
    happens at +-180 or in gimbal lock. A measurement out of reach of the
    prediction (15 degrees and 500 degrees/s) is a jump: left out once, while the next
    such starts the filter anew, as does a gap.

    The driving noise was chosen by measurement, against a One-Euro filter tuned alike,
    on other takes. Error in degrees against the truth, 26 takes of 200 frames each at
    30 frames/s: BIWI's labels of sequences 13-24 (averaged over 9 frames, heads that
    keep moving) and synthetic rests and turns. White noise of 0.75 degrees an axis
    (seed 0) was added, as the small network shows under a box that trembles by 1 %;
    lag by the best shift:

    ================ ====== ======== ====
    degrees, or ms   noisy  One-Euro this
    ================ ====== ======== ====
    BIWI's labels    1.30   1.16     1.03
    ... lag, ms      0      7.5      3.6
    rests and turns  1.30   0.94     0.98
    ... lag, ms      0      9.3      7.3
    a still head     1.29   0.64     0.65
    ================ ====== ======== ====

    On 12 photographs moved and grained like a video, an earlier network's angles
    changed by 1.87 degrees from frame to frame without and 0.67 with it. At 30 frames/s
    it is at most 29 ms behind, 9.5 ms for a turn of 20 degrees/s; after a turn of 40
    degrees in half a second it swings 0.5 degrees too far.

    Args:
        noise: Standard deviation of an angle from frame to frame where the network
            gives none, degrees.
        std_scale: That noise per degree of the network's standard deviation; measured
            were 0.37, 0.45 and 0.66 for pitch, yaw and roll.
        max_gap_s: The filter starts anew after a longer pause, seconds.

    Raises:
        ValueError: If an argument is not positive.
    """

    def __init__(
        self, noise: float = 0.75, std_scale: float = 0.5, max_gap_s: float = 0.5
    ) -> None:
        super().__init__(noise, max_gap_s)
        if not std_scale > 0:
            raise ValueError(f'std_scale: expected a number above 0, got {std_scale}')
        self.std_scale = std_scale

    def __call__(
        self, time_s: float, rotation: ArrayLike, std_degrees: ArrayLike | None = None
    ) -> FloatArray:
        """Take in a rotation and give the smoothed one of the same moment.

        Args:
            time_s: Seconds, later than in the call before.
            rotation: Rotation matrix, shape (3, 3).
            std_degrees: Standard deviation of pitch, yaw and roll, degrees, shape
                (3,); scaled, it is held within 1/4 and 4 times ``noise``.

        Returns:
            Rotation matrix, shape (3, 3).

        Raises:
            ValueError: If a number is not finite, a shape is wrong, the matrix is a
                reflection, or time stands still.
        """
        matrix = nearest_rotation(as_finite('rotation', rotation, (3, 3)))
        variance = self._variance(matrix, std_degrees)
        return self._smooth(time_s, matrix, variance, self.noise, _REACH)

    def _variance(self, matrix: FloatArray, std: ArrayLike | None) -> FloatArray:
        """Covariance of the rotation vector, head's axes, degrees^2, shape (3, 3)."""
        if std is None:
            return self.noise**2 * np.eye(3)
        low, high = self.noise / 4, 4 * self.noise
        degrees = self.std_scale * as_finite('std_degrees', std, (3,))
        roll = np.deg2rad(matrix_to_euler(matrix)[2])
        # The axes of pitch, yaw and roll, as the head sees them.
        axes = np.array([matrix[0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
        spread = axes.T * np.clip(degrees, low, high)
        # In gimbal lock two angles turn about one axis, and none about another.
        return spread @ spread.T + low**2 * np.eye(3)

    @staticmethod
    def _move(state: FloatArray, change: FloatArray) -> FloatArray:
        return nearest_rotation(state @ rotvec_to_matrix(change))

    @staticmethod
    def _difference(first: FloatArray, second: FloatArray) -> FloatArray:
        return matrix_to_rotvec(first.T @ second)


class PointSmoother(_Smoother):
    """Smooths a point or a box in the image.

    Args:
        noise: Standard deviation from frame to frame, as a share of the head's size.
        max_gap_s: The filter starts anew after a longer pause, seconds.

    Raises:
        ValueError: If an argument is not positive.
    """

    def __init__(self, noise: float = 0.01, max_gap_s: float = 0.5) -> None:
        super().__init__(noise, max_gap_s)
        self._shape: tuple[int, ...] | None = None

    def __call__(self, time_s: float, point: ArrayLike, size: float) -> FloatArray:
        """Take in a point and give the smoothed one of the same moment.

        Args:
            time_s: Seconds, later than in the call before.
            point: Pixels, shape (n,): (x, y) or (x1, y1, x2, y2), the same n always.
            size: Size of the head, pixels (its box's longer side, say).

        Returns:
            Pixels, shape (n,).

        Raises:
            ValueError: If a number is not finite, a shape or the size is wrong, or
                time stands still.
        """
        measured = as_finite('point', point, self._shape or (None,))
        self._shape = measured.shape
        size = float(as_finite('size', size, ()))
        if not size > 0:
            raise ValueError(f'size: expected pixels above 0, got {size}')
        noise = self.noise * size
        variance = noise**2 * np.eye(len(measured))
        reach = (_POINT_REACH[0] * size, _POINT_REACH[1] * size)
        return self._smooth(time_s, measured, variance, noise, reach)
