"""Axes, cubes, boxes and skeletons: ``add_...`` draws on a picture itself, and
``draw_...`` on a copy of it, which it returns.

Pictures are uint8 arrays of shape (H, W, 3), for ``add_...`` C-contiguous, in OpenCV's
order (BGR) unless ``channel_order='rgb'`` is given. Where things lie is told by
:mod:`bernoulli_headpose.drawing.projection`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import as_numbers
from .canvas import (
    AXIS_COLORS,
    BOX_COLOR,
    SHIFT,
    Color,
    Image,
    as_thickness,
    on_copy,
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
HIDDEN_LIGHTNESS = 0.6
HIDING = 3.0  # the head hides all of the nose's axis once it is 20 degrees away
_ROUNDING = 1e-9  # of a rotation's entries: sides so turned are seen edge on


def add_axes(
    canvas: Image,
    rotation: ArrayLike,
    center: ArrayLike,
    length: float,
    thickness: int = 2,
    lightness: float = 0.0,
    channel_order: str = 'bgr',
) -> None:
    """Add the head's axes: x red, y (top of the head) green, z (nose) blue.

    The axis that points farthest from the viewer is drawn first, and that of the nose
    is paler where it points away: the head hides it. A centre outside of the image is
    fine; what falls outside is not drawn.

    Args:
        canvas: The picture.
        rotation: Rotation matrix, shape (3, 3).
        center: Head centre in pixels (x, y).
        length: Length of an axis that lies in the image plane, pixels.
        thickness: Thickness of the lines, pixels.
        lightness: 0 for full colours, up to 1 for white ones.
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If a shape, the thickness or the channel order is wrong, or a
            number is not finite.
    """
    thickness = as_thickness(thickness)
    tips = axis_tips(rotation, center, length)
    start = to_fixed_point(center)
    towards = np.asarray(rotation, dtype=np.float64)[2]  # of each axis, to the viewer
    for axis in np.argsort(towards, kind='stable'):
        hidden = np.clip(-HIDING * towards[2], 0, 1) if axis == 2 else 0.0
        color = to_order(AXIS_COLORS[axis], channel_order, _pale(lightness, hidden))
        end = to_fixed_point(tips[axis])
        cv2.line(canvas, start, end, color, thickness, cv2.LINE_AA, SHIFT)
        if axis == 2:  # a frontal head's z is a point: give it a size
            radius = int(round((thickness + 1) * 2**SHIFT))
            cv2.circle(canvas, end, radius, color, -1, cv2.LINE_AA, SHIFT)


def add_cube(
    canvas: Image,
    rotation: ArrayLike,
    center: ArrayLike,
    size: float,
    thickness: int = 2,
    lightness: float = 0.0,
    color: Color = BOX_COLOR,
    channel_order: str = 'bgr',
) -> None:
    """Add a wire cube around the head, projected orthographically.

    The side in front of the face is outlined in the colour of the z axis and, where
    the viewer sees it, tinted; edges behind the cube are paler and lie below.

    Args:
        canvas: The picture.
        rotation: Rotation matrix, shape (3, 3).
        center: Centre of the cube in pixels (x, y).
        size: Length of an edge, pixels.
        thickness: Thickness of the lines, pixels.
        lightness: 0 for full colours, up to 1 for white ones.
        color: (red, green, blue) of the edges, whatever the picture's order.
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If a shape, the thickness or the channel order is wrong, or a
            number is not finite.
    """
    thickness = as_thickness(thickness)
    pixels = [*map(to_fixed_point, project_points(rotation, center, size * _CORNERS))]
    towards = np.asarray(rotation, dtype=np.float64)[2]  # of each axis, to the viewer
    hidden = {edge: not _is_seen(edge, towards) for edge in _EDGES}
    for edge in sorted(_EDGES, key=lambda edge: not hidden[edge]):
        base = AXIS_COLORS[2] if set(edge) <= set(_FRONT) else color
        shade = to_order(base, channel_order, _pale(lightness, hidden[edge]))
        first, second = (pixels[corner] for corner in edge)
        cv2.line(canvas, first, second, shade, thickness, cv2.LINE_AA, SHIFT)
    if towards[2] > _ROUNDING:
        shade = to_order(AXIS_COLORS[2], channel_order, lightness)
        _tint(canvas, np.array([pixels[corner] for corner in _FRONT]), shade)


def _is_seen(edge: tuple[int, int], towards: NDArray) -> bool:
    """Whether one of the two sides that meet at an edge is turned to the viewer."""
    first, second = _CORNERS[edge[0]], _CORNERS[edge[1]]
    return bool((first * towards)[first == second].max() > _ROUNDING)


def _pale(lightness: float, hidden: float) -> float:
    """Lightness of a line of which the head hides a share."""
    return 1 - (1 - lightness) * (1 - HIDDEN_LIGHTNESS * hidden)


def _tint(canvas: Image, outline: NDArray, color: Color) -> None:
    """Lay a colour over the inside of an outline, (N, 2) in fixed-point pixels."""
    low = np.maximum((outline.min(axis=0) >> SHIFT) - 2, 0)
    high = (outline.max(axis=0) >> SHIFT) + 3
    ground = canvas[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    if not ground.size:
        return
    tinted = ground.copy()
    inside = (outline - (low << SHIFT)).astype(np.int32)
    cv2.fillPoly(tinted, [inside], color, cv2.LINE_AA, SHIFT)
    ground[:] = cv2.addWeighted(tinted, _FRONT_OPACITY, ground, 1 - _FRONT_OPACITY, 0)


def add_box(
    canvas: Image,
    box: ArrayLike,
    color: Color = BOX_COLOR,
    thickness: int = 2,
    channel_order: str = 'bgr',
) -> None:
    """Add a box.

    Args:
        canvas: The picture.
        box: Pixels (x1, y1, x2, y2).
        color: (red, green, blue), whatever the picture's order.
        thickness: Thickness of the lines, pixels.
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If the box is not four finite numbers, or the thickness or the
            channel order is wrong.
    """
    corners = as_numbers('box', box)
    if corners.shape != (4,) or not np.isfinite(corners).all():
        raise ValueError(f'box: expected finite (x1, y1, x2, y2), got {corners}')
    first, second = to_fixed_point(corners[:2]), to_fixed_point(corners[2:])
    ordered, width = to_order(color, channel_order), as_thickness(thickness)
    cv2.rectangle(canvas, first, second, ordered, width, cv2.LINE_AA, SHIFT)


def add_skeleton(
    canvas: Image,
    keypoints: ArrayLike,
    scores: ArrayLike,
    links: Sequence[tuple[int, int]],
    colors: Sequence[Color],
    thickness: int = 2,
    threshold: float = 0.3,
) -> None:
    """Add a body's links and keypoints, those of a low score left out.

    Args:
        canvas: The picture, BGR.
        keypoints: (K, 2) in pixels.
        scores: (K,).
        links: Pairs of keypoints.
        colors: (red, green, blue) of each link.
        thickness: Thickness of the links, pixels.
        threshold: Least score of a keypoint that is drawn.
    """
    sure = np.asarray(scores) >= threshold
    pixels = [to_fixed_point(point) for point in np.asarray(keypoints)]
    width = as_thickness(thickness)
    for (first, second), color in zip(links, colors, strict=True):
        if sure[first] and sure[second]:
            shade = to_order(color, 'bgr')
            ends = pixels[first], pixels[second]
            cv2.line(canvas, *ends, shade, width, cv2.LINE_AA, SHIFT)
    dot = to_order(BOX_COLOR, 'bgr')
    for point in np.flatnonzero(sure):
        radius = width << SHIFT
        cv2.circle(canvas, pixels[point], radius, dot, -1, cv2.LINE_AA, SHIFT)


draw_axes = on_copy(add_axes)
draw_box = on_copy(add_box)
draw_cube = on_copy(add_cube)
