"""What all drawing functions share: images, colours, sub-pixel positions.

Images are uint8 arrays of shape (H, W, 3). Colours are (red, green, blue) wherever
they are written down; ``channel_order`` says in which order an image has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_numbers

Options = ParamSpec('Options')
Image = NDArray[np.uint8]
Color = tuple[int, int, int]

AXIS_COLORS: tuple[Color, Color, Color] = ((230, 40, 40), (40, 190, 60), (50, 110, 255))
BOX_COLOR: Color = (255, 200, 40)
SHIFT = 4  # cv2 draws at 1/16 of a pixel
MAX_THICKNESS = 32767  # cv2's own limit
MAX_SIDE = 32766  # of a picture that cv2 can warp


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


def on_copy(
    add: Callable[Concatenate[Image, Options], None],
) -> Callable[Concatenate[ArrayLike, Options], Image]:
    """A function that draws on a copy of an image, of one that draws on the image."""

    @wraps(add)
    def draw(image: ArrayLike, *args: Options.args, **kwargs: Options.kwargs) -> Image:
        canvas = as_image(image)
        add(canvas, *args, **kwargs)
        return canvas

    return draw


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
    """Thickness of the lines that suits a head, pixels, at least 2.

    Args:
        side: Side of the head, pixels, however large.
        share: Thickness over that side.
    """
    return round(min(max(side * share, 2.0), MAX_THICKNESS))


@dataclass(frozen=True)
class Cut:
    """The part of a picture that cv2 can warp, and where it is.

    Attributes:
        image: Shape (H, W, 3).
        corner: Its corner (x, y) in the picture, pixels.
        scale: Its pixels a pixel of the picture, in x and y.
    """

    image: Image
    corner: NDArray[np.float64]
    scale: NDArray[np.float64]

    def to_cut(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (..., 2) of the picture, in the cut."""
        return (np.asarray(points) - self.corner + 0.5) * self.scale - 0.5

    def to_picture(self, points: ArrayLike) -> NDArray[np.float64]:
        """Points (..., 2) of the cut, in the picture."""
        return (np.asarray(points) + 0.5) / self.scale - 0.5 + self.corner


def cut_out(image: Image, box: ArrayLike) -> Cut:
    """The part of a large picture about a box, scaled down where it is still large.

    Args:
        image: Shape (H, W, 3).
        box: Pixels (x1, y1, x2, y2) that have to be in it; as much again on each side
            is kept.
    """
    low, high = np.asarray(box, dtype=np.float64).reshape(2, 2)
    limits = np.array(image.shape[1::-1])
    reach = np.max(high - low)
    x1, y1 = np.clip(np.floor(low - reach), 0, limits - 1).astype(int)
    x2, y2 = np.clip(np.ceil(high + reach), (x1 + 1, y1 + 1), limits).astype(int)
    part = image[y1:y2, x1:x2]
    size = np.array([x2 - x1, y2 - y1])
    fitting = np.maximum(size * min(1.0, MAX_SIDE / size.max()), 1).astype(int)
    if size.max() > MAX_SIDE:
        part = as_image(cv2.resize(part, fitting.tolist(), None, 0, 0, cv2.INTER_AREA))
    return Cut(part, np.array([x1, y1]), fitting / size)


def warp(
    image: Image,
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    border: tuple[int, int, int] = (0, 0, 0),
) -> Image:
    """``cv2.warpAffine`` of a picture of any size.

    Args:
        image: Shape (H, W, 3).
        matrix: From its pixels to those of the result, (2, 3).
        size: (w, h) of the result.
        border: Colour beyond the picture, in the order of the picture.
    """
    if max(image.shape[:2]) > MAX_SIDE:
        back = cv2.invertAffineTransform(matrix)
        edges = np.array([[0, 0], [size[0], 0], [0, size[1]], size])
        corners = edges @ back[:, :2].T + back[:, 2]
        cut = cut_out(image, [*corners.min(axis=0), *corners.max(axis=0)])
        image, ends = cut.image, cut.to_picture([[0, 0], [1, 0], [0, 1]])
        origin, *axes = ends @ matrix[:, :2].T + matrix[:, 2]
        matrix = np.stack([axes[0] - origin, axes[1] - origin, origin], axis=1)
    warped = cv2.warpAffine(image, matrix, size, borderValue=border)
    return warped.astype(np.uint8, copy=False)
