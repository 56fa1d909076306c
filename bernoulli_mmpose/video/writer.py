"""A video file that is complete or does not bear its name."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import quiet_opencv
from .output_path import partial_path

# Codecs by container, first the one that OpenCV's wheels are sure to have.
_CODECS = {
    '.mp4': ('mp4v', 'avc1'),
    '.avi': ('MJPG', 'XVID'),
    '.mkv': ('mp4v', 'XVID'),
}


class VideoWriter:
    """Writes frames to ``out.part.mp4``, which becomes ``out.mp4`` when closed.

    A file of that name from before is replaced at the end only. When an exception
    goes through the ``with`` block, what was written stays as ``out.part.mp4``, a
    video that plays. Without a frame there is no file. Odd widths and heights get
    one more black column or row, since the codecs know even ones only.

    Args:
        path: ``.mp4``, ``.avi`` or ``.mkv``; its folder is made where it is missing.
        fps: Frames a second.
        size: (w, h) of the frames, pixels.

    Raises:
        ValueError: If the suffix, rate or size is none that can be written.
        OSError: If the file cannot be opened or no codec is there.
    """

    def __init__(self, path: str | Path, fps: float, size: tuple[int, int]) -> None:
        self.path = Path(path)
        self.partial_path = partial_path(self.path)
        self.size = (int(size[0]), int(size[1]))
        self.n_written = 0
        if not (np.isfinite(fps) and 0 < fps <= 1000):
            raise ValueError(f'fps: expected above 0 and up to 1000, got {fps}')
        if min(self.size) < 1:
            raise ValueError(f'size: expected (w, h) of 1 or more pixels, got {size}')
        self._padding = (self.size[1] % 2, self.size[0] % 2)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = self._open(float(fps))

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Add a frame.

        Args:
            frame: BGR, uint8, shape (h, w, 3) of the writer's size.

        Raises:
            ValueError: If it is of another shape or type (OpenCV would drop it
                without a word), or the writer is closed.
        """
        shape = (self.size[1], self.size[0], 3)
        if frame.shape != shape or frame.dtype != np.uint8:
            raise ValueError(
                f'frame: expected uint8 of shape {shape}, '
                f'got {frame.dtype} of shape {frame.shape}'
            )
        if not self._writer.isOpened():
            raise ValueError(f'{self.path}: closed, it takes no more frames')
        down, right = self._padding
        if down or right:
            frame = np.pad(frame, ((0, down), (0, right), (0, 0)))
        self._writer.write(frame)
        self.n_written += 1

    def close(self) -> None:
        """Finish the file and give it its name."""
        if self._finish():
            self.partial_path.replace(self.path)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._finish()

    def _finish(self) -> bool:
        """End the partial file; whether it is one with frames, and still there."""
        self._writer.release()
        if not self.n_written:
            self.partial_path.unlink(missing_ok=True)
        return self.partial_path.exists()

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
        self.partial_path.unlink(missing_ok=True)
        raise OSError(
            f'{self.path}: none of the codecs {", ".join(_CODECS[suffix])} of '
            f'{suffix} opens for {size[0]}x{size[1]} at {fps:g} frames/s'
        )
