"""Pictures put together: square crops and sheets of many pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_numbers
from .canvas import Image, as_image, warp


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
        ValueError: If the box is empty or not finite, or the size below 1.
    """
    left, top, right, bottom = as_numbers('box', box, (4,))
    side = max(right - left, bottom - top)
    if not np.isfinite(side) or min(right - left, bottom - top) <= 0:
        raise ValueError(f'box: expected x1 < x2 and y1 < y2, got {np.asarray(box)}')
    if size < 1:
        raise ValueError(f'size: expected 1 or more pixels, got {size}')
    scale = size / side
    offset = size / 2 - scale * np.array([left + right, top + bottom]) / 2
    matrix = np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])
    return warp(as_image(image), matrix, (size, size), (96, 96, 96)), matrix


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
    pictures = [as_image(image) for image in images]
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
