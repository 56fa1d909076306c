"""Procedural rooms, things and textures behind a head."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]
_Painter = Callable[[NDArray[np.float32], Generator], None]
_Thing = Callable[[NDArray, NDArray, float, Generator], None]

_SIZE = (640, 480)  # pictures are composed at this size


def random_background(
    rng: Generator, size: tuple[int, int], rooms: bool = True
) -> Image:
    """A background (H, W, 3) BGR of the generator's draw.

    Args:
        rng: Draws the kind, colours and places.
        size: (width, height) in pixels.
        rooms: Whether it is a room or a wall; else also a plain colour or a texture.
    """
    canvas = _gradient(rng)
    painters = _ROOMS if rooms else _ROOMS + _SURFACES
    painters[rng.integers(len(painters))](canvas, rng)
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


def _flat(canvas: NDArray[np.float32], rng: Generator) -> None:
    canvas[:] = _bright(rng)


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


def draw_things(canvas: NDArray, rng: Generator) -> None:
    """Draw balls, wheels, signs and text, from small to large, which are no heads.

    Args:
        canvas: (H, W, 3) of any type; it is drawn on in place.
        rng: Draws what and where.
    """
    height, width = canvas.shape[:2]
    count = int(np.exp(rng.uniform(1, 5)))
    largest = 0.6 * min(height, width) / count**0.4
    for _ in range(count):
        place = rng.uniform((0, 0), (width, height))
        half = np.exp(rng.uniform(np.log(3), np.log(max(largest, 6))))
        thing = _THINGS[rng.integers(len(_THINGS))]
        thing(canvas, place, float(half), rng)


def _bright(rng: Generator) -> list[float]:
    """Any colour; black, white and greys often."""
    grey = rng.choice([0, 255, rng.uniform(0, 255)])
    return [grey] * 3 if rng.random() < 0.3 else rng.uniform(0, 255, 3).tolist()


def _text(canvas: NDArray, place: NDArray, half: float, rng: Generator) -> None:
    """A few letters, or lines of them, that may stand on a disc or a sign."""
    letters = ''.join(map(chr, rng.integers(33, 127, rng.integers(1, 9))))
    back = rng.integers(3)
    if back:
        letters = letters[:2]
        (_rings, _sign)[back - 1](canvas, place, 1.5 * half, rng)
    corner = place + half * np.array([-0.35 * len(letters) * bool(back), 0.4])
    style = int(rng.integers(8)), half / 24, _bright(rng), max(int(half) // 10, 1)
    for line in range(int(rng.integers(1, 5)) if not back else 1):
        at = (corner + (0, 1.6 * half * line)).astype(int).tolist()
        cv2.putText(canvas, letters, at, *style, cv2.LINE_AA)


def _sign(canvas: NDArray, place: NDArray, half: float, rng: Generator) -> None:
    """A polygon, regular or not, filled or drawn."""
    turns = np.linspace(0, 2 * np.pi, rng.integers(3, 9), endpoint=False)
    turns += rng.uniform(0, np.pi) + rng.choice([0, 0.3]) * rng.normal(size=len(turns))
    rays = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    corners = [(place + half * rays).astype(np.int32)]
    if rng.random() < 0.5:
        cv2.fillPoly(canvas, corners, _bright(rng), cv2.LINE_AA)
    thick = max(int(rng.uniform(0.05, 0.3) * half), 1)
    cv2.polylines(canvas, corners, True, _bright(rng), thick, cv2.LINE_AA)


def _rings(canvas: NDArray, place: NDArray, half: float, rng: Generator) -> None:
    """Discs in each other, each of a colour of its own, the outermost or all alone."""
    axes, turn = half * rng.uniform(0.7, 1, 2), rng.uniform(0, 360)
    steps = int(rng.integers(1, 6))
    for step in range(steps):
        size = (axes * (1 - step / steps)).astype(int).tolist()
        thick = -1 if rng.random() < 0.8 else max(int(0.15 * half), 1)
        style = _bright(rng), thick, cv2.LINE_AA
        cv2.ellipse(canvas, place.astype(int).tolist(), size, turn, 0, 360, *style)


def _strokes(canvas: NDArray, place: NDArray, half: float, rng: Generator) -> None:
    """A row of signs of a few strokes each, upright, level and slanting."""
    color, thick = _bright(rng), max(int(half * rng.uniform(0.08, 0.25)), 1)
    for _ in range(int(rng.integers(1, 6))):
        for _ in range(int(rng.integers(2, 10))):
            ends = rng.uniform(-half, half, (2, 2))
            axis = rng.integers(3)
            if axis < 2:
                ends[1, axis] = ends[0, axis]
            first, second = (place + ends).astype(int).tolist()
            cv2.line(canvas, first, second, color, thick, cv2.LINE_AA)
        place = place + (2.3 * half, 0)


def _ball(canvas: NDArray, place: NDArray, half: float, rng: Generator) -> None:
    """A shaded lump, round or not, smooth or rough: fruit, coins, stones, planets."""
    bumps = rng.choice([0, 0.15, 0.35]) * rng.normal(size=3) / np.arange(1, 4)
    reach = int(1.6 * half) + 1
    low = np.maximum(place.astype(int) - reach, 0)
    part = canvas[low[1] : low[1] + 2 * reach, low[0] : low[0] + 2 * reach]
    if not part.size:
        return
    rows, columns = part.shape[:2]
    y, x = np.mgrid[:rows, :columns] + (low - place)[::-1, None, None]
    stretch, phases = rng.uniform(0.75, 1.3), rng.uniform(0, 2 * np.pi, 3)
    around = np.arctan2(y, x)
    edge = 1 + sum(
        bump * np.cos((i + 2) * around + phase)
        for i, (bump, phase) in enumerate(zip(bumps, phases, strict=True))
    )
    away = np.hypot(x * stretch, y / stretch) / (half * np.clip(edge, 0.5, 1.5))
    light = (x * rng.normal() + y * rng.normal()) / half - away**2
    rough = np.zeros((rows, columns, 3))
    for cells in (4, max(int(half / rng.uniform(1, 8)), 2)):
        noise = rng.normal(0, 1, (cells, cells, 3 if rng.random() < 0.5 else 1))
        rough += cv2.resize(noise, (columns, rows)).reshape(rows, columns, -1)
    shade = rng.uniform(0, 70) * light[..., None] + rng.choice([0, 12, 35]) * rough
    cover = np.clip((1 - away) * half / 1.5, 0, 1)[..., None]
    filled = np.clip(np.array(_bright(rng)) + shade, 0, 255)
    part[:] = (cover * filled + (1 - cover) * part).astype(canvas.dtype)


def _grain(canvas: NDArray[np.float32], rng: Generator) -> None:
    """Grass, gravel, cloth and stripes: noise that is smooth along either axis."""
    noise = rng.normal(0, 1, (*_SIZE[::-1], 3)).astype(np.float32)
    if rng.random() < 0.5:
        noise = noise[..., :1].repeat(3, axis=-1)
    sigmas = np.exp(rng.uniform(np.log(0.5), np.log(15), 2)).tolist()
    smooth = cv2.GaussianBlur(noise, (0, 0), sigmas[0], sigmaY=sigmas[1])
    canvas += rng.uniform(10, 70) / max(float(smooth.std()), 1e-6) * smooth
    np.clip(canvas, 0, 255, out=canvas)


_THINGS: tuple[_Thing, ...] = (_text, _strokes, _sign, _rings, _ball, _ball, _ball)
_ROOMS: tuple[_Painter, ...] = (_plain, _shapes, _cupboards, _bookshelf, _window)
_SURFACES: tuple[_Painter, ...] = (_flat, _grain)
