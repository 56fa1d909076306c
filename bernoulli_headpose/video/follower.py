"""Following a state of any kind through time: starts, gaps and jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import numpy as np

from ..arrays import as_numbers
from .velocity_filter import FloatArray, VelocityFilter, ramp_lag

State = TypeVar('State')

_NOISE_TO_ACCELERATION = 13.0  # 1/s^1.5, see RotationSmoother
_NOISE_TO_START_SPEED = 50.0  # 1/s


class StateFollower(Generic[State]):
    """Keeps the state to which a :class:`VelocityFilter` tells the displacements.

    A measurement out of reach of the prediction is left out once; the next such
    starts the filter anew, as does a gap.

    Args:
        move: A state and a displacement (n,) to the state there.
        offset: Two states to the displacement (n,) from the first to the second.
        max_gap_s: Longest pause, seconds.

    Raises:
        ValueError: If the pause is not positive.
    """

    def __init__(
        self,
        move: Callable[[State, FloatArray], State],
        offset: Callable[[State, State], FloatArray],
        max_gap_s: float,
    ) -> None:
        if not max_gap_s > 0:
            raise ValueError(f'max_gap_s: expected above 0 seconds, got {max_gap_s}')
        self._move, self._offset = move, offset
        self._max_gap_s = max_gap_s
        self._last_time: float | None = None
        self._filter: VelocityFilter | None = None
        self._state: State
        self._is_doubted = False

    def follow(
        self,
        time_s: float,
        measured: State,
        variance: FloatArray,
        noise: float,
        reach: tuple[float, float],
    ) -> State:
        """Take in a measurement and give the filtered state of the same moment.

        Args:
            time_s: Seconds, later than in the call before.
            measured: The measured state.
            variance: Of the measurement, shape (n, n), units^2.
            noise: Usual standard deviation of measurements, units.
            reach: How far a measurement may be off the prediction: units, and units
                more for every second since the last one.

        Raises:
            ValueError: If time stands still or is not finite.
        """
        step = self._step(time_s)
        if self._filter is None or step is None:
            return self._restart(measured, variance, noise)
        self._filter.acceleration = _NOISE_TO_ACCELERATION * noise
        self._state = self._move(self._state, self._filter.predict(step))
        innovation = self._offset(self._state, measured)
        is_jump = bool(np.linalg.norm(innovation) > reach[0] + reach[1] * step)
        if is_jump and self._is_doubted:
            return self._restart(measured, variance, noise)
        self._is_doubted = is_jump
        if not is_jump:
            change = self._filter.correct(innovation, variance)
            self._state = self._move(self._state, change)
        return self._state

    def _step(self, time_s: float) -> float | None:
        """Seconds since the last call; None at the start and after a gap."""
        last = self._last_time
        self._last_time = time_s = later_time(time_s, last)
        is_new = last is None or time_s - last > self._max_gap_s
        return None if last is None or is_new else time_s - last

    def _restart(self, measured: State, variance: FloatArray, noise: float) -> State:
        acceleration = _NOISE_TO_ACCELERATION * noise
        start_speed = _NOISE_TO_START_SPEED * noise
        self._filter = VelocityFilter(acceleration, variance, start_speed)
        self._state, self._is_doubted = measured, False
        return measured


def noise_to_lag_ms(noise: float, fps: float, speed: float) -> float:
    """Lag behind a motion of constant speed, milliseconds.

    Args:
        noise: Standard deviation of a measurement, units.
        fps: Measurements a second.
        speed: Units/s, whatever its sign.

    Raises:
        ValueError: If the rate is not above 0, or a number is not finite.
    """
    given = [float(as_numbers('fps, speed', number, ())) for number in (fps, speed)]
    if not (np.isfinite(given).all() and given[0] > 0):
        raise ValueError(
            'fps, speed: expected a rate above 0 and a finite speed, '
            f'got {fps} and {speed}'
        )
    return 1000 * ramp_lag(_NOISE_TO_ACCELERATION * noise, noise, abs(speed), 1 / fps)


def later_time(time_s: float, last: float | None) -> float:
    """The seconds of a call, checked against those of the one before.

    Raises:
        ValueError: If time stands still or is not finite.
    """
    seconds = float(as_numbers('time_s', time_s, ()))
    if not np.isfinite(seconds) or (last is not None and seconds <= last):
        raise ValueError(
            'time_s: expected seconds that grow from call to call, '
            f'got {time_s} after {last}'
        )
    return seconds
