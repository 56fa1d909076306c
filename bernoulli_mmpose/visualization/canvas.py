"""What all drawing functions share: images, colours, sub-pixel positions.

Images are uint8 arrays of shape (H, W, 3). Colours are (red, green, blue) wherever
they are written down; ``channel_order`` says in which order an image has them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_numbers

Image = NDArray[np.uint8]
Color = tuple[int, int, int]

AXIS_COLORS: tuple[Color, Color, Color] = ((230, 40, 40), (40, 190, 60), (50, 110, 255))
BOX_COLOR: Color = (255, 200, 40)
SHIFT = 4  # cv2 draws at 1/16 of a pixel
MAX_THICKNESS = 32767  # cv2's own limit


def as_image(image: ArrayLike) -> Image:
    """A copy to draw on.

    Raises:
        ValueError: If it is no uint8 image of three channels, or has no pixel.
    """
    array: NDArray = (
        image if isinstance(image, np.ndarray) else as_numbers('image', image)
    )
    is_picture = array.ndim == 3 and array.shape[2] == 3 and array.size > 0
    if not is_picture or array.dtype != np.uint8:
        raise ValueError(
            'image: expected uint8 of shape (H, W, 3), H and W above 0, '
            f'got {array.dtype} of shape {array.shape}'
        )
    return array.copy(order='C')


def to_order(color: Color, channel_order: str, lightness: float = 0.0) -> Color:
    """A colour in the image's order.

    Args:
        color: (red, green, blue).
        channel_order: ``'bgr'`` or ``'rgb'``.
        lightness: 0 for the full colour, up to 1 for white.

    Raises:
        ValueError: If the channel order is neither.
    """
    if channel_order not in ('bgr', 'rgb'):
        raise ValueError(
            f"channel_order: expected 'bgr' or 'rgb', got {channel_order!r}"
        )
    red, green, blue = (round(c + (255 - c) * lightness) for c in color)
    return (red, green, blue) if channel_order == 'rgb' else (blue, green, red)


def to_fixed_point(point: ArrayLike) -> tuple[int, int]:
    """A pixel position in cv2's fixed-point numbers, held within their range."""
    scaled = np.clip(np.asarray(point, dtype=np.float64), -1e5, 1e5) * 2**SHIFT
    return int(round(scaled[0])), int(round(scaled[1]))


def as_thickness(thickness: int) -> int:
    """The thickness of a line, checked.

    Raises:
        ValueError: If it is no whole number of pixels that cv2 can draw.
    """
    width = float(as_numbers('thickness', thickness, ()))
    if not (width.is_integer() and 1 <= width <= MAX_THICKNESS):
        raise ValueError(
            f'thickness: expected a whole number from 1 to {MAX_THICKNESS} pixels, '
            f'got {thickness}'
        )
    return int(width)


def fitting_thickness(side: float, share: float) -> int:
    """Of the lines on a head, pixels, at least 2.

    Args:
        side: Of the head, pixels, however large.
        share: Of a line in it.
    """
    return round(min(max(side * share, 2.0), MAX_THICKNESS))
