"""Size and orientation in the headers of pictures, format by format.

A reader takes a file and raises one of ``UNREADABLE`` if it is damaged. Those of
libraries read too much (Pillow), or have none for the header alone (OpenCV).
"""

from __future__ import annotations

import io
import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

UNREADABLE = (OSError, ValueError, OverflowError, KeyError, struct.error)
_WIDTH, _HEIGHT, _ORIENTATION = 0x0100, 0x0101, 0x0112  # tags of TIFF and EXIF
_NUMBERS = {1: 'B', 3: 'H', 4: 'I', 16: 'Q'}  # types of TIFF
# Markers of JPEG: those that nothing follows, and frames, which tell the size.
_ALONE = (0x00, 0x01, *range(0xD0, 0xDA))
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_EXIF_MARKER, _SCAN_MARKER = 0xE1, 0xDA
_GAP = rb'(?:\s|#[^\r\n]*[\r\n])+'  # of a PNM: white space and comments
_PNM = re.compile(rb'P[1-6]' + _GAP + rb'(\d{1,9})' + _GAP + rb'(\d{1,9})\s')
_PNM_BYTES = 1 << 14  # in which its numbers have to be


@dataclass(frozen=True)
class ImageHeader:
    """What a file says of its picture.

    Attributes:
        kind: A format of ``READERS``.
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


def _read_jpeg(stream: BinaryIO) -> ImageHeader:
    size, exif = (0, 0), b''
    for marker, length in _jpeg_segments(stream):
        if marker in _FRAMES:
            height, width = struct.unpack('>xHH', stream.read(5))
            size = width, height
        elif marker == _EXIF_MARKER and not exif:
            content = stream.read(length)
            exif = content if content.startswith(b'Exif\0\0') else b''
    return ImageHeader('JPEG', size, _exif_orientation(exif))


def _jpeg_segments(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Markers, and the lengths of what follows, up to the pixels.

    The stream stands at the content of each.
    """
    at = 2
    while True:
        stream.seek(at)
        while stream.read(1) not in (b'\xff', b''):
            pass  # of a damaged file
        marker = 0xFF
        while marker == 0xFF:
            (marker,) = struct.unpack('B', stream.read(1))
        if marker == _SCAN_MARKER:
            return
        at = stream.tell()
        if marker not in _ALONE:
            (length,) = struct.unpack('>H', stream.read(2))
            yield marker, max(length - 2, 0)
            at += max(length, 2)


def _read_png(stream: BinaryIO) -> ImageHeader:
    name, width, height = struct.unpack('>12x4sII', stream.read(24))
    if name != b'IHDR':
        raise ValueError(name)
    profile, _ = _chunk(stream, 8, '>I4s', 4, b'iCCP')
    begin, length = _chunk(stream, 8, '>I4s', 4, b'eXIf')
    stream.seek(begin)
    orientation = _exif_orientation(stream.read(length))
    return ImageHeader('PNG', (width, height), orientation, profile=profile or None)


def _read_webp(stream: BinaryIO) -> ImageHeader:
    begin, length = _chunk(stream, 12, '<4sI', 0, b'EXIF')
    stream.seek(begin)
    orientation = _exif_orientation(stream.read(length))
    stream.seek(12)
    kind, content = stream.read(4), stream.read(14)[4:]
    if kind == b'VP8X':
        wide, above, high, more = struct.unpack('<4xHBHB', content)
        size = 1 + wide + (above << 16), 1 + high + (more << 16)
    elif kind == b'VP8L':
        (bits,) = struct.unpack('<xI5x', content)
        size = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b'VP8 ':
        wide, high = struct.unpack('<6xHH', content)
        size = wide & 0x3FFF, high & 0x3FFF
    else:
        raise ValueError(kind)
    return ImageHeader('WebP', size, orientation)


def _read_bmp(stream: BinaryIO) -> ImageHeader:
    (length,) = struct.unpack('<14xI', stream.read(18))
    kind = '<HH' if length == 12 else '<ii'
    width, height = struct.unpack(kind, stream.read(struct.calcsize(kind)))
    return ImageHeader('BMP', (width, abs(height)))  # below 0: stored from above


def _read_pnm(stream: BinaryIO) -> ImageHeader:
    found = _PNM.match(stream.read(_PNM_BYTES))
    if found is None:
        raise ValueError('PNM')
    return ImageHeader('PNM', (int(found[1]), int(found[2])))


def _read_jpeg_2000(stream: BinaryIO) -> ImageHeader:
    if stream.read(4) == b'\xff\x4f\xff\x51':  # without boxes about it
        ends = struct.unpack('>4x4I', stream.read(20))
        return ImageHeader('JPEG 2000', (ends[0] - ends[2], ends[1] - ends[3]))
    begin, _ = _chunk(stream, 12, '>I4s', -8, b'jp2h')
    begin, _ = _chunk(stream, begin, '>I4s', -8, b'ihdr')
    if not begin:
        raise ValueError('JPEG 2000')
    stream.seek(begin)
    height, width = struct.unpack('>II', stream.read(8))
    return ImageHeader('JPEG 2000', (width, height))


def _read_tiff(stream: BinaryIO) -> ImageHeader:
    """Of a TIFF or BigTIFF, of whatever kind its pixels are."""
    found = _tiff_tags(stream)
    orientation, place = found.get(_ORIENTATION, (1, None))
    size = (found[_WIDTH][0], found[_HEIGHT][0])
    return ImageHeader('TIFF', size, _as_orientation(orientation), place)


def _tiff_tags(stream: BinaryIO) -> dict[int, tuple[int, int]]:
    """Numbers of a TIFF's first table, by their tags, and where they stand."""
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
    return found


def _exif_orientation(content: bytes) -> int:
    """The orientation in EXIF, which is a TIFF without pixels; 1 if it has none."""
    try:
        tags = _tiff_tags(io.BytesIO(content.removeprefix(b'Exif\0\0')))
    except UNREADABLE:
        return 1
    return _as_orientation(tags.get(_ORIENTATION, (1, 0))[0])


def _as_orientation(number: int) -> int:
    return number if number in range(1, 9) else 1


def _chunk(
    stream: BinaryIO, at: int, head: str, beyond: int, wanted: bytes
) -> tuple[int, int]:
    """Begin and length of a chunk's content; (0, 0) if there is none.

    EXIF may come after the pixels.

    Args:
        stream: The file.
        at: Where the first chunk begins.
        head: How length and name are packed; in a RIFF, where lengths are even, the
            name comes first.
        beyond: Bytes of a chunk that its length leaves out, without the head.
        wanted: Its name.
    """
    stream.seek(at)
    while len(packed := stream.read(8)) == 8:
        first, second = struct.unpack(head, packed)
        is_riff = isinstance(first, bytes)
        name, length = (first, second) if is_riff else (second, first)
        if name == wanted:
            return stream.tell(), length
        if length + beyond < 0:
            break
        stream.seek(length + beyond + (length % 2 if is_riff else 0), os.SEEK_CUR)
    return 0, 0


READERS: dict[str, Callable[[BinaryIO], ImageHeader]] = {
    'JPEG': _read_jpeg,
    'PNG': _read_png,
    'WebP': _read_webp,
    'BMP': _read_bmp,
    'PNM': _read_pnm,
    'JPEG 2000': _read_jpeg_2000,
    'TIFF': _read_tiff,
}
