"""Frames of one size, at a constant rate, and OpenCV kept quiet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

# OpenCV 4.13 moved it.
_log: Any = getattr(cv2.utils, 'logging', cv2)
_FFMPEG_LEVEL = 'OPENCV_FFMPEG_LOGLEVEL'
_QUIET = '-8'  # FFmpeg's AV_LOG_QUIET
_LONGEST_PAUSE_S = 60.0  # a time stamp may be wrong by hours


def fit_frame(frame: Frame, size: tuple[int, int]) -> Frame:
    """A frame of another size, scaled into the middle of a black one.

    Its width and height are scaled alike, so that no angle in it changes.

    Args:
        frame: Shape (H, W, 3), uint8.
        size: Wanted (w, h) in pixels.

    Returns:
        Shape (h, w, 3); the frame itself where it has the size.
    """
    width, height = size
    rows, columns = frame.shape[:2]
    if (columns, rows) == (width, height):
        return frame
    scale = min(width / columns, height / rows)
    inner = (
        min(width, max(1, round(columns * scale))),
        min(height, max(1, round(rows * scale))),
    )
    canvas = np.zeros((height, width, 3), dtype=np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(frame, inner)
    return canvas


class ConstantRate:
    """Frames at the moments of a constant rate, made of frames at any moments.

    A frame stays until the next one's moment, by being repeated; one that comes a
    frame's time too early is left out. So a video of changing rate, one with broken
    frames, or a camera that gives fewer frames than it says, keeps its time. A pause
    becomes a minute at most.

    Args:
        fps: Frames a second.
    """

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self._start_s: float | None = None
        self._count = 0
        self._last: Frame | None = None

    def __call__(self, time_s: float, frame: Frame) -> list[Frame]:
        """The frames to write when this one comes, up to it.

        Args:
            time_s: Its moment in seconds, later than that of the frame before.
            frame: Shape (H, W, 3); kept for the next call.
        """
        start = time_s if self._start_s is None else self._start_s
        ahead = (time_s - start) * self.fps - self._count
        longest = _LONGEST_PAUSE_S * self.fps
        if ahead > longest:
            start, ahead = start + (ahead - longest) / self.fps, longest
        # Less than a frame's time off, it is the next one: stamps are rounded.
        pause = [self._last] * int(ahead) if self._last is not None else []
        due = [*pause, frame] if ahead > -1 else []
        self._start_s, self._last = start, frame
        self._count += len(due)
        return due


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Keep OpenCV's messages about files and cameras off the standard error.

    What is wrong with a file is told by an exception. FFmpeg, inside of OpenCV,
    takes its level once, from the first video of the process: it is asked for
    silence, unless ``OPENCV_FFMPEG_LOGLEVEL`` is set (56 shows everything).
    """
    level = _log.getLogLevel()
    is_ours = _FFMPEG_LEVEL not in os.environ
    _log.setLogLevel(0)
    if is_ours:
        os.environ[_FFMPEG_LEVEL] = _QUIET
    try:
        yield
    finally:
        _log.setLogLevel(level)
        if is_ours:
            os.environ.pop(_FFMPEG_LEVEL, None)
