"""Mosaics: photographs of heads beside each other, each with what is around its head.

Beside heads that are pasted (:mod:`.head_scene`) they show what a head looks like in
its own surroundings, and, in cells without a head, what is none.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.random import Generator

from .head_scene import FloatArray, Image, PhotographedHead, Place

_LEAST_CELL = 48  # pixels; no side is cut in two below twice that
_ROOM = 0.85  # greatest head over its cell's shorter side
_BOX = 1.15  # what is kept whole of a head, over its size
_AROUND = 1.6  # what counts as the head where it is to be left out, over its size

Cell = tuple[int, int, int, int]


def draw_cells(
    rng: Generator, scene_size: tuple[int, int], count: int, least_head: float = 0.0
) -> list[Cell]:
    """Cut a scene into cells (x1, y1, x2, y2), the largest in two again and again.

    Args:
        rng: Draws where to cut.
        scene_size: (width, height) in pixels.
        count: How many cells are wanted; fewer where they would be too small.
        least_head: Size of a head, pixels, that each cell is to have room for; an
            uncut scene may have less.
    """
    least = max(_LEAST_CELL, math.ceil(least_head / _ROOM))
    cells: list[Cell] = [(0, 0, *scene_size)]
    while len(cells) < count:
        cells.sort(key=lambda c: (c[2] - c[0]) * (c[3] - c[1]))
        x1, y1, x2, y2 = cells[-1]
        across = x2 - x1 >= y2 - y1
        side = x2 - x1 if across else y2 - y1
        if side < 2 * least:
            break
        cut = int(np.clip(rng.uniform(0.35, 0.65) * side, least, side - least))
        halves: list[Cell] = [(x1, y1, x2, y1 + cut), (x1, y1 + cut, x2, y2)]
        if across:
            halves = [(x1, y1, x1 + cut, y2), (x1 + cut, y1, x2, y2)]
        cells[-1:] = halves
    return cells


def show_head(
    canvas: Image,
    cell: Cell,
    head: PhotographedHead,
    size_limits: tuple[float, float],
    rng: Generator,
) -> Place:
    """Show a photograph's part with the whole head in a cell, in place.

    Args:
        canvas: (H, W, 3) BGR.
        cell: Where.
        head: The head and its photograph.
        size_limits: Least and greatest size of the head in the cell, pixels; it is
            smaller where the cell has no room for the least.
        rng: Draws scale and part; small heads with much around them are the likelier.

    Returns:
        Where the head is in the canvas.
    """
    size = np.array([cell[2] - cell[0], cell[3] - cell[1]])
    photo = np.array(head.image.shape[1::-1])
    # Scales: pixels of the scene over the photograph's.
    greatest = min(_ROOM * size.min(), size_limits[1]) / head.size
    cover = (size / photo).max()
    least = min(max(size_limits[0] / head.size, cover), greatest)
    scale = np.exp(np.log(least) + rng.beta(1, 2) * np.log(greatest / least))
    part, half = size / scale, _BOX * head.size / 2
    low, high = head.center + half - part, head.center - half
    # Inside the photograph where both can be had.
    inner_low, inner_high = np.maximum(low, 0), np.minimum(high, photo - part)
    fits = inner_low <= inner_high
    low, high = np.where(fits, inner_low, low), np.where(fits, inner_high, high)
    corner = rng.uniform(low, np.maximum(high, low))
    _show(canvas, cell, head.image, corner, scale)
    center = (head.center - corner) * scale + cell[:2]
    return Place(center, float(head.size * scale))


def show_no_head(
    canvas: Image, cell: Cell, head: PhotographedHead, rng: Generator
) -> bool:
    """Show a photograph's part without the head in a cell, in place.

    One of the strips beside, above and below the head (clothes and what is behind).

    Returns:
        Whether there was such a part at least as large as a quarter of the cell, in
        width and height.
    """
    size = np.array([cell[2] - cell[0], cell[3] - cell[1]])
    width, height = head.image.shape[1::-1]
    reach = _AROUND * head.size / 2
    (x1, y1), (x2, y2) = head.center - reach, head.center + reach
    strips = [(0, 0, x1, height), (x2, 0, width, height)]
    strips += [(0, 0, width, y1), (0, y2, width, height)]
    rooms = [
        (np.array(strip[:2]), np.subtract(strip[2:], strip[:2])) for strip in strips
    ]
    rooms = [(corner, room) for corner, room in rooms if (room >= size / 4).all()]
    if not rooms:
        return False
    corner, room = rooms[int(rng.integers(len(rooms)))]
    least = (size / room).max()
    scale = least * np.exp(rng.uniform(0, np.log(max(2.0 / least, 1.5))))
    corner = corner + rng.uniform(0, 1, 2) * (room - size / scale)
    _show(canvas, cell, head.image, corner, scale)
    return True


def _show(
    canvas: Image, cell: Cell, photo: Image, corner: FloatArray, scale: float
) -> None:
    """Show a photograph's part, whose corner is given, in a cell."""
    x1, y1, x2, y2 = cell
    offset = -np.asarray(corner) * scale
    warp = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    cut = cv2.warpAffine(
        photo, warp, (x2 - x1, y2 - y1), borderMode=cv2.BORDER_REPLICATE
    )
    canvas[y1:y2, x1:x2] = cut
