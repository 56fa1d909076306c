"""Decoding of heatmaps: batched, differentiable, exportable torch functions.

The codec, the loss on decoded angles and an exported graph all call these.

Note:
    - batch size: B
    - keypoint number: K
    - value number (angles): V
    - heatmap size: [W, H]
"""

from __future__ import annotations

import torch
from torch import Tensor


def _relative_to_peak(center_map: Tensor) -> Tensor:
    """Centre map over its peak, (B, P); 1 at the peak whatever its height.

    Where the peak is not positive (nothing was found) only the peak counts, so
    that a decode is defined for every finite map.
    """
    peak = center_map.amax(dim=1, keepdim=True)
    found = peak > 0
    at_peak = (center_map == peak).to(center_map.dtype)
    scaled = center_map / torch.where(found, peak, torch.ones_like(peak))
    return torch.where(found, scaled, at_peak)


def decode_values(
    center_map: Tensor,
    value_maps: Tensor,
    threshold: float = 0.5,
    weighted: bool = True,
) -> tuple[Tensor, Tensor]:
    """Values of Bernoulli heatmaps and how much the disc's pixels disagree.

    The mean of each value map over the pixels where the centre map exceeds
    ``threshold`` times its peak, weighted by the centre map (Hu et al., Eq. 3)
    or not (Eq. 2, with the disc in place of "non-zero", since 0 is a value).
    With a peak of 1, as in a target, this is the paper's fixed threshold; a
    lower peak still decodes, and its height is the score to judge it by.

    Args:
        center_map: Gaussian map of the head centre, (B, H, W).
        value_maps: Bernoulli maps, (B, V, H, W).
        threshold: Share of the peak above which a pixel counts.
        weighted: Whether the centre map weights the mean.

    Returns:
        Values and weighted standard deviations, each (B, V), in map units.
        Never NaN for finite maps: where the centre map has no positive pixel,
        the values are those at its highest pixels.
    """
    relative = _relative_to_peak(center_map.flatten(1))
    inside = relative > threshold
    weights = relative if weighted else torch.ones_like(relative)
    weights = torch.where(inside, weights, torch.zeros_like(weights))
    weights = (weights / weights.sum(dim=1, keepdim=True)).unsqueeze(1)
    maps = value_maps.flatten(2)
    values = (weights * maps).sum(dim=2)
    variances = (weights * (maps - values.unsqueeze(2)) ** 2).sum(dim=2)
    # The floor keeps the root's gradient finite where all pixels agree.
    return values, variances.clamp(min=1e-12).sqrt()


def decode_keypoints(heatmaps: Tensor) -> tuple[Tensor, Tensor]:
    """Keypoints at the maxima of Gaussian heatmaps, as MSRAHeatmap finds them.

    The maximum, moved by a quarter pixel towards its higher neighbour.

    Args:
        heatmaps: Shape (B, K, H, W).

    Returns:
        Locations (x, y) in heatmap pixels, (B, K, 2), -1 (before the move)
        where a map has no positive value, and the maxima, (B, K).
    """
    height, width = heatmaps.shape[-2:]
    flat = heatmaps.flatten(2)
    scores, index = flat.max(dim=2)
    y = torch.div(index, width, rounding_mode='floor')
    x = index - y * width

    def slope(step: int, inside: Tensor) -> Tensor:
        last = height * width - 1
        after = flat.gather(2, (index + step).clamp(0, last).unsqueeze(2))
        before = flat.gather(2, (index - step).clamp(0, last).unsqueeze(2))
        move = torch.sign(after - before).squeeze(2) * 0.25
        return torch.where(inside, move, torch.zeros_like(move))

    found = scores > 0
    move_x = slope(1, found & (x > 1) & (x < width - 1) & (y > 0))
    move_y = slope(width, found & (y > 1) & (y < height - 1) & (x > 0))
    location = torch.stack([x + move_x, y + move_y], dim=-1)
    return torch.where(
        found.unsqueeze(-1), location, -torch.ones_like(location)
    ), scores
