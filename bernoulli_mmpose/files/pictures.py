"""Pictures of files: what one is, how large it is, and its pixels.

What a file is says its content, never its name. Everything that reads a picture
reads it here: one size, one orientation and one set of formats everywhere.
"""

from __future__ import annotations

import io
import os
import re
import struct
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    WebPImagePlugin,
)

from .entries import check_file, is_system_file

IMAGE_SUFFIXES = (
    *('.bmp', '.jfif', '.jp2', '.jpe', '.jpeg', '.jpg', '.pbm', '.pgm'),
    *('.png', '.pnm', '.ppm', '.tif', '.tiff', '.webp'),
)
LIMIT_VARIABLE = 'BERNOULLI_MAX_MEGAPIXELS'
_MAX_MEGAPIXELS = 250.0
# Pillow's readers of headers, by format; TIFF has one of our own, see _read_tiff.
_HEADERS: dict[str, Callable[..., Image.Image]] = {
    'JPEG': JpegImagePlugin.JpegImageFile,
    'PNG': PngImagePlugin.PngImageFile,
    'WebP': WebPImagePlugin.WebPImageFile,
    'BMP': BmpImagePlugin.BmpImageFile,
    'PNM': PpmImagePlugin.PpmImageFile,
    'JPEG 2000': Jpeg2KImagePlugin.Jpeg2KImageFile,
}
_FORMATS = (*_HEADERS, 'TIFF')
# First bytes. Those that are not in _FORMATS are known in order to be named; some of
# them OpenCV would decode, with decoders that broken files can crash.
_SIGNATURES = {
    'JPEG': rb'\xff\xd8\xff',
    'PNG': rb'\x89PNG\r\n\x1a\n',
    'WebP': rb'RIFF.{4}WEBP',
    'BMP': rb'BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0',
    'TIFF': rb'II[*+]\0|MM\0[*+]',
    'PNM': rb'P[1-6]\s',
    'JPEG 2000': rb'\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51',
    'GIF': rb'GIF8[79]a',
    'HEIF or AVIF': rb'.{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1|avi[fs])',
    'JPEG XL': rb'\xff\x0a|\0\0\0\x0cJXL ',
    'OpenEXR': rb'\x76\x2f\x31\x01',
    'Radiance HDR': rb'#\?R(?:ADIANCE|GBE)',
    'PFM': rb'P[fF]\s',
    'PAM': rb'P7\s',
    'Sun raster': rb'\x59\xa6\x6a\x95',
    'Photoshop': rb'8BPS',
}
_SIGNATURE_BYTES = 32
_WIDTH, _HEIGHT, _ORIENTATION = 0x0100, 0x0101, 0x0112  # tags of TIFF and EXIF
_NUMBERS = {1: 'B', 3: 'H', 4: 'I', 16: 'Q'}  # types of TIFF
_MIRROR = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}  # orientation: cv2.flip's code
_UNREADABLE = (
    *(OSError, SyntaxError, ValueError, OverflowError, KeyError, IndexError),
    *(TypeError, EOFError, struct.error, MemoryError, cv2.error),
)
_pillow_setting = threading.Lock()


class PartialImageWarning(UserWarning):
    """A picture is damaged or cut off, and is used as far as it can be read."""


