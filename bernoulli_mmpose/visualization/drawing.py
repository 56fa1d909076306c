"""Drawing of head pose on images: pure functions, image in, new image out.

Images are uint8 arrays of shape (H, W, 3) in OpenCV's order (BGR) unless
``channel_order='rgb'`` is given. Where things lie is told by
:mod:`bernoulli_mmpose.visualization.projection`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bernoulli_headpose.arrays import as_numbers
from bernoulli_headpose.rotation import ANGLE_NAMES

from .canvas import BOX_COLOR, Color, Image, as_image
from .strokes import add_axes, add_box, add_cube, add_label


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
        ValueError: If the image, a shape, the thickness or the channel order is
            wrong, or a number is not finite.
    """
    canvas = as_image(image)
    add_axes(canvas, rotation, center, length, thickness, lightness, channel_order)
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
        ValueError: If the image, a shape, the thickness or the channel order is
            wrong, or a number is not finite.
    """
    canvas = as_image(image)
    place = (rotation, center, size, thickness, lightness)
    add_cube(canvas, *place, color, channel_order)
    return canvas


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
        ValueError: If the image, the box or the thickness is none.
    """
    canvas = as_image(image)
    add_box(canvas, box, color, thickness, channel_order)
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
    add_label(canvas, lines, scale, corner)
    return canvas


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
        deviations = as_numbers('std', std, (3,))
        shown = [f'{s}({d:.0f})' for s, d in zip(shown, deviations, strict=True)]
    return ' '.join([name, *shown]) if name else ' '.join(shown)
