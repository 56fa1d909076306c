"""Maps of many heads, drawn by their labels.

Note:
    - number of heads: M
    - value number: V
    - heatmap size: [W, H]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw_head_maps(
    size: tuple[int, int],
    centers: NDArray,
    radii: NDArray,
    sigma_ratio: float,
    value: NDArray,
    valid: NDArray,
) -> dict[str, NDArray[np.float32]]:
    """Gaussians, discs of values and their masks; see ``MultiBernoulliHeatmap``.

    Where discs overlap, a pixel is of the head whose centre is nearest in radii;
    Gaussians are joined by their maximum.

    Args:
        size: (W, H).
        centers: (x, y) in heatmap pixels, (M, 2); M may be 0.
        radii: Of the discs, heatmap pixels, (M,).
        sigma_ratio: Sigma of the Gaussians over the radii.
        value: In map units, (M, V).
        valid: 1 where the value is known, else 0, (M, V).

    Returns:
        ``heatmaps`` (1, H, W), ``angle_heatmaps`` and ``angle_mask`` (V, H, W), and
        ``angle_background`` (1, H, W).
    """
    heads, count = value.shape
    if not heads:
        return _blank(size, count)
    x, y = _grid(size)
    squared = (x - centers[:, 0, None, None]) ** 2 + (
        y - centers[:, 1, None, None]
    ) ** 2
    relative = squared / radii[:, None, None] ** 2
    owner = relative.argmin(axis=0)
    nearest = np.take_along_axis(relative, owner[None], axis=0)[0]
    disc = nearest <= 1
    area = np.bincount(owner[disc], minlength=heads).clip(1)
    per_pixel = (valid / area[:, None])[owner].transpose(2, 0, 1)
    gaussian = np.exp(-0.5 * nearest / sigma_ratio**2)
    return dict(
        heatmaps=gaussian[None].astype(np.float32),
        angle_heatmaps=(value[owner].transpose(2, 0, 1) * disc).astype(np.float32),
        angle_mask=(per_pixel * disc).astype(np.float32),
        angle_background=1 - disc[None].astype(np.float32),
    )


def ignore_boxes(
    boxes: NDArray, background: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Weights of pixels: 0 in the boxes, but 1 on the discs of heads.

    Args:
        boxes: x1, y1, x2, y2 in heatmap pixels, (I, 4).
        background: 0 in the discs, 1 elsewhere, (1, H, W).
    """
    x, y = _grid((background.shape[2], background.shape[1]))
    weights = np.ones_like(background)
    for x1, y1, x2, y2 in boxes:
        weights[0][(x >= x1) & (x <= x2) & (y >= y1) & (y <= y2)] = 0
    return np.maximum(weights, 1 - background)


def _blank(size: tuple[int, int], count: int) -> dict[str, NDArray[np.float32]]:
    """Maps without a head."""
    width, height = size
    empty = np.zeros((count, height, width), np.float32)
    return dict(
        heatmaps=np.zeros((1, height, width), np.float32),
        angle_heatmaps=empty,
        angle_mask=empty.copy(),
        angle_background=np.ones((1, height, width), np.float32),
    )


def _grid(size: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """x, (1, W), and y, (H, 1), of the pixels."""
    width, height = size
    columns = np.arange(width, dtype=np.float32)[None, :]
    return columns, np.arange(height, dtype=np.float32)[:, None]
