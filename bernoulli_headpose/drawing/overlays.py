"""Maps laid over images: pure functions, image in, new image out."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .canvas import Color, Image, as_image, to_order

_POSITIVE: Color = (240, 60, 30)
_NEGATIVE: Color = (30, 90, 240)


def draw_heatmap_overlay(
    image: ArrayLike,
    heatmap: ArrayLike,
    limit: float = 1.0,
    opacity: float = 0.8,
    channel_order: str = 'bgr',
) -> Image:
    """Lay a map over an image: positive values red, negative ones blue.

    Zero is transparent, so that the image stays visible where the map is empty; so
    is NaN, as a network gives it whose training went wrong.

    Args:
        image: Shape (H, W, 3), uint8.
        heatmap: Shape (h, w), stretched over the whole image.
        limit: The absolute value that gets the full opacity.
        opacity: Opacity of the strongest value, in [0, 1].
        channel_order: ``'bgr'`` or ``'rgb'``.

    Raises:
        ValueError: If the image or the map has a wrong shape, or ``limit`` is not
            positive.
    """
    canvas = as_image(image)
    values: NDArray[Any] = np.nan_to_num(np.asarray(heatmap, dtype=np.float32))
    if values.ndim != 2 or not values.size or not limit > 0:
        raise ValueError(
            'expected a heatmap of shape (h, w) and a limit above 0, '
            f'got shape {values.shape} and limit {limit}'
        )
    size = (canvas.shape[1], canvas.shape[0])
    values = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)[..., None]
    weight = opacity * np.clip(np.abs(values) / limit, 0, 1)
    positive, negative = (
        np.array(to_order(color, channel_order)) for color in (_POSITIVE, _NEGATIVE)
    )
    color = np.where(values > 0, positive, negative)
    return np.rint(canvas * (1 - weight) + color * weight).astype(np.uint8)


def draw_scaled_overlay(
    image: ArrayLike, heatmap: ArrayLike, channel_order: str = 'bgr'
) -> tuple[Image, float]:
    """Lay a map over an image, scaled to its largest absolute value.

    Args:
        image: Shape (H, W, 3), uint8.
        heatmap: Shape (h, w), stretched over the whole image.
        channel_order: ``'bgr'`` or ``'rgb'``.

    Returns:
        The picture, and the map's value of the largest size (NaN if it holds one).
    """
    values = np.asarray(heatmap, dtype=np.float32)
    extreme = float(values.flat[np.abs(values).argmax()])
    limit = max(1e-6, abs(extreme))  # in this order: NaN gives the former
    return draw_heatmap_overlay(
        image, values, limit, channel_order=channel_order
    ), extreme


def draw_intensity_overlay(
    image: ArrayLike, intensity: ArrayLike, opacity: float = 0.6
) -> Image:
    """Lay a map of intensities over an image: blue for 0, over green, to red for 1.

    Args:
        image: Shape (H, W, 3), uint8, BGR.
        intensity: In [0, 1], shape (h, w), stretched smoothly over the whole image.
        opacity: Opacity of the map, in [0, 1].

    Raises:
        ValueError: If the map has a wrong shape or leaves [0, 1].
    """
    canvas = as_image(image)
    values = np.asarray(intensity, dtype=np.float32)
    if values.ndim != 2 or not (values.size and ((values >= 0) & (values <= 1)).all()):
        raise ValueError(
            'intensity: expected values from 0 to 1 of shape (h, w), got shape '
            f'{values.shape}'
        )
    levels = np.rint(cv2.resize(values, canvas.shape[1::-1]) * 255).astype(np.uint8)
    colors = cv2.applyColorMap(levels, cv2.COLORMAP_JET)
    return np.rint(canvas * (1 - opacity) + colors * opacity).astype(np.uint8)
