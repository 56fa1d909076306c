"""The size of an image file, without reading its pixels."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

_ORIENTATION = 0x0112  # EXIF: 5 to 8 are turned by 90 degrees


def read_size(path: Path) -> tuple[int, int]:
    """(w, h) as the image is loaded, EXIF orientation applied; (0, 0) if unreadable.

    An unreadable image is no reason not to start: it is met, and counted, later.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(_ORIENTATION, 1) >= 5
    except OSError:
        return 0, 0
    return (height, width) if turned else (width, height)
