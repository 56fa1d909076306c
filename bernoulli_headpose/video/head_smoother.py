"""Smoothing of the heads of a video, each by its track."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..arrays import as_finite
from ..rotation import ANGLE_NAMES, euler_to_matrix, matrix_to_euler
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

    def __call__(
        self, time_s: float, heads: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Smooth the heads of a frame.

        Args:
            time_s: Seconds, later than in the call before.
            heads: With ``pitch``, ``yaw``, ``roll`` and ``pitch_std``, ``yaw_std``,
                ``roll_std`` in degrees, ``center`` [x, y] and ``bbox`` [x1, y1, x2,
                y2] in pixels, and ``track_id``; ``rotation``, where it is there, goes
                before the angles.

        Returns:
            Copies of the heads with new ``rotation``, ``pitch``, ``yaw``, ``roll`` and
            ``center``; the standard deviations remain those of the single frame.

        Raises:
            KeyError: If a head lacks one of these.
            ValueError: If a number is not finite, a track stands twice in the frame,
                or time stands still.
        """
        oldest = float(as_finite('time_s', time_s, ())) - self.max_gap_s
        self._smoothers = {
            number: pair
            for number, pair in self._smoothers.items()
            if pair[1].time_s >= oldest
        }
        return [{**head, **self._smooth(time_s, head)} for head in heads]

    def _smooth(self, time_s: float, head: Mapping[str, Any]) -> dict[str, Any]:
        """The smoothed keys of a head."""
        pair = self._smoothers.setdefault(head['track_id'], self._pair())
        measured = [head[name] for name in ANGLE_NAMES]
        std = [head[f'{name}_std'] for name in ANGLE_NAMES]
        matrix = head.get('rotation', euler_to_matrix(measured))
        rotation = pair[0](time_s, matrix, std)
        angles = matrix_to_euler(rotation, near=measured)
        left, top, right, bottom = as_finite('bbox', head['bbox'], (4,)).tolist()
        size = max(right - left, bottom - top, 1.0)
        center = pair[1](time_s, head['center'], size)
        named = zip(ANGLE_NAMES, angles.tolist(), strict=True)
        places = {'rotation': rotation.tolist(), 'center': center.tolist()}
        return {**dict(named), **places}