@dataclass(frozen=True)
class _Header:
    """What a file says of its picture.

    Attributes:
        kind: One of ``_FORMATS``.
        stored: (w, h) of the pixels as they are stored.
        orientation: EXIF's number, 1 to 8.
        place: Of the orientation's number in a TIFF, bytes; None if it has none.
    """

    kind: str
    stored: tuple[int, int]
    orientation: int = 1
    place: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) of the picture as it is seen."""
        width, height = self.stored
        return (height, width) if self.orientation >= 5 else (width, height)


def image_format(path: str | Path) -> str | None:
    """Format of a file by its first bytes, as ``'JPEG'``; None if it is no picture."""
    try:
        check_file(path)
        with open(path, 'rb') as stream:  # noqa: PTH123  (any path of the system)
            return _format_of(stream.read(_SIGNATURE_BYTES))
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
        return _read_header(stream, path, status.st_size).size


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
        header = _read_header(stream, path, status.st_size)
        check_pixels(header.size, path)
        stream.seek(0)
        data = stream.read()
    image = _decode(data, header, path)
    if image is None and partial:
        image = _decode_part(data, header)
        if image is not None:
            warnings.warn(
                f'{path}: the image is damaged or cut off; it is used as far as it can '
                'be read',
                PartialImageWarning,
                stacklevel=2,
            )
    if image is None:
        raise _no_image(path, len(data))
    return _turn(image, header.orientation)


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


def _format_of(first: bytes) -> str | None:
    for kind, signature in _SIGNATURES.items():
        if re.match(signature, first, re.DOTALL):
            return kind
    return None


def _read_header(stream: BinaryIO, path: str | Path, n_bytes: int) -> _Header:
    """What the file says of its picture; see :func:`read_size` for what it raises."""
    kind = _format_of(stream.read(_SIGNATURE_BYTES))
    if kind is not None and kind not in _FORMATS:
        raise ValueError(
            f'{path}: expected an image of {", ".join(_FORMATS[:-1])} or '
            f'{_FORMATS[-1]}, got one of {kind}, which is not read; save it as JPEG or '
            'PNG'
        )
    stream.seek(0)
    try:
        if kind is None:
            raise ValueError(path)
        header = _read_tiff(stream) if kind == 'TIFF' else _read_other(stream, kind)
    except _UNREADABLE:
        raise _no_image(path, n_bytes) from None
    if min(header.stored) < 1:
        raise _no_image(path, n_bytes)
    return header


def _no_image(path: str | Path, n_bytes: int) -> ValueError:
    return ValueError(
        f'{path}: expected an image, got a file of {n_bytes} bytes that is none (or is '
        'damaged)'
    )


def _read_other(stream: BinaryIO, kind: str) -> _Header:
    """Header of all but TIFF. By its class, Pillow has no limit of its own."""
    image: Any = _HEADERS[kind](stream)
    written = _png_exif(stream) if kind == 'PNG' else image.info.get('exif')
    exif = Image.Exif()
    try:
        exif.load(written or b'')
        orientation = exif.get(_ORIENTATION)
    except _UNREADABLE:
        orientation = None
    return _Header(kind, image.size, _as_orientation(orientation))


def _png_exif(stream: BinaryIO) -> bytes:
    """EXIF of a PNG, which may come after the pixels, where Pillow does not look."""
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack('>I4s', head)
        if name == b'eXIf':
            return stream.read(length)
        stream.seek(length + 4, os.SEEK_CUR)
    return b''


def _read_tiff(stream: BinaryIO) -> _Header:
    """Header of a TIFF or BigTIFF, of whatever kind its pixels are."""
    head = stream.read(16)
    order = '<' if head[:1] == b'I' else '>'
    big = b'+' in head[2:4]
    (start,) = struct.unpack_from(f'{order}{"Q" if big else "I"}', head, 4 + 4 * big)
    stream.seek(start)
    counted, entry = (
        (f'{order}Q', f'{order}HHQ') if big else (f'{order}H', f'{order}HHI')
    )
    (count,) = struct.unpack(counted, stream.read(struct.calcsize(counted)))
    first, head_size = stream.tell(), struct.calcsize(entry)
    step = head_size + (8 if big else 4)
    table = stream.read(step * min(count, 1 << 16))
    found: dict[int, tuple[int, int]] = {}
    for at in range(0, len(table) - step + 1, step):
        tag, kind, _ = struct.unpack_from(entry, table, at)
        if kind in _NUMBERS and (big or kind != 16):
            (value,) = struct.unpack_from(order + _NUMBERS[kind], table, at + head_size)
            found.setdefault(tag, (value, first + at + head_size))
    orientation, place = found.get(_ORIENTATION, (1, None))
    size = (found[_WIDTH][0], found[_HEIGHT][0])
    return _Header('TIFF', size, _as_orientation(orientation), place)


def _as_orientation(number: Any) -> int:
    return int(number) if number in range(1, 9) else 1


def _decode(data: bytes, header: _Header, path: str | Path) -> NDArray | None:
    """Pixels as they are stored, BGR; None if they are damaged.

    Raises:
        ValueError: If their numbers are none of an image.
    """
    if header.kind == 'JPEG 2000':  # crashes OpenCV where it is broken
        return _decode_with_pillow(data, header)
    array = np.frombuffer(data, dtype=np.uint8)
    if header.place is not None:  # OpenCV turns some TIFFs, whatever it is told
        array = array.copy()
        array[header.place : header.place + 2] = (0, 1) if data[:1] == b'M' else (1, 0)
    try:
        image = cv2.imdecode(array, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if image is not None or header.kind != 'TIFF':
            return image
        image = cv2.imdecode(array, cv2.IMREAD_UNCHANGED)  # of floats, perhaps
    except cv2.error:
        return None
    return None if image is None else to_bgr(image, str(path))


def _decode_part(data: bytes, header: _Header) -> NDArray | None:
    """What can be had of a damaged picture, the rest in one colour; None if nothing."""
    if header.kind == 'JPEG':  # what libjpeg does itself at the end of a file
        return _decode(data + b'\xff\xd9', header, '')
    with _pillow_setting:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            return _decode_with_pillow(data, header)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _decode_with_pillow(data: bytes, header: _Header) -> NDArray | None:
    """Pixels as they are stored, BGR; None if they are damaged."""
    if header.kind not in _HEADERS:
        return None
    try:
        image = _HEADERS[header.kind](io.BytesIO(data))
        kept = image.mode in ('L', 'RGB', 'I;16')
        pixels = np.asarray(image if kept else image.convert('RGB'))
    except _UNREADABLE:
        return None
    return to_bgr(pixels if pixels.ndim == 2 else pixels[:, :, ::-1])


def _turn(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Pixels as they are seen, of EXIF's orientation 1 to 8."""
    turned: Any = cv2.transpose(image) if orientation >= 5 else image
    code = _MIRROR.get(orientation)
    return turned if code is None else cv2.flip(turned, code)
