"""A Kalman filter of position and velocity, of any dimension and time step."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray

# Chosen by measurement, see RotationSmoother.
_VELOCITY_TIME = 0.4  # seconds in which an unobserved velocity decays to 1/e
_ACCELERATION_PER_SPEED = 1.0  # 1/sqrt(s)
_LARGEST_EXCESS = 100.0


class VelocityFilter:
    """Predicts and corrects displacements; who calls it keeps the position itself.

    So it serves vectors and rotations alike (as an error-state filter). The model:
    velocity decays and is driven by white noise whose strength is a base plus
    a share of the speed, for what rests mostly goes on resting and what moves
    changes its motion. A measurement farther away than noise explains raises the
    strength for its step.

    Args:
        acceleration: Base strength of the noise that drives the velocity,
            units/s^1.5.
        variance: Covariance of the first measurement, shape (n, n), units^2.
        speed: Standard deviation of the velocity at the start, units/s.
    """

    def __init__(self, acceleration: float, variance: FloatArray, speed: float) -> None:
        self.acceleration = acceleration
        n = len(variance)
        self.velocity = np.zeros(n)
        self._covariance: FloatArray = np.zeros((2 * n, 2 * n))
        self._covariance[:n, :n] = variance
        self._covariance[n:, n:] = speed**2 * np.eye(n)
        self._driving: FloatArray = np.zeros((2 * n, 2 * n))

    def predict(self, step_s: float) -> FloatArray:
        """Let time pass.

        Returns:
            The expected displacement, shape (n,).
        """
        transition, unit = _model(step_s)
        n = len(self.velocity)
        speed = float(np.linalg.norm(self.velocity))
        strength = self.acceleration + _ACCELERATION_PER_SPEED * speed
        noise = np.kron(strength**2 * unit, np.eye(n))
        self._driving = np.asarray(noise, np.float64)
        wide = np.kron(transition, np.eye(n))
        self._covariance = wide @ self._covariance @ wide.T + self._driving
        displacement = transition[0, 1] * self.velocity
        self.velocity = transition[1, 1] * self.velocity
        return displacement

    def correct(self, innovation: FloatArray, variance: FloatArray) -> FloatArray:
        """Take in a measurement.

        Args:
            innovation: Measured less predicted position, shape (n,).
            variance: Covariance of the measurement, shape (n, n).

        Returns:
            The correction of the predicted position, shape (n,).
        """
        n = len(innovation)
        expected = self._covariance[:n, :n] + variance
        surprise = float(innovation @ np.linalg.solve(expected, innovation)) / n
        excess = min(max(surprise - 1, 0.0), _LARGEST_EXCESS)
        covariance = self._covariance + excess * self._driving
        expected = covariance[:n, :n] + variance
        gain = np.linalg.solve(expected, covariance[:n]).T
        keep = np.eye(2 * n)
        keep[:, :n] -= gain
        self._covariance = keep @ covariance @ keep.T + gain @ variance @ gain.T
        change = gain @ innovation
        self.velocity = self.velocity + change[n:]
        return change[:n]


def _model(step_s: float) -> tuple[FloatArray, FloatArray]:
    """Transition, and covariance that driving noise of strength 1 adds, (2, 2)."""
    decay = np.exp(-step_s / _VELOCITY_TIME)
    transition = np.array([[1.0, _VELOCITY_TIME * (1 - decay)], [0.0, decay]])
    driving = np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
    return transition, driving
