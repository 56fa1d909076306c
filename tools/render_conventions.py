"""Render the signs of pitch, yaw and roll, and the head's axes, for the documentation.

python tools/render_conventions.py docs/conventions.jpg
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bernoulli_headpose.drawing import (
    AXIS_COLORS,
    Image,
    add_axes,
    axis_tips,
    contact_sheet,
    draw_label,
)
from bernoulli_headpose.files import printable, write_picture
from bernoulli_headpose.rotation import ANGLE_NAMES, euler_to_matrix
from bernoulli_headpose.terminal import CommandParser, run_command

_SIZE = 220  # side of a tile, pixels
_CENTER = (110.0, 132.0)  # of the head, below the label, pixels
_HEAD = 310.0  # mm that a tile shows
_FAR = 20_000.0  # mm; as good as orthographic
_LENGTH = 72.0  # of the axes, pixels
_STEP = 30.0  # degrees
_QUALITY = 88  # of a JPEG
_WORDS = (
    ('looks down', 'looks up'),
    ("nose to the image's right", "nose to the image's left"),
    ('eye line counter-clockwise', 'eye line clockwise'),
)


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('out', type=Path, help='picture to write (.jpg)')
    parser.add_argument('--seed', type=int, default=9, help='of the person')
    return parser.parse_args(arguments)


class HeadDrawer:
    """Draws one person's head, turned.

    Args:
        seed: Of the person.
    """

    def __init__(self, seed: int) -> None:
        from rendering.head_model import parametric_head
        from rendering.mesh import merge
        from rendering.person import Person
        from rendering.rasterizer import Light
        from rendering.torso import neck

        person = Person.random(np.random.default_rng(seed))
        self._mesh = merge([parametric_head(person), neck(person)])
        direction = np.array([0.3, 0.5, 0.8])
        self._light = Light(
            direction=direction / np.linalg.norm(direction),
            color=np.full(3, 0.55),
            ambient=np.full(3, 0.55),
            fill=np.full(3, 0.1),
        )

    def draw(self, rotation: NDArray[np.float64]) -> Image:
        """The head on white with its axes, (_SIZE, _SIZE, 3) BGR.

        Args:
            rotation: (3, 3), see :mod:`bernoulli_headpose.rotation`.
        """
        from rendering.rasterizer import draw

        focal, (x, y) = _FAR * _SIZE / _HEAD, _CENTER
        camera = np.array([[focal, 0, x], [0, focal, y], [0, 0, 1.0]])
        white = np.full((_SIZE, _SIZE, 3), 255, np.uint8)
        posed, place = self._mesh.pose(rotation), np.array([0.0, 0.0, _FAR])
        canvas = draw(white, self._mesh, posed, place, camera, self._light)
        add_axes(canvas, rotation, _CENTER, _LENGTH, 4)
        self._name_axes(canvas, rotation)
        return canvas

    def _name_axes(self, canvas: Image, rotation: NDArray[np.float64]) -> None:
        tips = axis_tips(rotation, _CENTER, _LENGTH)
        for letter, tip, (red, green, blue) in zip(
            'xyz', tips, AXIS_COLORS, strict=True
        ):
            away = tip - np.array(_CENTER)
            far = np.linalg.norm(away) > 8  # else it points at the viewer
            step = 12 * away / np.linalg.norm(away) if far else np.array([14.0, 14.0])
            x, y = np.rint(tip + step + (-5, 3)).astype(int).tolist()
            color = (blue, green, red)
            cv2.putText(canvas, letter, (x, y), 0, 0.6, color, 2, cv2.LINE_AA)


def draw_tiles(drawer: HeadDrawer) -> list[Image]:
    """A row an angle, from negative over zero to positive; nine pictures."""
    tiles = []
    for axis, (name, words) in enumerate(zip(ANGLE_NAMES, _WORDS, strict=True)):
        for sign, word in ((-1, words[0]), (0, 'frontal'), (1, words[1])):
            angles = np.zeros(3)
            angles[axis] = sign * _STEP
            tile = drawer.draw(euler_to_matrix(angles))
            title = f'{name} {angles[axis]:+.0f}' if sign else f'{name} 0'
            tiles.append(draw_label(tile, [title, word]))
    return tiles


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw and write."""
    args = parse_args(arguments)
    tiles = draw_tiles(HeadDrawer(args.seed))
    sheet = contact_sheet(tiles, columns=len(tiles) // len(ANGLE_NAMES))
    write_picture(args.out, sheet, options=(cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    print(f'wrote {printable(args.out)}')


if __name__ == '__main__':
    sys.exit(run_command(main))
