"""Frames of a video file or a camera, whatever state they are in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import cv2
import numpy as np

from ..files import opencv_path, to_bgr
from .frames import Frame, fit_frame, quiet_opencv

_DEFAULT_FPS = 25.0  # for time stamps, where neither they nor a rate are known
_MAX_FPS = 1000.0  # what containers without a rate give is at least this
_MAX_MEGAPIXELS = 64  # of a frame, twice 8K; a few bytes can claim any size
# Failures in a row that end a video. A decoder answers the end of a file and a
# broken frame alike; it takes microseconds at the end of a file, seconds at a
# camera that is gone.
_FILE_FAILURES = 1000
_LIVE_FAILURES = 5

TimedFrame = tuple[int, float, Frame]


class FrameReader(AbstractContextManager['FrameReader']):
    """Reads a video once, from its beginning: iterate over it.

    Gives ``(index, time_s, frame)``: the frame's place in the video (a broken frame
    takes one, too), its time in seconds (the container's time stamp; for a camera,
    since its first frame), which always grows, and the frame, BGR, uint8, of shape
    (H, W, 3). Frames that change their size within a video are scaled, margins
    black, to that of the first: one size, one system of pixels.

    A video that says how to turn it (as telephones' do) is turned.

    A frame that cannot be decoded is left out and counted in ``n_broken``. Not
    every loss shows: a decoder may repair a frame (with smears), and an AVI drops
    frames without a word; ``n_missing`` tells how many the file promised beyond
    those that came.

    Args:
        source: A video file; ``'webcam'``, ``'webcam:N'`` or the number N of a
            camera; or the address (``rtsp://...``) of a stream.

    Attributes:
        fps: Frames a second, None if unknown.
        size: (w, h) of every frame, pixels.
        n_frames: Frames announced by the file (some containers estimate), None if
            unknown and for a camera.
        n_broken: Frames left out so far.
        n_read: Frames given so far.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no readable video, has no readable frame, has frames
            of more than 64 megapixels, or the camera's number is none.
        OSError: If the camera is not there or gives no frame.
    """

    def __init__(self, source: str | Path | int) -> None:
        target = _parse_source(source)
        self._is_camera = isinstance(target, int)
        is_live = self._is_camera or '://' in str(target)
        self._max_failures = _LIVE_FAILURES if is_live else _FILE_FAILURES
        self._capture = _open_capture(target)
        self.fps = self._known_fps()
        self.n_frames = None if is_live else self._known_n_frames()
        self.n_broken = self.n_read = 0
        self.size = (0, 0)
        self._attempts = 0
        self._last_index, self._last_time = -1, -1.0
        self._start = time.monotonic()
        self._pending = self._read_next()
        if self._pending is None:
            self.close()
            raise _no_frame(target)

    @property
    def n_missing(self) -> int:
        """Frames that the file announced and that did not come yet, broken or not
        (0 where their number is unknown)."""
        return max(0, (self.n_frames or 0) - self.n_read - self.n_broken)

    def __iter__(self) -> Iterator[TimedFrame]:
        while self._pending is not None:
            current, self._pending = self._pending, None
            self.n_read += 1
            yield current
            self._pending = self._read_next()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file or camera; there are no frames after it."""
        self._pending = None
        self._capture.release()

    def _known_fps(self) -> float | None:
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        return fps if 0 < fps < _MAX_FPS else None

    def _known_n_frames(self) -> int | None:
        count = float(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        return int(count) if 0 < count < 1e9 else None

    def _read_next(self) -> TimedFrame | None:
        """The next good frame; None after too many failures in a row."""
        for failures in range(self._max_failures):
            frame = self._read_one() if self._capture.isOpened() else None
            self._attempts += 1
            if frame is None:
                continue
            self.n_broken += failures
            if not any(self.size):
                self.size = (frame.shape[1], frame.shape[0])
            index = self._attempts - 1
            stamp = self._time_of(index)
            self._last_index, self._last_time = index, stamp
            return index, stamp, fit_frame(frame, self.size)
        return None

    def _read_one(self) -> Frame | None:
        try:
            is_read, frame = self._capture.read()
            return to_bgr(frame) if is_read and frame is not None else None
        except (cv2.error, ValueError):
            return None

    def _time_of(self, index: int) -> float:
        """Seconds, later than the frame before, whatever the container says."""
        if self._is_camera:
            stamp = time.monotonic() - self._start if self._last_index >= 0 else 0.0
        else:
            stamp = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        if np.isfinite(stamp) and stamp > self._last_time and stamp >= 0:
            return stamp
        step = (index - self._last_index) / (self.fps or _DEFAULT_FPS)
        return max(self._last_time, 0.0) + step if self._last_index >= 0 else 0.0


def _parse_source(source: str | Path | int) -> int | str:
    """A camera's number, or the path or address of a video."""
    if isinstance(source, int):
        camera = source
    elif str(source).partition(':')[0] == 'webcam' and not Path(source).is_file():
        number = str(source).partition(':')[2]
        if number and not number.isdecimal():
            raise ValueError(
                f"source: expected 'webcam' or 'webcam:N', N a number, got {source!r}"
            )
        camera = int(number or 0)
    elif '://' in str(source) or Path(source).is_file():
        return opencv_path(source)
    else:
        raise FileNotFoundError(f'source: expected a video file, found none: {source}')
    if camera < 0:
        raise ValueError(f'source: expected a camera of 0 or more, got {camera}')
    return camera


def _open_capture(target: int | str) -> cv2.VideoCapture:
    with quiet_opencv():
        try:
            capture = cv2.VideoCapture(target)
            is_open = capture.isOpened()
            # Telephones film on their side and say so; some builds ignore it.
            capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        except cv2.error:
            is_open = False
    if is_open:
        _check_size(capture, target)
        return capture
    if isinstance(target, int):
        raise OSError(f'camera {target}: not there, in use, or not permitted')
    raise ValueError(
        f'{target}: expected a video that OpenCV can decode; the file is of another '
        'kind, damaged in its header, or cut off'
    )


def _check_size(capture: cv2.VideoCapture, target: int | str) -> None:
    """Refuse what its header says is too large, before a frame is decoded."""
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    if width * height > _MAX_MEGAPIXELS * 1e6:
        capture.release()
        raise ValueError(
            f'{target}: expected frames of at most {_MAX_MEGAPIXELS} megapixels, got '
            f'{width}x{height}'
        )


def _no_frame(target: int | str) -> Exception:
    if isinstance(target, int):
        return OSError(f'camera {target}: opened, but gives no frame')
    return ValueError(f'{target}: expected a video, found not one readable frame in it')
