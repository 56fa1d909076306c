"""Procedural rooms and textures behind a head."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]
_Painter = Callable[[NDArray[np.float32], Generator], None]

_SIZE = (640, 480)  # pictures are composed at this size


def random_background(rng: Generator, size: tuple[int, int]) -> Image:
    """A background (H, W, 3) BGR of the generator's draw.

    Args:
        rng: Draws the kind, colours and places.
        size: (width, height) in pixels.
    """
    canvas = _gradient(rng)
    painter = _PAINTERS[rng.integers(len(_PAINTERS))]
    painter(canvas, rng)
    canvas *= 1 + 0.08 * _clouds(rng)[..., None]
    blurred = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.6, 1.8))
    scaled = blurred if size == _SIZE else cv2.resize(blurred, size)
    return np.clip(scaled, 0, 255).astype(np.uint8)


def _color(rng: Generator, low: float, high: float) -> list[float]:
    """A muted colour."""
    grey, *tint = rng.uniform(low, high, 4)
    return [0.55 * grey + 0.45 * part for part in tint]


def _gradient(rng: Generator) -> NDArray[np.float32]:
    width, height = _SIZE
    first, second = rng.uniform(40, 230, (2, 1)) * rng.uniform(0.8, 1.2, (2, 3))
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    along = np.clip(0.5 + 0.35 * (x * np.cos(turn) + y * np.sin(turn)), 0, 1)
    return (first + along[..., None] * (second - first)).astype(np.float32)


def _clouds(rng: Generator) -> NDArray[np.float32]:
    """Smooth noise (H, W) of several scales, about in [-1, 1]."""
    total = np.zeros(_SIZE[::-1], np.float32)
    for cells in (4, 12, 40):
        noise = rng.uniform(-1, 1, (cells * 3 // 4, cells)).astype(np.float32)
        total += cv2.resize(noise, _SIZE, interpolation=cv2.INTER_CUBIC) / 2
    return total


def _plain(canvas: NDArray[np.float32], rng: Generator) -> None:
    canvas *= 1 + 0.4 * _clouds(rng)[..., None]


def _shapes(canvas: NDArray[np.float32], rng: Generator) -> None:
    for _ in range(rng.integers(6, 25)):
        centre = rng.uniform((0, 0), _SIZE)
        corners = centre + rng.normal(0, rng.uniform(20, 110), (rng.integers(3, 7), 2))
        hull = cv2.convexHull(corners.astype(np.int32))
        cv2.fillConvexPoly(canvas, hull, _color(rng, 30, 235))


def _cupboards(canvas: NDArray[np.float32], rng: Generator) -> None:
    width, height = _SIZE
    edges = np.cumsum(rng.uniform(60, 140, 12)).astype(int)
    top = int(rng.integers(0, 80))
    for left, right in zip(edges[:-1], edges[1:], strict=True):
        canvas[top:, left:right] *= rng.uniform(0.92, 1.06)
        canvas[top:, left : left + 3] *= 0.6
        handle = (int(right) - 12, int(rng.uniform(0.4, 0.6) * height))
        cv2.rectangle(canvas, handle, (handle[0] + 4, handle[1] + 14), (60,) * 3, -1)
    canvas[top : top + 4] *= 0.7
    if rng.random() < 0.6:
        coat = rng.normal((rng.uniform(50, width - 50), 380), (35, 60), (12, 2))
        color = _color(rng, 10, 90)
        cv2.fillConvexPoly(canvas, cv2.convexHull(coat.astype(np.int32)), color)


def _bookshelf(canvas: NDArray[np.float32], rng: Generator) -> None:
    width, height = _SIZE
    canvas *= 0.5
    shelf = int(rng.integers(70, 120))
    for bottom in range(shelf, height + shelf, shelf):
        left = 0
        while left < width:
            thick = int(rng.integers(8, 26))
            tall = int(rng.uniform(0.55, 0.9) * shelf)
            if rng.random() < 0.9:
                low, high = (left, bottom - tall), (left + thick - 2, bottom - 8)
                color = _color(rng, 20, 215)
                cv2.rectangle(canvas, low, high, color, -1)
            left += thick
        cv2.rectangle(canvas, (0, bottom - 7), (width, bottom), (70, 95, 120), -1)


def _window(canvas: NDArray[np.float32], rng: Generator) -> None:
    left, top = rng.integers((20, 10), (350, 60)).tolist()
    wide, tall = rng.integers((150, 200), (270, 300)).tolist()
    sky = np.array([250.0, 235.0, 215.0]) * rng.uniform(0.75, 1.0)
    pane = (left + wide, top + tall)
    cv2.rectangle(canvas, (left, top), pane, sky.tolist(), -1)
    frame = rng.uniform(60, 220, 3).tolist()
    cv2.rectangle(canvas, (left, top), pane, frame, 8)
    middle = left + wide // 2
    cv2.line(canvas, (middle, top), (middle, top + tall), frame, 6)
    canvas[380:] *= rng.uniform(0.5, 0.9)


_PAINTERS: tuple[_Painter, ...] = (_plain, _shapes, _cupboards, _bookshelf, _window)
