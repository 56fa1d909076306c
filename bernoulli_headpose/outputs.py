"""Where results go: pictures, JSON files, a video, a window."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2

from .drawing import Image
from .files import FileId, check_output, identify_files, write_picture, write_whole
from .heads import HeadDict
from .sources import VIDEO_SUFFIXES, Picture
from .video import ConstantRate, FrameReader, JsonLinesWriter, VideoWriter

OnError = Callable[[str, Exception], None]
# What a picture can be to blame for.
PICTURE_ERRORS = (OSError, ValueError, MemoryError, cv2.error)

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
        stem: Name of the file, without a suffix.
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


@contextmanager
def report_errors(
    on_error: OnError | None,
    name: str,
    kinds: tuple[type[Exception], ...] = PICTURE_ERRORS,
) -> Iterator[None]:
    """Let a caller know of errors of a picture, and go on without it.

    Args:
        on_error: Called with the name and the error; None lets the error through.
        name: What the caller is told of the picture.
        kinds: Errors that are told.
    """
    try:
        yield
    except kinds as error:
        if on_error is None:
            raise
        on_error(name, error)


class PictureFiles:
    """Writes the results of pictures, each into files of its own.

    Args:
        inputs: Files that must not be overwritten.
        on_error: See :func:`report_errors`; of results that cannot be written.

    Attributes:
        written: The files that are there.
    """

    def __init__(self, inputs: Container[FileId], on_error: OnError | None) -> None:
        self._inputs = inputs
        self._on_error = on_error
        self.written: list[Path] = []

    def write_drawn(self, picture: Picture, drawn: Image, target: str | Path) -> None:
        """Write a drawn picture into the folder ``target``."""
        with report_errors(self._on_error, picture.name, (OSError, ValueError)):
            names = picture.name, picture.stem
            self.written.append(save_picture(*names, drawn, target, self._inputs))

    def write_heads(
        self, picture: Picture, heads: list[HeadDict], target: str | Path
    ) -> None:
        """Write the heads of a picture as a JSON list into the folder ``target``."""
        with report_errors(self._on_error, picture.name, (OSError, ValueError)):
            text = json.dumps(heads, indent=2, allow_nan=False) + '\n'
            path = Path(target) / f'{picture.stem}.json'
            self.written.append(write_whole(path, text, self._inputs))


class VideoRun(AbstractContextManager['VideoRun']):
    """A video that is read, and what is written of it; closes all on leaving.

    Args:
        source: Path of a video, or ``'webcam'``, ``'webcam:N'``.
        inputs: Further files that must not be overwritten.

    Attributes:
        name: The source.
        reader: Gives the frames.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no readable video.
        OSError: If the camera is not there.
    """

    def __init__(self, source: str | Path, inputs: Iterable[FileId] = ()) -> None:
        self.name = str(source)
        self._inputs = identify_files([source]).union(inputs)
        self._files = ExitStack()
        self.reader = self._files.enter_context(FrameReader(source))
        self._video: VideoWriter | None = None
        self._lines: JsonLinesWriter | None = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind in (GeneratorExit, KeyboardInterrupt):
            self._files.close()  # stopped on purpose: what was written is whole
        else:
            self._files.__exit__(kind, error, trace)

    @property
    def stem(self) -> str:
        """Name of the files written, without a suffix."""
        return Path(self.name).stem.replace(':', '') or 'video'

    def write_drawn(self, picture: Picture, drawn: Image, target: str | Path) -> None:
        """Add a drawn frame; the video has one rate and keeps the time.

        Args:
            picture: The frame.
            drawn: BGR.
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
        for frame in self._at_rate(picture.time_s, drawn):
            self._video.write(frame)

    def write_heads(
        self, picture: Picture, heads: list[HeadDict], target: str | Path
    ) -> None:
        """Add a frame's heads.

        Args:
            picture: The frame.
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
        self._lines.write(picture.index, picture.time_s, heads)

    def info(self) -> dict[str, Any]:
        """What was read and written: for ``video_info``."""
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
        name: Title of the window.
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
