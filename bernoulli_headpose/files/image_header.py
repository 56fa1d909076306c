"""What the first bytes of a picture's file say: format, size and orientation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from .header_fields import READERS, UNREADABLE, ImageHeader

# First bytes. Those that are not in READERS are known in order to be named; some of
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
    if kind is not None and kind not in READERS:
        *most, last = READERS
        raise ValueError(
            f'{path}: expected an image of {", ".join(most)} or {last}, got one of '
            f'{kind}, which is not read; save it as JPEG or PNG'
        )
    stream.seek(0)
    try:
        if kind is None:
            raise ValueError(path)
        header = READERS[kind](stream)
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
