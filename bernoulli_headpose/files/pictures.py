"""Pictures of files: what one is, how large it is, and its pixels.

What a file is says its content, never its name. Everything that reads a picture
reads it here: one size, one orientation and one set of formats everywhere.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .entries import check_file, is_system_file
from .header_fields import ImageHeader
from .image_header import SIGNATURE_BYTES, format_of, no_image, read_header
from .pillow_pixels import decode_with_pillow

IMAGE_SUFFIXES = (
    *('.bmp', '.jfif', '.jp2', '.jpe', '.jpeg', '.jpg', '.pbm', '.pgm'),
    *('.png', '.pnm', '.ppm', '.tif', '.tiff', '.webp'),
)
# Of pictures that nothing here reads.
UNREAD_SUFFIXES = ('.avif', '.dng', '.gif', '.heic', '.heif', '.jxl', '.psd')
LIMIT_VARIABLE = 'BERNOULLI_MAX_MEGAPIXELS'
_MAX_MEGAPIXELS = 250.0
_MIRROR = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}  # orientation: cv2.flip's code


class PartialImageWarning(UserWarning):
    """A picture is damaged or cut off, and is used as far as it can be read."""


def image_format(path: str | Path) -> str | None:
    """Format of a file by its first bytes, as ``'JPEG'``; None if it is no picture."""
    try:
        check_file(path)
        with open(path, 'rb') as stream:  # noqa: PTH123  (any path of the system)
            return format_of(stream.read(SIGNATURE_BYTES))
    except (OSError, ValueError):
        return None


def list_images(folder: str | Path, below: bool = False) -> list[Path]:
    """Image files of a folder by their suffixes, sorted.

    Files that the system put there are left out, folders too; what else has such a
    name is listed, so that whoever reads it can say what is wrong with it.

    Args:
        folder: The folder.
        below: Whether to look into its folders, too.
    """
    entries = Path(folder).rglob('*') if below else Path(folder).iterdir()
    return sorted(
        path
        for path in entries
        if path.suffix.lower() in IMAGE_SUFFIXES
        and not is_system_file(path)
        and not os.path.isdir(path)  # noqa: PTH112  (no error for any entry)
    )


def read_size(path: str | Path) -> tuple[int, int]:
    """(w, h) of a picture as :func:`read_image` gives it, from its header alone.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no picture, or of a format that is not read.
        OSError: If it cannot be opened.
    """
    status = check_file(path, 'an image')
    with open(path, 'rb') as stream:  # noqa: PTH123
        return read_header(stream, path, status.st_size).size


def read_image(path: str | Path, partial: bool = False) -> NDArray[np.uint8]:
    """A picture, turned as its EXIF orientation says.

    Args:
        path: A file of JPEG, PNG, WebP, BMP, TIFF, PNM or JPEG 2000. Grey becomes
            three equal channels; alpha is dropped; of 16 bits the upper 8 are taken;
            floats (TIFF) are of 0 to 1 or of 0 to 255.
        partial: Whether a damaged or cut-off picture is given as far as it can be
            decoded, with a :class:`PartialImageWarning`.

    Returns:
        BGR, shape (H, W, 3).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no picture, damaged, of a format that is not read, or
            larger than ``$BERNOULLI_MAX_MEGAPIXELS`` (250) by its header.
        OSError: If it cannot be opened.
    """
    status = check_file(path, 'an image')
    with open(path, 'rb') as stream:  # noqa: PTH123
        header = read_header(stream, path, status.st_size)
        check_pixels(header.size, path)
        stream.seek(0)
        data = stream.read()
    image = _decode(data, header, path)
    if image is None and partial:
        image = _decode_part(data, header, path)
        if image is not None:
            warnings.warn(
                f'{path}: the image is damaged or cut off; it is used as far as it can '
                'be read',
                PartialImageWarning,
                stacklevel=2,
            )
    if image is None:
        raise no_image(path, len(data))
    return _apply_orientation(image, header.orientation)


def check_pixels(size: tuple[int, int], name: str | Path) -> None:
    """Refuse a picture that is larger than the limit.

    Args:
        size: (w, h) in pixels.
        name: Of the picture, for the error.

    Raises:
        ValueError: If it has more than ``$BERNOULLI_MAX_MEGAPIXELS`` (250), or that
            is no positive number.
    """
    given = os.environ.get(LIMIT_VARIABLE, '')
    try:
        limit = float(given) if given else _MAX_MEGAPIXELS
    except ValueError:
        limit = np.nan
    if not limit > 0:
        raise ValueError(f'{LIMIT_VARIABLE}: expected a number above 0, got {given!r}')
    if size[0] * size[1] > limit * 1e6:
        raise ValueError(
            f'{name}: expected an image of at most {limit:g} megapixels, got one of '
            f'{size[0]}x{size[1]} pixels; {LIMIT_VARIABLE} sets the limit'
        )


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


def _decode(data: bytes, header: ImageHeader, path: str | Path) -> NDArray | None:
    """Pixels as they are stored, BGR; None if they are damaged.

    Raises:
        ValueError: If their numbers are none of an image.
    """
    if header.kind == 'JPEG 2000':  # crashes OpenCV where it is broken
        pixels = decode_with_pillow(data, header, path)
        return None if pixels is None else to_bgr(pixels)
    if header.profile is not None:  # unused, and libpng complains of many
        data = _without_chunk(data, header.profile)
    array = np.frombuffer(data, dtype=np.uint8)
    if header.place is not None:  # OpenCV turns some TIFFs, whatever it is told
        array = array.copy()
        array[header.place : header.place + 2] = (0, 1) if data[:1] == b'M' else (1, 0)
    try:
        if header.kind == 'TIFF':  # in colour, one of floats is none or changed
            image = cv2.imdecode(array, cv2.IMREAD_UNCHANGED)
            if image is not None and image.dtype.kind == 'f':
                return to_bgr(image, str(path))
        return cv2.imdecode(array, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None


def _without_chunk(data: bytes, begin: int) -> bytes:
    """A PNG without the chunk whose content begins there."""
    length = int.from_bytes(data[begin - 8 : begin - 4], 'big')
    return data[: begin - 8] + data[begin + length + 4 :]


def _decode_part(data: bytes, header: ImageHeader, path: str | Path) -> NDArray | None:
    """What can be had of a damaged picture, the rest in one colour; None if nothing."""
    if header.kind == 'JPEG':  # what libjpeg does itself at the end of a file
        return _decode(data + b'\xff\xd9', header, path)
    pixels = decode_with_pillow(data, header, path, partial=True)
    return None if pixels is None else to_bgr(pixels)


def _apply_orientation(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Pixels as they are seen, of EXIF's orientation 1 to 8."""
    turned: Any = cv2.transpose(image) if orientation >= 5 else image
    code = _MIRROR.get(orientation)
    return turned if code is None else cv2.flip(turned, code)
