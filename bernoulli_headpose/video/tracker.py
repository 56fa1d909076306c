"""Which head of this frame is which of the frames before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import FloatArray, as_finite, as_later, as_numbers
from ..boxes import overlaps
from .assignment import cheapest_pairs

_VELOCITY_TIME = 0.2  # seconds over which a velocity is averaged
_STALENESS = 0.5  # cost of a head unseen for the longest gap
_FORBIDDEN = 1e6


@dataclass
class _Track:
    """A head: where it was last and how it moves (pixels, seconds)."""

    number: int
    box: FloatArray
    center: FloatArray
    time_s: float
    velocity: FloatArray
    n_seen: int = 1

    def shift(self, time_s: float) -> FloatArray:
        """Expected displacement since the head was last seen, shape (2,)."""
        return self.velocity * (time_s - self.time_s)

    def update(self, time_s: float, box: FloatArray, center: FloatArray) -> None:
        step = time_s - self.time_s
        share = max(1 / self.n_seen, 1 - np.exp(-step / _VELOCITY_TIME))
        measured = (center - self.center) / step
        self.velocity = self.velocity + share * (measured - self.velocity)
        self.box, self.center, self.time_s = box, center, time_s
        self.n_seen += 1


class HeadTracker:
    """Numbers the heads of a video, frame by frame.

    A track is expected where its motion takes it; tracks and boxes are paired so
    that the sum of (1 - overlap) and distance over size is smallest, and of two heads
    in one place the one seen last goes first. So heads that cross or hide
    each other keep their numbers. Numbers grow, and none is given twice.

    Args:
        max_gap_s: A head unseen for longer gets a new number, seconds.
        min_overlap: A pair overlaps at least so much (intersection over union) ...
        max_distance: ... or its centres are at most so far apart, in sizes of the
            head (square root of the box's area).

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        max_gap_s: float = 1.0,
        min_overlap: float = 0.2,
        max_distance: float = 0.8,
    ) -> None:
        if not (max_gap_s > 0 and 0 < min_overlap <= 1 and max_distance >= 0):
            raise ValueError(
                'expected max_gap_s above 0, min_overlap in (0, 1] and max_distance '
                f'of 0 or more, got {max_gap_s}, {min_overlap} and {max_distance}'
            )
        self.max_gap_s = max_gap_s
        self.min_overlap = min_overlap
        self.max_distance = max_distance
        self._tracks: list[_Track] = []
        self._next = 0
        self._last_time = -np.inf

    def update(
        self, time_s: float, boxes: ArrayLike, centers: ArrayLike | None = None
    ) -> NDArray[np.int64]:
        """Number the heads of a frame.

        Args:
            time_s: Seconds, later than in the call before.
            boxes: Pixels (x1, y1, x2, y2), shape (N, 4); N may be 0.
            centers: Head centres in pixels, shape (N, 2), steadier than the boxes'
                own, which are taken otherwise.

        Returns:
            Shape (N,), in the order of the boxes.

        Raises:
            ValueError: If a shape is wrong, a number is not finite, a box is turned
                round, or time stands still.
        """
        corners, points = _as_heads(boxes, centers)
        self._last_time = time_s = as_later(time_s, self._last_time)
        oldest = time_s - self.max_gap_s
        self._tracks = [track for track in self._tracks if track.time_s >= oldest]
        numbers = np.full(len(corners), -1, dtype=np.int64)
        for row, column in self._pair(time_s, corners, points):
            self._tracks[row].update(time_s, corners[column], points[column])
            numbers[column] = self._tracks[row].number
        for column in np.flatnonzero(numbers < 0):
            numbers[column] = self._start(time_s, corners[column], points[column])
        return numbers

    def _start(self, time_s: float, box: FloatArray, center: FloatArray) -> int:
        number, self._next = self._next, self._next + 1
        self._tracks.append(_Track(number, box, center, time_s, np.zeros(2)))
        return number

    def _pair(
        self, time_s: float, boxes: FloatArray, centers: FloatArray
    ) -> list[tuple[int, int]]:
        """Rows of tracks and boxes that belong together."""
        if not self._tracks or not len(boxes):
            return []
        shifts = np.stack([track.shift(time_s) for track in self._tracks])
        expected = np.stack([track.box for track in self._tracks]) + np.tile(shifts, 2)
        places = np.stack([track.center for track in self._tracks]) + shifts
        overlap = overlaps(expected, boxes)
        distance = np.linalg.norm(places[:, None] - centers, axis=-1)
        distance /= np.sqrt(_sizes(expected)[:, None] * _sizes(boxes))
        is_near = (overlap >= self.min_overlap) | (distance <= self.max_distance)
        unseen = [(time_s - track.time_s) / self.max_gap_s for track in self._tracks]
        cost = 1 - overlap + distance + _STALENESS * np.array(unseen)[:, None]
        cost = np.where(is_near, cost, _FORBIDDEN)
        return [pair for pair in cheapest_pairs(cost) if is_near[pair]]


def _as_heads(
    boxes: ArrayLike, centers: ArrayLike | None
) -> tuple[FloatArray, FloatArray]:
    """Checked corners (N, 4) and centres (N, 2)."""
    given = np.atleast_1d(as_numbers('boxes', boxes))
    n = len(given)
    corners = as_finite('boxes', given if n else np.zeros((0, 4)), (n, 4))
    if (corners[:, 2:] < corners[:, :2]).any():
        raise ValueError(f'boxes: expected x1 <= x2 and y1 <= y2, got {corners}')
    if centers is None:
        return corners, (corners[:, :2] + corners[:, 2:]) / 2
    return corners, as_finite('centers', centers if n else np.zeros((0, 2)), (n, 2))


def _sizes(boxes: FloatArray) -> FloatArray:
    """Square roots of areas, at least a pixel, shape (N,)."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.maximum(np.sqrt(sides.prod(-1)), 1.0)
