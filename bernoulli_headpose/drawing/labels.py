"""Text: ``add_label`` writes on a picture itself, ``draw_label`` on a copy of it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike

from ..arrays import as_numbers
from ..files import printable
from ..rotation import ANGLE_NAMES
from .canvas import Image, on_copy


def add_label(
    canvas: Image,
    lines: Sequence[str],
    scale: float = 0.4,
    corner: ArrayLike | None = None,
) -> None:
    """Add lines of text in white on a darkened ground.

    Args:
        canvas: The picture.
        lines: Text of ASCII characters (what cv2's font has).
        scale: Scale of the font; 0.4 is about 11 pixels a line.
        corner: Top left of the text in pixels (x, y), moved so that the text is
            inside the picture; None for a strip along its top.
    """
    if not lines:
        return
    # The font has no other characters, and a broken one crashes OpenCV.
    lines = [printable(line).encode('ascii', 'replace').decode() for line in lines]
    step = round(34 * scale)
    height = step * len(lines) + 4
    left = top = 0
    width = canvas.shape[1]
    if corner is not None:
        width = max(cv2.getTextSize(line, 0, scale, 1)[0][0] for line in lines) + 8
        room = np.array([canvas.shape[1] - width, canvas.shape[0] - height])
        left, top = np.clip(corner, 0, np.maximum(room, 0)).astype(int)
    ground = canvas[top : top + height, left : left + width]
    ground[:] = ground // 3
    for row, line in enumerate(lines, start=1):
        origin = (int(left) + 4, int(top) + step * row - step // 6)
        white = (255, 255, 255)
        cv2.putText(canvas, line, origin, 0, scale, white, 1, cv2.LINE_AA)


def angles_to_label(name: str, angles: ArrayLike, std: ArrayLike | None = None) -> str:
    """One line of text for (pitch, yaw, roll) in degrees; not finite is shown as ``-``.

    Args:
        name: What comes first; may be empty.
        angles: Degrees, shape (3,).
        std: Standard deviations in degrees, shape (3,), shown in brackets.

    Raises:
        ValueError: If they are no three numbers.
    """
    numbers = as_numbers('angles', angles, (3,))
    shown = [
        f'{key[0]}{f"{round(v):+d}" if np.isfinite(v) else "-"}'
        for key, v in zip(ANGLE_NAMES, numbers, strict=True)
    ]
    if std is not None:
        spread = as_numbers('std', std, (3,))
        shown = [f'{s}({d:.0f})' for s, d in zip(shown, spread, strict=True)]
    return ' '.join([name, *shown]) if name else ' '.join(shown)


draw_label = on_copy(add_label)
