"""Drawing of head pose on images: pure functions, image in, new image out.

Images are uint8 arrays of shape (H, W, 3); colours are those of OpenCV's order
(BGR) unless ``channel_order='rgb'`` is given. Rotations and angles follow the
convention of :mod:`bernoulli_mmpose.rotation`; a pixel's y grows downwards, so
the frame's y (up) is turned over here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .rotation import ANGLE_NAMES

Image = NDArray[np.uint8]
Color = tuple[int, int, int]

# Colours are (red, green, blue) here, turned round when drawn.
AXIS_COLORS: tuple[Color, Color, Color] = ((230, 40, 40), (40, 190, 60), (50, 110, 255))
BOX_COLOR: Color = (255, 200, 40)
_POSITIVE: Color = (240, 60, 30)
_NEGATIVE: Color = (30, 90, 240)
_SHIFT = 4  # cv2 draws at 1/16 of a pixel


def _as_image(image: ArrayLike) -> Image:
    """A copy to draw on."""
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8:
        raise ValueError(
            'image: expected uint8 of shape (H, W, 3), '
            f'got {array.dtype} of shape {array.shape}'
        )
    return array.copy(order='C')


def _ordered(color: Color, channel_order: str) -> Color:
    if channel_order not in ('bgr', 'rgb'):
        raise ValueError(
            f"channel_order: expected 'bgr' or 'rgb', got {channel_order!r}"
        )
    red, green, blue = color
    return color if channel_order == 'rgb' else (blue, green, red)


def _fixed_point(point: ArrayLike) -> tuple[int, int]:
    """A pixel position in cv2's fixed-point numbers, held within their range."""
    scaled = np.clip(np.asarray(point, dtype=np.float64), -1e5, 1e5) * 2**_SHIFT
    return int(round(scaled[0])), int(round(scaled[1]))


def axis_tips(rotation: ArrayLike, center: ArrayLike, length: float) -> NDArray:
    """Pixels of the tips of the head's axes, projected orthographically.

    Args:
        rotation: Rotation matrix, shape (3, 3).
        center: Head centre in pixels (x, y).
        length: Length of an axis that lies in the image plane, pixels.

    Returns:
        Pixels (x, y) of the tips of x (the image's right for a frontal head), y
        (top of the head) and z (out of the face), shape (3, 2).

    Raises:
        ValueError: If a shape is wrong or a number is not finite.
    """
    matrix = np.asarray(rotation, dtype=np.float64)
    origin = np.asarray(center, dtype=np.float64)
    if matrix.shape != (3, 3) or origin.shape != (2,):
        raise ValueError(
            'expected a rotation of shape (3, 3) and a center (x, y), '
            f'got shapes {matrix.shape} and {origin.shape}'
        )
    if not np.isfinite(matrix).all() or not np.isfinite(origin).all():
        raise ValueError(
            f'expected finite numbers, got center {origin} and rotation {matrix}'
        )
    return origin + length * matrix[:2].T * np.array([1.0, -1.0])


def draw_axes(
    image: ArrayLike,
    rotation: ArrayLike,
    center: ArrayLike,
    length: float,
    thickness: int = 2,
    lightness: float = 0.0,
    channel_order: str = 'bgr',
) -> Image:
    """Draw the head's axes: x red, y (top of the head) green, z (nose) blue.

    The axis that points farthest from the viewer is drawn first. A centre
    outside of the image is fine; what falls outside is not drawn.

    Args:
        image: Shape (H, W, 3), uint8.
        rotation: Rotation matrix, shape (3, 3).
        center: Head centre in pixels (x, y).
        length: Length of an axis that lies in the image plane, pixels.
        thickness: Of the lines, pixels.
        lightness: 0 for full colours, up to 1 for white ones.
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If the image, a shape or the channel order is wrong.
    """
    canvas = _as_image(image)
    tips = axis_tips(rotation, center, length)
    start = _fixed_point(center)
    for axis in np.argsort(np.asarray(rotation, dtype=np.float64)[2], kind='stable'):
        red, green, blue = (round(c + (255 - c) * lightness) for c in AXIS_COLORS[axis])
        color = _ordered((red, green, blue), channel_order)
        end = _fixed_point(tips[axis])
        cv2.line(canvas, start, end, color, thickness, cv2.LINE_AA, _SHIFT)
        if axis == 2:  # a frontal head's z is a point: give it a size
            radius = int(round((thickness + 1) * 2**_SHIFT))
            cv2.circle(canvas, end, radius, color, -1, cv2.LINE_AA, _SHIFT)
    return canvas


def draw_box(
    image: ArrayLike,
    box: ArrayLike,
    color: Color = BOX_COLOR,
    thickness: int = 2,
    channel_order: str = 'bgr',
) -> Image:
    """Draw a box.

    Args:
        image: Shape (H, W, 3), uint8.
        box: Pixels (x1, y1, x2, y2).
        color: (red, green, blue), whatever the image's order.
        thickness: Of the lines, pixels.
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If the image or the box is no image or box.
    """
    canvas = _as_image(image)
    corners = np.asarray(box, dtype=np.float64)
    if corners.shape != (4,) or not np.isfinite(corners).all():
        raise ValueError(f'box: expected finite (x1, y1, x2, y2), got {corners}')
    first, second = _fixed_point(corners[:2]), _fixed_point(corners[2:])
    ordered = _ordered(color, channel_order)
    cv2.rectangle(canvas, first, second, ordered, thickness, cv2.LINE_AA, _SHIFT)
    return canvas


