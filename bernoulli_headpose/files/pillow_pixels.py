"""Pixels that OpenCV does not give: of JPEG 2000, and of pictures that are cut off.

Only these need Pillow, which is imported when the first of them comes.
"""

from __future__ import annotations

import io
import struct
import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .header_fields import ImageHeader

# By its class, a reader has no limit of its own, and takes no other format.
_READERS = {
    'PNG': ('PngImagePlugin', 'PngImageFile'),
    'WebP': ('WebPImagePlugin', 'WebPImageFile'),
    'BMP': ('BmpImagePlugin', 'BmpImageFile'),
    'PNM': ('PpmImagePlugin', 'PpmImageFile'),
    'JPEG 2000': ('Jpeg2KImagePlugin', 'Jpeg2KImageFile'),
}
_UNREADABLE = (
    *(OSError, SyntaxError, ValueError, OverflowError, KeyError, IndexError),
    *(TypeError, EOFError, struct.error, MemoryError),
)
_setting = threading.Lock()


def decode_with_pillow(
    data: bytes, header: ImageHeader, path: str | Path, partial: bool = False
) -> NDArray | None:
    """Pixels as they are stored, grey (H, W) or BGR (H, W, 3).

    Args:
        data: The file.
        header: What it says of itself.
        path: Its name, for errors.
        partial: Whether a picture is given as far as it can be decoded.

    Returns:
        uint8 or uint16; None if the picture is damaged, or of another format.

    Raises:
        ValueError: If Pillow is not installed.
    """
    if header.kind not in _READERS:
        return None
    module, name = _READERS[header.kind]
    try:
        read = getattr(import_module(f'PIL.{module}'), name)
        files: Any = import_module('PIL.ImageFile')
    except ImportError as error:
        is_damaged = header.kind != 'JPEG 2000'
        why = 'it is damaged, and what is left' if is_damaged else 'JPEG 2000'
        raise ValueError(
            f'{path}: {why} needs the package Pillow, which is not installed: pip '
            'install pillow'
        ) from error
    with _setting:
        before = files.LOAD_TRUNCATED_IMAGES
        files.LOAD_TRUNCATED_IMAGES = partial
        try:
            image = read(io.BytesIO(data))
            kept = image.mode in ('L', 'RGB', 'I;16')
            pixels = np.asarray(image if kept else image.convert('RGB'))
        except _UNREADABLE:
            return None
        finally:
            files.LOAD_TRUNCATED_IMAGES = before
    if pixels.shape[1::-1] != header.stored:
        return None
    return pixels if pixels.ndim == 2 else pixels[:, :, ::-1]
