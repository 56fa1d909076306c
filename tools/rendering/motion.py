"""How a head moves through a sequence: smooth, over BIWI's ranges, mostly frontal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from .mesh import FloatArray

# Largest pitch, yaw and roll of BIWI, in degrees.
ANGLE_LIMITS = np.array([60.0, 75.0, 50.0])
_MODES = 3  # sinusoids per channel
_CYCLES = (1.5, 6.0)  # swings in one take
_WEIGHTS = np.array([0.45, 0.33, 0.22])


@dataclass(frozen=True)
class Motion:
    """Angles and place of a head, frame by frame.

    Attributes:
        angles: (N, 3) pitch, yaw, roll in degrees (convention:
            :mod:`bernoulli_headpose.rotation`).
        seats: (N, 3) place of the upper neck, in camera axes (x right, y down,
            z away), mm. The head turns about it.
        expressions: (N, 64) weights in [0, 1] for the first expression offsets.
    """

    angles: FloatArray
    seats: FloatArray
    expressions: FloatArray


def random_motion(rng: Generator, n_frames: int) -> Motion:
    """A motion of the generator's draw.

    Every sequence is one take of the same length; more frames sample it more finely.

    Args:
        rng: Draws the take, the same for any number of frames.
        n_frames: Frames, spread evenly over the take.
    """
    time = (np.arange(n_frames) + 0.5) / n_frames
    swings = _swings(rng, time, 3)
    # Heads roll far less often than they turn.
    swings[:, 2] *= np.abs(swings[:, 2])
    angles = swings * ANGLE_LIMITS * rng.uniform([0.85, 0.9, 0.8], 1.0)
    seat = rng.uniform([-60, 70, 800], [80, 150, 1120])
    drift = _swings(rng, time, 3) * np.array([35.0, 15.0, 45.0])
    weights = np.clip(_swings(rng, time, 64), 0, 1)
    return Motion(angles=angles, seats=seat + drift, expressions=weights)


def _swings(rng: Generator, time: FloatArray, channels: int) -> FloatArray:
    """Sums of sinusoids (N, channels) in [-1, 1], with most of their time near 0."""
    cycles = rng.uniform(*_CYCLES, (_MODES, channels))
    phases = rng.uniform(0, 2 * np.pi, (_MODES, channels))
    waves = np.sin(2 * np.pi * cycles * time[:, None, None] + phases)
    return (_WEIGHTS[:, None] * waves).sum(axis=1)
