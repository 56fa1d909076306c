"""Procedural rooms, things and textures behind a head."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]
_Painter = Callable[[NDArray[np.float32], Generator], None]

_SIZE = (640, 480)  # pictures are composed at this size
_CLUTTERED = 0.5  # share of pictures with things in them


def random_background(rng: Generator, size: tuple[int, int]) -> Image:
    """A background (H, W, 3) BGR of the generator's draw.

    Args:
        rng: Draws the kind, colours and places.
        size: (width, height) in pixels.
    """
    canvas = _gradient(rng)
    painter = _PAINTERS[rng.integers(len(_PAINTERS))]
    painter(canvas, rng)
    if rng.random() < _CLUTTERED:
        _things(canvas, rng)
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


def _things(canvas: NDArray[np.float32], rng: Generator) -> None:
    """Balls, rings, wheels, signs and letters, from small to large."""
    many = int(np.exp(rng.uniform(1.5, 5)))
    for _ in range(many):
        x, y = rng.uniform((0, 0), _SIZE).astype(int).tolist()
        half = int(np.exp(rng.uniform(np.log(4), np.log(400 / many**0.5))))
        color = rng.uniform(0, 255, 3)
        kind = rng.integers(4)
        if kind == 0:
            text = ''.join(map(chr, rng.integers(33, 127, rng.integers(1, 4))))
            font, thick = int(rng.integers(8)), max(half // 8, 1)
            cv2.putText(canvas, text, (x, y), font, half / 12, color.tolist(), thick)
            continue
        if kind == 1:
            turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 12)))[:, None]
            rays = np.concatenate([np.cos(turns), np.sin(turns)], axis=1)
            corners = (x, y) + rays * half * rng.uniform(0.4, 1, (len(turns), 1))
            cv2.fillPoly(canvas, [corners.astype(np.int32)], color.tolist())
            continue
        axes = half * rng.uniform(0.6, 1, 2)
        turn, steps = rng.uniform(0, 360), int(rng.integers(1, 7))
        light, shade = rng.uniform(-0.3, 0.3, 2) * half, rng.uniform(-120, 120)
        if kind == 2:  # of rings, each of a colour of its own
            light, shade = np.zeros(2), 0.0
        for step in range(steps):
            part = 1 - step / steps
            middle = ((x, y) + (1 - part) * light).astype(int).tolist()
            shaded = color + shade * (1 - part)
            if kind == 2 and step:
                shaded = rng.uniform(0, 255, 3)
            size = (part * axes).astype(int).tolist()
            cv2.ellipse(canvas, middle, size, turn, 0, 360, shaded.tolist(), -1)


def _grain(canvas: NDArray[np.float32], rng: Generator) -> None:
    """Grass, gravel, cloth and stripes: noise that is smooth along either axis."""
    noise = rng.normal(0, 1, (*_SIZE[::-1], 3)).astype(np.float32)
    if rng.random() < 0.5:
        noise = noise[..., :1].repeat(3, axis=-1)
    sigmas = np.exp(rng.uniform(np.log(0.5), np.log(15), 2)).tolist()
    smooth = cv2.GaussianBlur(noise, (0, 0), sigmas[0], sigmaY=sigmas[1])
    canvas += rng.uniform(10, 70) / max(float(smooth.std()), 1e-6) * smooth
    np.clip(canvas, 0, 255, out=canvas)


_PAINTERS: tuple[_Painter, ...] = (
    _plain,
    _shapes,
    _cupboards,
    _bookshelf,
    _window,
    _grain,
)
