"""Feature maps of a network, stage by stage (Hu et al., Fig. 14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (its usual name)
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from bernoulli_headpose.drawing import (
    Image,
    as_image,
    contact_sheet,
    draw_intensity_overlay,
    draw_label,
)

# HRNet's modules at whose ends its four stages stand.
HRNET_STAGES = ('layer1', 'stage2', 'stage3', 'stage4')


def collect_feature_maps(
    model: nn.Module, inputs: Tensor, stages: Sequence[str] = HRNET_STAGES
) -> dict[str, list[Tensor]]:
    """The maps that a network's stages put out for a batch of images.

    The network runs once, in evaluation mode and without gradients; its mode is put
    back and the hooks are removed afterwards, even after an error.

    Args:
        model: A pose estimator with a ``backbone``, or a backbone.
        inputs: Normalised images, shape (B, 3, H, W).
        stages: Names of the backbone's modules; HRNet's four stages by default.

    Returns:
        By stage, one map a branch (one resolution each), shape (B, C, h, w).

    Raises:
        ValueError: If the backbone has no module of a name.
    """
    backbone: Any = getattr(model, 'backbone', model)
    children = dict(backbone.named_children())
    missing = [name for name in stages if name not in children]
    if missing:
        raise ValueError(
            f'stages: expected modules of {type(backbone).__name__} '
            f'({", ".join(children)}), got {missing}'
        )
    maps: dict[str, list[Tensor]] = {}
    training = backbone.training
    hooks = [children[s].register_forward_hook(_keep(maps, s)) for s in stages]
    try:
        backbone.eval()
        with torch.no_grad():
            backbone(inputs)
    finally:
        for hook in hooks:
            hook.remove()
        backbone.train(training)
    return {stage: maps[stage] for stage in stages}


def _keep(maps: dict[str, list[Tensor]], stage: str) -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        branches = [output] if isinstance(output, Tensor) else output
        # Copies: a module that works in place would write over them.
        maps[stage] = [branch.detach().clone() for branch in branches]

    return hook


def merge_feature_maps(maps: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """One map of a stage's branches: normalised, and added with equal weights.

    A branch's map is the root mean square over its channels, brought to the size and
    stretched to [0, 1] image by image; so is the mean of the branches.

    Args:
        maps: One a branch, shape (B, C, h, w).
        size: (height, width) of the result.

    Returns:
        In [0, 1], shape (B, height, width).
    """
    strengths = [
        branch.float().square().mean(1, keepdim=True).sqrt() for branch in maps
    ]
    merged = [
        _stretch(F.interpolate(s, size, mode='bilinear', align_corners=False))
        for s in strengths
    ]
    return _stretch(torch.stack(merged).mean(0))[:, 0]


def _stretch(maps: Tensor) -> Tensor:
    """Stretch (B, 1, h, w) to [0, 1], image by image; 0 where a map is flat."""
    low, high = maps.amin((2, 3), keepdim=True), maps.amax((2, 3), keepdim=True)
    return ((maps - low) / (high - low).clamp(min=1e-12)).clamp(0, 1)


def draw_feature_maps(
    image: ArrayLike, merged: Mapping[str, NDArray], tile: int = 240
) -> Image:
    """The network's input and its stages' maps over it, in a row.

    Args:
        image: The input's pixels, shape (H, W, 3), uint8, BGR.
        merged: Maps in [0, 1] by the name to show, shape (h, w).
        tile: Height of a picture, pixels.

    Returns:
        One row of pictures, BGR.
    """
    pixels = as_image(image)
    height, width = pixels.shape[:2]
    large = cv2.resize(pixels, (max(1, round(width * tile / height)), tile))
    tiles = [draw_label(large.astype(np.uint8), [f'input {width}x{height}'])]
    for name, intensity in merged.items():
        tiles.append(draw_label(draw_intensity_overlay(large, intensity), [name]))
    return contact_sheet(tiles, columns=len(tiles))
