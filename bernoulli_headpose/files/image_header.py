"""What the first bytes of a picture's file say: format, size and orientation."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import cv2
from PIL import (
    BmpImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    WebPImagePlugin,
)

# Pillow's readers of headers, by format; TIFF has one of our own, see _read_tiff.
PILLOW_READERS: dict[str, Callable[..., Image.Image]] = {
    'JPEG': JpegImagePlugin.JpegImageFile,
    'PNG': PngImagePlugin.PngImageFile,
    'WebP': WebPImagePlugin.WebPImageFile,
    'BMP': BmpImagePlugin.BmpImageFile,
    'PNM': PpmImagePlugin.PpmImageFile,
    'JPEG 2000': Jpeg2KImagePlugin.Jpeg2KImageFile,
}
_FORMATS = (*PILLOW_READERS, 'TIFF')
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
SIGNATURE_BYTES = 32
_WIDTH, _HEIGHT, _ORIENTATION = 0x0100, 0x0101, 0x0112  # tags of TIFF and EXIF
_NUMBERS = {1: 'B', 3: 'H', 4: 'I', 16: 'Q'}  # types of TIFF
UNREADABLE = (
    *(OSError, SyntaxError, ValueError, OverflowError, KeyError, IndexError),
    *(TypeError, EOFError, struct.error, MemoryError, cv2.error),
)


@dataclass(frozen=True)
class ImageHeader:
    """What a file says of its picture.

    Attributes:
        kind: One of ``_FORMATS``.
        stored: (w, h) of the pixels as they are stored.
        orientation: EXIF's number, 1 to 8.
        place: Of the orientation's number in a TIFF, bytes; None if it has none.
        profile: Of the colour profile in a PNG, bytes; None if it has none.
    """

    kind: str
    stored: tuple[int, int]
    orientation: int = 1
    place: int | None = None
    profile: int | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) of the picture as it is seen."""
        width, height = self.stored
        return (height, width) if self.orientation >= 5 else (width, height)


def format_of(first: bytes) -> str | None:
    """Format that a file's first ``SIGNATURE_BYTES`` tell; None if it is no picture."""
    for kind, signature in _SIGNATURES.items():
        if re.match(signature, first, re.DOTALL):
            return kind
    return None


def read_header(stream: BinaryIO, path: str | Path, n_bytes: int) -> ImageHeader:
    """What a file says of its picture.

    Args:
        stream: The file, open at its beginning.
        path: Its name, for errors.
        n_bytes: Its size.

    Raises:
        ValueError: If it is no picture, or of a format that is not read.
    """
    kind = format_of(stream.read(SIGNATURE_BYTES))
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
        if kind == 'TIFF':
            header = _read_tiff(stream)
        elif kind == 'PNG':
            header = _read_png(stream)
        else:
            header = _read_other(stream, kind)
    except UNREADABLE:
        raise no_image(path, n_bytes) from None
    if min(header.stored) < 1:
        raise no_image(path, n_bytes)
    return header


def no_image(path: str | Path, n_bytes: int) -> ValueError:
    """What to raise of a file that is no picture, or a damaged one."""
    return ValueError(
        f'{path}: expected an image, got a file of {n_bytes} bytes that is none (or is '
        'damaged)'
    )


def _read_other(stream: BinaryIO, kind: str) -> ImageHeader:
    """Header of all but TIFF and PNG. By its class, Pillow has no limit of its own."""
    image: Any = PILLOW_READERS[kind](stream)
    return ImageHeader(kind, image.size, _exif_orientation(image.info.get('exif')))


def _read_png(stream: BinaryIO) -> ImageHeader:
    """Header of a PNG; Pillow would refuse one for its texts or colour profile."""
    name, width, height = struct.unpack('>12x4sII', stream.read(24))
    if name != b'IHDR':
        raise ValueError(name)
    profile, _ = _png_chunk(stream, b'iCCP')
    begin, length = _png_chunk(stream, b'eXIf')
    stream.seek(begin)
    orientation = _exif_orientation(stream.read(length))
    return ImageHeader('PNG', (width, height), orientation, profile=profile or None)


def _exif_orientation(written: bytes | None) -> int:
    exif = Image.Exif()
    try:
        exif.load(written or b'')
        return _as_orientation(exif.get(_ORIENTATION))
    except UNREADABLE:
        return 1


def _png_chunk(stream: BinaryIO, wanted: bytes) -> tuple[int, int]:
    """Begin and length of a chunk's content; (0, 0) if there is none.

    EXIF may come after the pixels, where Pillow does not look.
    """
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack('>I4s', head)
        if name == wanted:
            return stream.tell(), length
        stream.seek(length + 4, os.SEEK_CUR)
    return 0, 0


def _read_tiff(stream: BinaryIO) -> ImageHeader:
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
    return ImageHeader('TIFF', size, _as_orientation(orientation), place)


def _as_orientation(number: Any) -> int:
    return int(number) if number in range(1, 9) else 1
