"""Where results go: pictures, JSON files, a video, a window."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Container, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2

from bernoulli_headpose.drawing import Image
from bernoulli_headpose.files import (
    FileId,
    check_output,
    identify_files,
    write_picture,
    write_whole,
)
from bernoulli_headpose.sources import VIDEO_SUFFIXES
from bernoulli_headpose.video import (
    ConstantRate,
    FrameReader,
    JsonLinesWriter,
    VideoWriter,
)

from .heads import Head

_PICTURE_SUFFIXES = ('.jpg', '.jpeg', '.png')
_DEFAULT_FPS = 25.0
_ESCAPE = 27


def save_picture(
    name: str,
    stem: str,
    drawn: Image,
    folder: str | Path,
    inputs: Container[FileId] = (),
) -> Path:
    """Write a drawn picture, as JPEG or PNG.

    Args:
        name: Path of the image that it was made from, if it has one.
        stem: Of the file, without a suffix.
        drawn: BGR.
        folder: Made where it is missing.
        inputs: Further files that must not be overwritten, see
            :func:`~bernoulli_headpose.files.identify_files`.

    Raises:
        ValueError: If it would overwrite an input.
        OSError: If it cannot be written.
    """
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix in _PICTURE_SUFFIXES else '.png'
    path = Path(folder) / f'{stem}{suffix}'
    check_output(path, identify_files([name]))
    return write_picture(path, drawn, inputs)


def save_heads(
    stem: str,
    heads: list[Head],
    folder: str | Path,
    inputs: Container[FileId] = (),
) -> Path:
    """Write the heads of an image as a JSON list.

    Args:
        stem: Of the file, without a suffix.
        heads: Of the image.
        folder: Made where it is missing.
        inputs: Files that must not be overwritten.

    Raises:
        ValueError: If it would overwrite an input.
        OSError: If it cannot be written.
    """
    text = json.dumps(heads, indent=2, allow_nan=False) + '\n'
    return write_whole(Path(folder) / f'{stem}.json', text, inputs)


class VideoRun:
    """A video that is read, and what is written of it.

    Args:
        source: Path of a video, or ``'webcam'``, ``'webcam:N'``.
        files: Closes everything that is opened here.
        inputs: Further files that must not be overwritten.

    Attributes:
        name: The source.
        reader: Gives the frames.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no readable video.
        OSError: If the camera is not there.
    """

    def __init__(
        self,
        source: str | Path,
        files: ExitStack,
        inputs: Iterable[FileId] = (),
    ) -> None:
        self.name = str(source)
        self._inputs = identify_files([source]).union(inputs)
        self.reader = files.enter_context(FrameReader(source))
        self._files = files
        self._video: VideoWriter | None = None
        self._lines: JsonLinesWriter | None = None

    @property
    def stem(self) -> str:
        """Of the files written, without a suffix."""
        return Path(self.name).stem.replace(':', '') or 'video'

    def write_frame(self, drawn: Image, time_s: float, target: str | Path) -> None:
        """Add a drawn frame; the video has one rate and keeps the time.

        Args:
            drawn: BGR.
            time_s: Of the frame, seconds.
            target: A folder, which gets ``<stem>.mp4``, or a video's path.

        Raises:
            ValueError: If it would overwrite an input.
            OSError: If it cannot be written.
        """
        if self._video is None:
            path = Path(target)
            if path.suffix.lower() not in VIDEO_SUFFIXES:
                path = path / f'{self.stem}.mp4'
            size = (drawn.shape[1], drawn.shape[0])
            self._at_rate = ConstantRate(self.reader.fps or _DEFAULT_FPS)
            writer = VideoWriter(path, self._at_rate.fps, size, self._inputs)
            self._video = self._files.enter_context(writer)
        for frame in self._at_rate(time_s, drawn):
            self._video.write(frame)

    def write_heads(
        self, index: int, time_s: float, heads: list[Head], target: str | Path
    ) -> None:
        """Add a frame's heads.

        Args:
            index: Number of the frame.
            time_s: Of the frame, seconds.
            heads: What was found in it.
            target: A folder, which gets ``<stem>.jsonl``, or such a file's path.

        Raises:
            ValueError: If it would overwrite an input.
            OSError: If it cannot be written.
        """
        if self._lines is None:
            path = Path(target)
            if path.suffix.lower() != '.jsonl':
                path = path / f'{self.stem}.jsonl'
            self._lines = self._files.enter_context(JsonLinesWriter(path, self._inputs))
        self._lines.write(index, time_s, heads)

    def info(self) -> dict[str, Any]:
        """What was read and written: see ``HeadPoseInferencer.video_info``."""
        writers = [writer for writer in (self._video, self._lines) if writer]
        files = [str(writer.file) for writer in writers if writer.file]
        return dict(
            name=self.name,
            fps=self.reader.fps,
            size=self.reader.size,
            n_read=self.reader.n_read,
            n_broken=self.reader.n_broken,
            n_missing=self.reader.n_missing,
            files=files,
        )


def show_picture(name: str, image: Image, wait_ms: int) -> bool:
    """Show a picture in a window.

    Args:
        name: Of the window.
        image: BGR.
        wait_ms: How long to wait for a key; 0 waits for one.

    Returns:
        Whether Escape or q was pressed.

    Raises:
        OSError: If there is no display, or OpenCV was built without windows.
    """
    displays = ('DISPLAY', 'WAYLAND_DISPLAY')
    if sys.platform == 'linux' and not any(map(os.environ.get, displays)):
        raise OSError('show: expected a display to show pictures on, found none')
    try:
        cv2.imshow(name, image)
        return cv2.waitKey(wait_ms) & 0xFF in (_ESCAPE, ord('q'))
    except cv2.error as error:
        raise OSError(f'show: this OpenCV cannot open windows ({error.err})') from None
