"""Drawing of head pose on images: pure functions, image in, new image out.

Images are uint8 arrays of shape (H, W, 3) in OpenCV's order (BGR) unless
``channel_order='rgb'`` is given. Where things lie is told by
:mod:`bernoulli_mmpose.visualization.projection`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..rotation import ANGLE_NAMES
from .canvas import (
    AXIS_COLORS,
    BOX_COLOR,
    SHIFT,
    Color,
    Image,
    as_image,
    to_fixed_point,
    to_order,
)
from .projection import axis_tips, project_points

_CORNERS = np.array([*product((-0.5, 0.5), repeat=3)])
_EDGES = [
    (first, second)
    for first, second in combinations(range(8), 2)
    if np.abs(_CORNERS[first] - _CORNERS[second]).sum() == 1
]
_FRONT = [1, 3, 7, 5]  # corners of the face at z > 0, in turn
_FRONT_OPACITY = 0.35
_HIDDEN_LIGHTNESS = 0.6


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
    canvas = as_image(image)
    tips = axis_tips(rotation, center, length)
    start = to_fixed_point(center)
    for axis in np.argsort(np.asarray(rotation, dtype=np.float64)[2], kind='stable'):
        color = to_order(AXIS_COLORS[axis], channel_order, lightness)
        end = to_fixed_point(tips[axis])
        cv2.line(canvas, start, end, color, thickness, cv2.LINE_AA, SHIFT)
        if axis == 2:  # a frontal head's z is a point: give it a size
            radius = int(round((thickness + 1) * 2**SHIFT))
            cv2.circle(canvas, end, radius, color, -1, cv2.LINE_AA, SHIFT)
    return canvas


def draw_cube(
    image: ArrayLike,
    rotation: ArrayLike,
    center: ArrayLike,
    size: float,
    thickness: int = 2,
    lightness: float = 0.0,
    color: Color = BOX_COLOR,
    channel_order: str = 'bgr',
) -> Image:
    """Draw a wire cube around the head, projected orthographically.

    The side in front of the face is outlined in the colour of the z axis and, where
    the viewer sees it, tinted; edges behind the cube are paler and lie below.

    Args:
        image: Shape (H, W, 3), uint8.
        rotation: Rotation matrix, shape (3, 3).
        center: Centre of the cube in pixels (x, y).
        size: Length of an edge, pixels.
        thickness: Of the lines, pixels.
        lightness: 0 for full colours, up to 1 for white ones.
        color: (red, green, blue) of the edges, whatever the image's order.
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If the image, a shape or the channel order is wrong.
    """
    canvas = as_image(image)
    pixels = [*map(to_fixed_point, project_points(rotation, center, size * _CORNERS))]
    towards = np.asarray(rotation, dtype=np.float64)[2]  # of each axis, to the viewer
    hidden = {edge: not _is_seen(edge, towards) for edge in _EDGES}
    for edge in sorted(_EDGES, key=lambda edge: not hidden[edge]):
        pale = 1 - (1 - lightness) * (1 - _HIDDEN_LIGHTNESS * hidden[edge])
        base = AXIS_COLORS[2] if set(edge) <= set(_FRONT) else color
        shade = to_order(base, channel_order, pale)
        first, second = (pixels[corner] for corner in edge)
        cv2.line(canvas, first, second, shade, thickness, cv2.LINE_AA, SHIFT)
    if towards[2] <= 0:
        return canvas
    tinted = canvas.copy()
    shade = to_order(AXIS_COLORS[2], channel_order, lightness)
    outline = np.array([pixels[corner] for corner in _FRONT], dtype=np.int32)
    cv2.fillPoly(tinted, [outline], shade, cv2.LINE_AA, SHIFT)
    return cv2.addWeighted(
        tinted, _FRONT_OPACITY, canvas, 1 - _FRONT_OPACITY, 0
    ).astype(np.uint8, copy=False)


def _is_seen(edge: tuple[int, int], towards: NDArray) -> bool:
    """Whether one of the two sides that meet at an edge is turned to the viewer."""
    first, second = _CORNERS[edge[0]], _CORNERS[edge[1]]
    return bool((first * towards)[first == second].max() > 0)


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
    canvas = as_image(image)
    corners = np.asarray(box, dtype=np.float64)
    if corners.shape != (4,) or not np.isfinite(corners).all():
        raise ValueError(f'box: expected finite (x1, y1, x2, y2), got {corners}')
    first, second = to_fixed_point(corners[:2]), to_fixed_point(corners[2:])
    ordered = to_order(color, channel_order)
    cv2.rectangle(canvas, first, second, ordered, thickness, cv2.LINE_AA, SHIFT)
    return canvas


def draw_label(
    image: ArrayLike,
    lines: Sequence[str],
    scale: float = 0.4,
    corner: ArrayLike | None = None,
) -> Image:
    """Write lines of text in white on a darkened ground.

    Args:
        image: Shape (H, W, 3), uint8.
        lines: Text of ASCII characters (what cv2's font has).
        scale: Of the font; 0.4 is about 11 pixels a line.
        corner: Top left of the text in pixels (x, y), moved so that the text is
            inside the image; None for a strip along the image's top.
    """
    canvas = as_image(image)
    if not lines:
        return canvas
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
    return canvas


def angles_to_label(name: str, angles: ArrayLike, std: ArrayLike | None = None) -> str:
    """One line of text for (pitch, yaw, roll) in degrees; NaN is shown as ``-``.

    Args:
        name: What comes first; may be empty.
        angles: Degrees, shape (3,).
        std: Standard deviations in degrees, shape (3,), shown in brackets.
    """
    numbers = np.asarray(angles, dtype=np.float64)
    shown = [
        f'{key[0]}{"-" if np.isnan(v) else f"{round(v):+d}"}'
        for key, v in zip(ANGLE_NAMES, numbers, strict=True)
    ]
    if std is not None:
        deviations = np.asarray(std, dtype=np.float64)
        shown = [f'{s}({d:.0f})' for s, d in zip(shown, deviations, strict=True)]
    return ' '.join([name, *shown]) if name else ' '.join(shown)
