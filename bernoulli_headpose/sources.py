"""What is to be looked at for heads, brought to one form: BGR images of uint8."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .files import (
    IMAGE_SUFFIXES,
    UNREAD_SUFFIXES,
    check_file,
    image_format,
    is_system_file,
    list_images,
    read_image,
    to_bgr,
)

Source = str | Path | NDArray
CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')
VIDEO_SUFFIXES = ('.avi', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.webm')
_WEBCAM = re.compile(r'webcam(:.*)?')


@dataclass(frozen=True)
class Picture:
    """An image to look for heads in.

    Attributes:
        name: For messages: a path, or what tells an array or a frame.
        stem: Of the files written for it, without a suffix.
        image: BGR, uint8 of shape (H, W, 3).
        index: Number of the frame; 0 for an image.
        time_s: Time of the frame in seconds; 0 for an image.
    """

    name: str
    stem: str
    image: NDArray[np.uint8]
    index: int = 0
    time_s: float = 0.0

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) in pixels."""
        return self.image.shape[1], self.image.shape[0]


def is_video(source: Any) -> bool:
    """Whether a source is a video: ``'webcam[:N]'``, an address, or a file.

    A file is one by its content, where its first bytes are those of no picture (an
    animated GIF counts as a video) and no text, which FFmpeg would draw. What has an
    image's suffix is taken for a damaged image then, and what is not there has no more
    than its suffix.
    """
    if not isinstance(source, (str, Path)):
        return False
    address = '://' in str(source)
    suffix = Path(re.split('[?#]', str(source))[0] if address else source).suffix
    if suffix.lower() in IMAGE_SUFFIXES or os.path.isdir(source):  # noqa: PTH112
        return False
    if address or is_camera(source):
        return True
    if os.path.isfile(source):  # noqa: PTH113  (no error for any name)
        kind = image_format(source)
        is_named_so = suffix.lower() in VIDEO_SUFFIXES
        return kind == 'GIF' or (
            kind is None and (is_named_so or not _is_text(Path(source)))
        )
    return suffix.lower() in VIDEO_SUFFIXES


def is_camera(source: str | Path) -> bool:
    """Whether a source is named as a camera, ``'webcam'`` or ``'webcam:N'``."""
    return _WEBCAM.fullmatch(str(source)) is not None


def check_video(source: str) -> None:
    """Make sure that a video's file is there; a camera or an address is not tried.

    Raises:
        FileNotFoundError: If it is not.
    """
    if '://' not in source and not is_camera(source):
        check_file(source, 'a video')


def _is_text(path: Path) -> bool:
    """Whether a file begins with text in UTF-8."""
    try:
        with path.open('rb') as stream:
            beginning = stream.read(4096)
        text = codecs.getincrementaldecoder('utf-8')().decode(beginning)
    except (OSError, UnicodeDecodeError):
        return False
    return all(char.isprintable() or char.isspace() for char in text)


def list_sources(inputs: Source | Sequence[Source]) -> list[Source]:
    """Image files and arrays of what a caller gave; folders are opened.

    Files are not looked into; each is judged where it is read.

    Args:
        inputs: An image path, an array, a folder, or a sequence of these.

    Raises:
        FileNotFoundError: If a path, given alone, does not exist.
        ValueError: If there is no image (an empty folder or sequence), or a video or
            an address stands among images.
        TypeError: If an input is neither a path nor an array.
    """
    sources = _list(inputs)
    if isinstance(inputs, (str, Path)) and os.path.lexists(inputs):  # noqa: PTH110
        if not os.path.isdir(inputs):  # noqa: PTH112
            check_file(inputs, 'an image, a folder or a video')
    elif isinstance(inputs, (str, Path)):
        hint = f'; a camera is named webcam:{inputs}' if str(inputs).isdecimal() else ''
        raise FileNotFoundError(
            f"'{inputs}': expected an image, a folder or a video, found no such file"
            f'{hint}'
        )
    return sources


