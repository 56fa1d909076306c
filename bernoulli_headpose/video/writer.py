"""A video file that is complete or does not bear its name."""

from __future__ import annotations

import errno
import os
from collections.abc import Container
from contextlib import AbstractContextManager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..files import FileId, check_output, opencv_path
from .frames import quiet_opencv

# Codecs by container, first the one that OpenCV's wheels are sure to have.
_CODECS = {
    '.mp4': ('mp4v', 'avc1'),
    '.avi': ('MJPG', 'XVID'),
    '.mkv': ('mp4v', 'XVID'),
}


class VideoWriter(AbstractContextManager['VideoWriter']):
    """Writes frames to ``out.part.mp4``, which becomes ``out.mp4`` when closed.

    A file of that name from before is replaced at the end only; a link is followed.
    When an exception goes through the ``with`` block, what was written stays as
    ``out.part.mp4`` if it plays. Without a frame there is no file. Odd widths and
    heights get one more black column or row, since the codecs know even ones only.

    Args:
        path: ``.mp4``, ``.avi`` or ``.mkv``; its folder is made where it is missing.
        fps: Frames a second.
        size: (w, h) of the frames, pixels.
        inputs: Files that must not be overwritten, see
            :func:`~bernoulli_headpose.files.identify_files`.

    Attributes:
        file: The file that there is once closed: ``path``, the part of it, or None.
        n_written: Frames written.

    Raises:
        ValueError: If the suffix, rate or size is none that can be written, the path
            is not in UTF-8, or the file or its part is an input.
        OSError: If the file cannot be opened or no codec is there.
    """

    def __init__(
        self,
        path: str | Path,
        fps: float,
        size: tuple[int, int],
        inputs: Container[FileId] = (),
    ) -> None:
        self.path = Path(path)
        self.file: Path | None = None
        is_link = self.path.is_symlink()
        self._target = Path(os.path.realpath(path)) if is_link else self.path
        self.partial_path = self._target.with_name(
            f'{self._target.stem}.part{self._target.suffix}'
        )
        self.size = (int(size[0]), int(size[1]))
        self.n_written = 0
        if not (np.isfinite(fps) and 0 < fps <= 1000):
            raise ValueError(f'fps: expected above 0 and up to 1000, got {fps}')
        if min(self.size) < 1:
            raise ValueError(f'size: expected (w, h) of 1 or more pixels, got {size}')
        for output in (self.path, self.partial_path):
            check_output(output, inputs)
        self._padding = (self.size[1] % 2, self.size[0] % 2)
        opencv_path(self.partial_path)
        self.partial_path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = self._open(float(fps))

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Add a frame.

        Args:
            frame: BGR, uint8, shape (h, w, 3) of the writer's size.

        Raises:
            ValueError: If it is of another shape or type (OpenCV would drop it
                without a word), or the writer is closed.
            OSError: If the disk is full, or the file is no longer there.
        """
        shape = (self.size[1], self.size[0], 3)
        if frame.shape != shape or frame.dtype != np.uint8:
            raise ValueError(
                f'frame: expected uint8 of shape {shape}, '
                f'got {frame.dtype} of shape {frame.shape}'
            )
        if not self._writer.isOpened():
            raise ValueError(f'{self.path}: closed, it takes no more frames')
        self._check_disk()
        down, right = self._padding
        if down or right:
            frame = np.pad(frame, ((0, down), (0, right), (0, 0)))
        self._writer.write(frame)
        self.n_written += 1

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            OSError: If it does not hold every frame, since the disk was full, or is
                no longer there. OpenCV says neither.
        """
        if not self._writer.isOpened():
            return
        found = self._finish()
        if found != self.n_written:
            raise OSError(
                f'{self.path}: expected {self.n_written} frames in the finished video, '
                f'got {found}. The disk is full, or the file was removed'
            )
        if found:
            self.partial_path.replace(self._target)
            self.file = self.path

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._finish()

    def _finish(self) -> int:
        """End the partial file, and remove it where it does not play; its frames."""
        self._writer.release()
        count = _count_frames(self.partial_path) if self.n_written else 0
        if count:
            self.file = self.partial_path
        else:
            self.partial_path.unlink(missing_ok=True)
        return count

    def _check_disk(self) -> None:
        """Make sure that there is a place for the frame: OpenCV does not tell."""
        code = None
        if not self.partial_path.exists():
            code = errno.ENOENT
        elif hasattr(os, 'statvfs'):
            disk = os.statvfs(self.partial_path)
            if disk.f_blocks and not disk.f_bfree:  # some network disks count none
                code = errno.ENOSPC
        if code is not None:
            raise OSError(code, os.strerror(code), str(self.path))

    def _open(self, fps: float) -> cv2.VideoWriter:
        suffix = self.path.suffix.lower()
        if suffix not in _CODECS:
            known = ', '.join(_CODECS)
            raise ValueError(
                f'path: expected a name that ends in {known}, got {self.path}'
            )
        # Fails with the system's own words where the file cannot be written.
        self.partial_path.touch()
        size = (self.size[0] + self._padding[1], self.size[1] + self._padding[0])
        for codec in _CODECS[suffix]:
            fourcc = cv2.VideoWriter.fourcc(*codec)
            with quiet_opencv():
                writer = cv2.VideoWriter(str(self.partial_path), fourcc, fps, size)
            if writer.isOpened():
                return writer
        try:
            self.partial_path.write_bytes(bytes(4096))  # fails where the disk is full
        finally:
            self.partial_path.unlink(missing_ok=True)
        raise OSError(
            f'{self.path}: none of the codecs {", ".join(_CODECS[suffix])} of '
            f'{suffix} opens for {size[0]}x{size[1]} at {fps:g} frames/s'
        )


def _count_frames(path: Path) -> int:
    """Frames that a file holds, whatever its header says; they are not decoded."""
    with quiet_opencv():
        capture = cv2.VideoCapture(str(path))
        capture.set(cv2.CAP_PROP_FORMAT, -1)
        count = 0
        while capture.grab():
            count += 1
        capture.release()
    return count
