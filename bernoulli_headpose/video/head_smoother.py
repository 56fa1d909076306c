"""Smoothing of the heads of a video, each by its track."""

from __future__ import annotations

import numpy as np

from ..arrays import as_finite
from ..heads import Heads
from ..rotation import matrix_to_euler
from .smoothing import PointSmoother, RotationSmoother


class HeadSmoother:
    """Steadies rotation and centre of each head; the box stays as it was detected.

    Args:
        max_gap_s: A head unseen for longer starts anew, seconds.

    Raises:
        ValueError: If the gap is not positive.
    """

    def __init__(self, max_gap_s: float = 0.5) -> None:
        self.max_gap_s = max_gap_s
        self._smoothers: dict[int, tuple[RotationSmoother, PointSmoother]] = {}
        self._pair()  # refuses a wrong gap here, not at the first frame

    def _pair(self) -> tuple[RotationSmoother, PointSmoother]:
        gap = self.max_gap_s
        return RotationSmoother(max_gap_s=gap), PointSmoother(max_gap_s=gap)

    def __call__(self, time_s: float, heads: Heads) -> Heads:
        """Smooth the heads of a frame.

        Args:
            time_s: Seconds, later than in the call before.
            heads: With ``track_ids``.

        Returns:
            A copy with new rotations, angles and centres; the standard deviations
            and further values remain those of the single frame.

        Raises:
            ValueError: If there are no ``track_ids``, a number is not finite, a track
                stands twice in the frame, or time stands still.
        """
        oldest = float(as_finite('time_s', time_s, ())) - self.max_gap_s
        self._smoothers = {
            number: pair
            for number, pair in self._smoothers.items()
            if pair[1].time_s >= oldest
        }
        if heads.track_ids is None:
            raise ValueError('track_ids: expected a number for each head, got none')
        smoothed, rotations = heads[np.arange(len(heads))], heads.rotations
        sides = (heads.bboxes[:, 2:] - heads.bboxes[:, :2]).max(axis=1).clip(1.0)
        for i, number in enumerate(heads.track_ids.tolist()):
            rotation, point = self._smoothers.setdefault(number, self._pair())
            matrix = rotation(time_s, rotations[i], heads.head_angles_std[i])
            angles = matrix_to_euler(matrix, near=heads.head_angles[i])
            smoothed.head_angles[i] = angles
            smoothed.centers[i] = point(time_s, heads.centers[i], float(sides[i]))
            if smoothed.head_rotation is not None:
                smoothed.head_rotation[i] = matrix
        return smoothed