def _list(inputs: Source | Sequence[Source]) -> list[Source]:
    """Image files and arrays, whether the files are there or not."""
    if isinstance(inputs, (list, tuple)):
        if not inputs:
            raise ValueError('inputs: expected one or more images, got none')
        return [source for item in inputs for source in _list(item)]
    if isinstance(inputs, np.ndarray):
        return [inputs]
    if not isinstance(inputs, (str, Path)):
        raise TypeError(
            'inputs: expected a path, an array, or a list of these, '
            f'got {type(inputs).__name__}'
        )
    path = Path(inputs)
    named_so = path.suffix.lower() in VIDEO_SUFFIXES or not path.suffix
    if is_video(inputs) and (named_so or '://' in str(inputs)):
        raise ValueError(
            f'inputs: expected images, got the video {inputs}; a video is given alone: '
            'to HeadPose.video, or to the call of an inferencer'
        )
    if '://' in str(inputs):
        raise ValueError(f'inputs: expected files, got {inputs}; download it first')
    if not os.path.isdir(inputs):  # noqa: PTH112
        return [path]
    found = list_images(path)
    if not found:
        raise ValueError(
            f'{path}: expected images ({", ".join(IMAGE_SUFFIXES)}), found none'
        )
    return [*found]


def describe_unread(folder: Source) -> str:
    """What of a folder is left out, by suffix: pictures that are not read, and videos.

    Args:
        folder: A folder, else nothing is said.

    Returns:
        A sentence; empty where nothing is left out.
    """
    if isinstance(folder, np.ndarray) or not os.path.isdir(folder):  # noqa: PTH112
        return ''
    wanted = (*UNREAD_SUFFIXES, *VIDEO_SUFFIXES)
    found = [
        path.suffix.lower()
        for path in Path(folder).iterdir()
        if path.suffix.lower() in wanted and not is_system_file(path)
    ]
    return describe_left_out(folder, found)


def describe_left_out(folder: str | Path, suffixes: Sequence[str]) -> str:
    """How many files of a folder are left out, and of which kinds.

    Args:
        folder: Its name.
        suffixes: Of the files, one each; for none nothing is said.
    """
    if not suffixes:
        return ''
    count = '1 file' if len(suffixes) == 1 else f'{len(suffixes)} files'
    return f'{folder}: {count} left out ({", ".join(sorted({*suffixes}))})'


def name_sources(sources: Sequence[Source]) -> list[tuple[str, str]]:
    """Name and file stem of each source; no two stems are equal.

    The stem is the file's own, with a number after it where an earlier source has
    it already; an array's is its place in the sequence.
    """
    names: list[tuple[str, str]] = []
    taken: set[str] = set()
    for index, source in enumerate(sources):
        array = isinstance(source, np.ndarray)
        first = f'{index:06d}' if array else Path(str(source)).stem
        stem, count = first, 1
        while stem in taken:
            count += 1
            stem = f'{first}_{count}'
        taken.add(stem)
        names.append((f'array {index}' if array else str(source), stem))
    return names


def read_picture(source: Source, name: str, stem: str) -> Picture:
    """Load a file, or check an array.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no image, or the array cannot be one.
        OSError: If the file cannot be opened.
    """
    if isinstance(source, np.ndarray):
        return Picture(name, stem, to_bgr(source, name))
    return Picture(name, stem, read_image(source, partial=True))


def check_model_files(model: str | Path | None, weights: str | Path | None) -> None:
    """Make sure that the files of a model of one's own are there.

    Args:
        model: A config, or the name of a shipped model.
        weights: A checkpoint, or its web address.

    Raises:
        FileNotFoundError: If one is not.
    """
    if model and Path(model).suffix in CONFIG_SUFFIXES:
        check_file(model, 'a config')
    if weights and '://' not in str(weights):
        check_file(weights, 'a checkpoint')
