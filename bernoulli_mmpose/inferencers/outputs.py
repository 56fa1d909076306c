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

from ..video import (
    ConstantRate,
    FrameReader,
    JsonLinesWriter,
    VideoWriter,
    check_output_path,
)
from ..visualization.canvas import Image
from .heads import Head
from .inputs import VIDEO_SUFFIXES, Source

FileId = tuple[int, int]

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
        inputs: Files that are inputs of the same run, see :func:`identify_files`.

    Raises:
        ValueError: If it would overwrite an input.
        OSError: If it cannot be written.
    """
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix in _PICTURE_SUFFIXES else '.png'
    path = Path(folder) / f'{stem}{suffix}'
    check_output_path(path, name)
    if path.exists() and _identify(path) in inputs:
        raise ValueError(
            f'output: {path} would overwrite an input; write to another folder'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(suffix, drawn)
    path.write_bytes(data.tobytes())
    return path


def identify_files(sources: Iterable[Source]) -> set[FileId]:
    """What tells the files among some sources, by whatever name or link."""
    paths = (Path(source) for source in sources if isinstance(source, (str, Path)))
    return {_identify(path) for path in paths if path.is_file()}


def _identify(path: Path) -> FileId:
    stat = path.stat()
    return stat.st_dev, stat.st_ino


def save_heads(stem: str, heads: list[Head], folder: str | Path) -> Path:
    """Write the heads of an image as a JSON list.

    Raises:
        OSError: If it cannot be written.
    """
    path = Path(folder) / f'{stem}.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(heads, indent=2, allow_nan=False) + '\n', 'utf-8')
    return path


class VideoRun:
    """A video that is read, and what is written of it.

    Args:
        source: Path of a video, or ``'webcam'``, ``'webcam:N'``.
        files: Closes everything that is opened here.

    Attributes:
        name: The source.
        reader: Gives the frames.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no readable video.
        OSError: If the camera is not there.
    """

    def __init__(self, source: str | Path, files: ExitStack) -> None:
        self.name = str(source)
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
            ValueError: If it would overwrite the source.
            OSError: If it cannot be written.
        """
        if self._video is None:
            path = Path(target)
            if path.suffix.lower() not in VIDEO_SUFFIXES:
                path = path / f'{self.stem}.mp4'
            check_output_path(path, self.name)
            size = (drawn.shape[1], drawn.shape[0])
            self._at_rate = ConstantRate(self.reader.fps or _DEFAULT_FPS)
            writer = VideoWriter(path, self._at_rate.fps, size)
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
            OSError: If it cannot be written.
        """
        if self._lines is None:
            path = Path(target)
            if path.suffix.lower() != '.jsonl':
                path = path / f'{self.stem}.jsonl'
            self._lines = self._files.enter_context(JsonLinesWriter(path))
        self._lines.write(index, time_s, heads)

    def info(self) -> dict[str, Any]:
        """What was read and written: see ``HeadPoseInferencer.video_info``."""
        files = [str(writer.path) for writer in (self._video, self._lines) if writer]
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
