"""Parts of a picture, at several scales, for a network that finds heads itself.

Such a network knows heads of some 10 to some 240 pixels. A picture is therefore looked
at as a pyramid: at the finest scale that is asked for, in tiles where that is large,
and again at a quarter of the scale, and so on, where large heads come out small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

STEP = 4  # of the scales of a pyramid
TILE = 1280  # greatest side of a part, pixels of the network's input
_OVERLAP = 256  # of tiles, pixels of the network's input
_MULTIPLE = 32  # of the length of a part, pixels of the network's input
_LEAST_INPUT = 32
_LEAST_HEAD = 20  # pixels of the network's input at all scales but the finest
_LEAST_SIDE = 100  # pixels of a picture's longer side at the coarsest scale
_COARSE_SIDE = 250  # where the greatest heads are found, too
_LEAST_WIDTH = 240  # pixels of its shorter side at the finest, where it has as many
_SHRINK = 0.6  # of large pictures
_GREATEST_SIDE = 1920  # unless more is asked for
_LONGEST = 16  # times that, of pictures that are much longer than wide
_ROOM = 0.1  # between a head and where a part is cut, over the head's size


@dataclass(frozen=True)
class Part:
    """A part of a picture, and how large it is to be.

    Attributes:
        corner: Its corner (x, y) in the picture, pixels.
        size: (w, h) in the picture, pixels.
        side: Its longer side as the network is to see it, pixels.
        is_open: Whether the picture goes on to the left, above, to the right, below.
        least: Least size of a head, pixels; smaller ones are found at a finer scale.
    """

    corner: tuple[int, int]
    size: tuple[int, int]
    side: int
    is_open: tuple[bool, bool, bool, bool] = (False, False, False, False)
    least: float = 0.0

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The part's pixels."""
        (x, y), (width, height) = self.corner, self.size
        return image[y : y + height, x : x + width]

    def holds(self, boxes: NDArray) -> NDArray[np.bool_]:
        """Which boxes (N, 4), in pixels of the part, are this part's to tell.

        They are large enough, and not cut by where it ends: a head that is cut has a
        box that ends with the part, or nearly.
        """
        sides = boxes[:, 2:] - boxes[:, :2]
        room = _ROOM * sides
        low, high = boxes[:, :2] < room, boxes[:, 2:] > np.array(self.size) - room
        beyond = np.concatenate([low, high], axis=1)
        is_cut = (beyond & np.array(self.is_open)).any(axis=1)
        return ~is_cut & (sides.mean(axis=1) >= self.least)


def describe() -> dict[str, float]:
    """The numbers of the pyramid, by their names, for a runtime in another language."""
    return dict(
        step=STEP,
        tile=TILE,
        overlap=_OVERLAP,
        multiple=_MULTIPLE,
        least_head=_LEAST_HEAD,
        least_side=_LEAST_SIDE,
        coarse_side=_COARSE_SIDE,
        least_width=_LEAST_WIDTH,
        shrink=_SHRINK,
        greatest_side=_GREATEST_SIDE,
        longest=_LONGEST,
        room=_ROOM,
    )


def check_side(side: int | None) -> int | None:
    """A longer side of pictures, or None.

    Raises:
        ValueError: If it is no whole number of pixels from 32 on.
    """
    if side is not None and not (isinstance(side, Integral) and side >= _LEAST_INPUT):
        raise ValueError(
            'input_size: expected the longer side of an image, a whole number of at '
            f'least {_LEAST_INPUT} pixels, got {side!r}'
        )
    return side


def parts_of(size: tuple[int, int], side: int) -> Iterator[Part]:
    """The parts of a picture, from the finest scale to the coarsest.

    Args:
        size: (w, h) of the picture, pixels.
        side: Its longer side at the finest scale, pixels.
    """
    yield from _tiles(size, side, 0.0)
    while side > _COARSE_SIDE:
        side = max(side // STEP, _LEAST_SIDE)
        yield from _tiles(size, side, _LEAST_HEAD * max(size) / side)


def default_side(size: tuple[int, int], side: int) -> int:
    """Longer side at the finest scale of a picture of which nothing is known.

    Args:
        size: (w, h) of the picture, pixels.
        side: That of small pictures. Larger ones get more, and so do those that are
            much longer than wide, as far as they have pixels.
    """
    longer, shorter = max(size), min(size)
    large = min(round(_SHRINK * longer), _GREATEST_SIDE)
    long = min(longer, _LEAST_WIDTH * longer // shorter, _LONGEST * _GREATEST_SIDE)
    return max(side, large, long)


def _tiles(size: tuple[int, int], side: int, least: float) -> Iterator[Part]:
    if side <= TILE:
        yield Part((0, 0), size, side, least=least)
        return
    scale = side / max(size)
    (columns, wide), (rows, high) = (_starts(length, scale) for length in size)
    for y in rows:
        for x in columns:
            width, height = (
                min(math.ceil(start + reach), length) - start
                for start, reach, length in zip((x, y), (wide, high), size, strict=True)
            )
            is_open = (x > 0, y > 0, x + width < size[0], y + height < size[1])
            shown = min(max(round(max(width, height) * scale), 1), TILE)
            yield Part((x, y), (width, height), shown, is_open, least)


def _starts(length: int, scale: float) -> tuple[list[int], float]:
    """Where parts of a line begin, and how far they reach.

    They are as few as can be, and no longer than they must be to overlap.
    """
    shown = length * scale
    if shown <= TILE:
        return [0], length
    count = math.ceil((shown - TILE) / (TILE - _OVERLAP)) + 1
    least = (shown + (count - 1) * _OVERLAP) / count
    reach = min(math.ceil(least / _MULTIPLE) * _MULTIPLE, TILE) / scale
    # Rounded up, so that the last one reaches the end.
    starts = np.ceil(np.linspace(0, length - reach, count)).astype(int).tolist()
    return starts, reach