def draw_heatmap_overlay(
    image: ArrayLike,
    heatmap: ArrayLike,
    limit: float = 1.0,
    opacity: float = 0.8,
    channel_order: str = 'bgr',
) -> Image:
    """Lay a map over an image: positive values red, negative ones blue.

    Zero is transparent, so that the image stays visible where the map is empty.

    Args:
        image: Shape (H, W, 3), uint8.
        heatmap: Shape (h, w), stretched over the whole image.
        limit: The absolute value that gets the full opacity.
        opacity: Of the strongest value, in [0, 1].
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If the image or the map has a wrong shape, or ``limit`` is not
            positive.
    """
    canvas = _as_image(image)
    values: NDArray[Any] = np.asarray(heatmap, dtype=np.float32)
    if values.ndim != 2 or not values.size or not limit > 0:
        raise ValueError(
            'expected a heatmap of shape (h, w) and a limit above 0, '
            f'got shape {values.shape} and limit {limit}'
        )
    size = (canvas.shape[1], canvas.shape[0])
    values = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)[..., None]
    weight = opacity * np.clip(np.abs(values) / limit, 0, 1)
    positive, negative = (
        np.array(_ordered(color, channel_order)) for color in (_POSITIVE, _NEGATIVE)
    )
    color = np.where(values > 0, positive, negative)
    return np.rint(canvas * (1 - weight) + color * weight).astype(np.uint8)


def draw_label(image: ArrayLike, lines: Sequence[str], scale: float = 0.4) -> Image:
    """Write lines of text in white on a darkened strip at the top.

    Args:
        image: Shape (H, W, 3), uint8.
        lines: Text of ASCII characters (what cv2's font has).
        scale: Of the font; 0.4 is about 11 pixels a line.
    """
    canvas = _as_image(image)
    if not lines:
        return canvas
    height = round(34 * scale)
    strip = canvas[: height * len(lines) + 4]
    strip[:] = strip // 3
    for row, line in enumerate(lines, start=1):
        origin = (4, height * row - height // 6)
        white = (255, 255, 255)
        cv2.putText(canvas, line, origin, 0, scale, white, 1, cv2.LINE_AA)
    return canvas


def angles_to_label(name: str, angles: ArrayLike) -> str:
    """One line of text for (pitch, yaw, roll) in degrees; NaN is shown as ``-``."""
    numbers = zip(ANGLE_NAMES, np.asarray(angles, dtype=np.float64), strict=True)
    shown = [
        f'{key[0]}{"-" if np.isnan(v) else f"{round(v):+d}"}' for key, v in numbers
    ]
    return ' '.join([name, *shown]) if name else ' '.join(shown)


def crop_square(
    image: ArrayLike, box: ArrayLike, size: int
) -> tuple[Image, NDArray[np.float64]]:
    """Cut a square around a box and bring it to a size.

    Args:
        image: Shape (H, W, 3), uint8.
        box: Pixels (x1, y1, x2, y2); it may reach out of the image (grey there).
        size: Side of the result, pixels.

    Returns:
        The picture, shape (size, size, 3), and the matrix of shape (2, 3) that
        takes image pixels (x, y, 1) to the picture's.

    Raises:
        ValueError: If the box is empty or not finite.
    """
    left, top, right, bottom = np.asarray(box, dtype=np.float64)
    side = max(right - left, bottom - top)
    if not np.isfinite(side) or min(right - left, bottom - top) <= 0:
        raise ValueError(f'box: expected x1 < x2 and y1 < y2, got {np.asarray(box)}')
    scale = size / side
    offset = size / 2 - scale * np.array([left + right, top + bottom]) / 2
    matrix = np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])
    picture = cv2.warpAffine(
        _as_image(image), matrix, (size, size), borderValue=(96, 96, 96)
    )
    return picture.astype(np.uint8, copy=False), matrix


def contact_sheet(images: Sequence[ArrayLike], columns: int, gap: int = 4) -> Image:
    """Lay pictures out in rows on white.

    Args:
        images: One or more, each (H, W, 3) uint8; a cell is as large as the
            largest, smaller ones are centred.
        columns: Pictures a row.
        gap: Pixels between them.

    Raises:
        ValueError: If there is no picture or no column.
    """
    pictures = [_as_image(image) for image in images]
    if not pictures or columns < 1:
        raise ValueError(
            'expected one or more images and columns, '
            f'got {len(pictures)} images and {columns} columns'
        )
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    height, width = np.max([picture.shape[:2] for picture in pictures], axis=0)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, 3)
    sheet = np.full(shape, 255, dtype=np.uint8)
    for index, picture in enumerate(pictures):
        high, wide = picture.shape[:2]
        top = index // columns * (height + gap) + (height - high) // 2
        left = index % columns * (width + gap) + (width - wide) // 2
        sheet[top : top + high, left : left + wide] = picture
    return sheet
