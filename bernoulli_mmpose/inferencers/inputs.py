"""What an inferencer is given, brought to one form: BGR images of uint8."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Source = str | Path | NDArray
IMAGE_SUFFIXES = (
    *('.bmp', '.jpeg', '.jpg', '.jp2', '.png', '.ppm'),
    *('.tif', '.tiff', '.webp'),
)
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
    """Whether a source is a video's path or address, or ``'webcam[:N]'``."""
    if not isinstance(source, (str, Path)):
        return False
    is_named_so = _WEBCAM.fullmatch(str(source)) or '://' in str(source)
    if not is_named_so and Path(source).suffix.lower() not in VIDEO_SUFFIXES:
        return False
    return not Path(source).is_dir()


def list_sources(inputs: Source | Sequence[Source]) -> list[Source]:
    """Image files and arrays of what a caller gave; folders are opened.

    Args:
        inputs: An image path, an array, a folder, or a sequence of these.

    Raises:
        FileNotFoundError: If a path does not exist.
        ValueError: If there is no image (an empty folder or sequence), or a video
            stands among images.
        TypeError: If an input is neither a path nor an array.
    """
    if isinstance(inputs, (list, tuple)):
        if not inputs:
            raise ValueError('inputs: expected one or more images, got none')
        return [source for item in inputs for source in list_sources(item)]
    if isinstance(inputs, np.ndarray):
        return [inputs]
    if not isinstance(inputs, (str, Path)):
        raise TypeError(
            'inputs: expected a path, an array, or a list of these, '
            f'got {type(inputs).__name__}'
        )
    if is_video(inputs):
        raise ValueError(
            f'inputs: expected images, got the video {inputs}; a video is given alone, '
            'to the call of the inferencer'
        )
    path = Path(inputs)
    if path.is_dir() and inputs != '':  # which Path takes for the current folder
        return _list_folder(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"'{inputs}': expected an image, a folder or a video, found no such file"
        )
    return [path]


def _list_folder(folder: Path) -> list[Source]:
    """Image files of a folder (not of its sub-folders), sorted."""
    paths = [p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES]
    files = [p for p in paths if not p.is_dir()]
    if not files:
        raise ValueError(
            f'{folder}: expected images ({", ".join(IMAGE_SUFFIXES)}), found none'
        )
    return [*sorted(files)]


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
        ValueError: If the file is no image, or the array cannot be one.
    """
    image = source if isinstance(source, np.ndarray) else _read_file(Path(source))
    return Picture(name, stem, to_bgr(image, name))


def _read_file(path: Path) -> NDArray:
    data = np.fromfile(path, dtype=np.uint8)
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error as error:  # more pixels than OpenCV is willing to decode
        raise ValueError(f'{path}: expected an image, got: {error.err}') from None
    if image is None:
        raise ValueError(
            f'{path}: expected an image, got a file of {data.size} bytes that is none '
            '(or is damaged)'
        )
    return image


def to_bgr(image: NDArray, name: str = 'image') -> NDArray[np.uint8]:
    """Bring an array to BGR uint8.

    Args:
        image: (H, W) or (H, W, 1) grey, (H, W, 3) BGR, or (H, W, 4) BGR with an
            alpha channel, which is dropped; uint8, uint16 (0 to 65535), bool, other
            integers of 0 to 255, or floats of 0 to 1 or of 0 to 255.
        name: What to call it in an error.

    Returns:
        Shape (H, W, 3); the array itself where nothing has to be done.

    Raises:
        ValueError: If shape or numbers are not those of an image.
    """
    channels = image.shape[2] if image.ndim == 3 else 1
    if image.ndim not in (2, 3) or not image.size or channels not in (1, 3, 4):
        raise ValueError(
            f'{name}: expected an image of shape (H, W), (H, W, 3) or (H, W, 4), '
            f'got shape {image.shape}'
        )
    pixels = _to_uint8(image, name)
    if channels == 1:
        return np.repeat(pixels.reshape(*image.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])


def _to_uint8(image: NDArray, name: str) -> NDArray[np.uint8]:
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind == 'u' and image.dtype.itemsize == 2:  # of any byte order
        return np.rint(image / 257).astype(np.uint8)
    if image.dtype == np.bool_:
        return image.astype(np.uint8) * np.uint8(255)
    if image.dtype.kind not in 'iuf':
        raise ValueError(f'{name}: expected an array of numbers, got {image.dtype}')
    low, high = image.min(), image.max()
    if not (low >= 0 and high <= 255):  # also refuses NaN
        raise ValueError(
            f'{name}: expected pixels of 0 to 255 (or floats of 0 to 1), '
            f'got {image.dtype} of {low:g} to {high:g}'
        )
    scale = 255 if image.dtype.kind == 'f' and high <= 1 else 1
    return np.rint(image * scale).astype(np.uint8)
