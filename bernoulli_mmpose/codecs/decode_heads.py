"""Decoding of many heads from one set of maps: batched, exportable torch functions.

Note:
    - batch size: B
    - most heads in an image: N
    - value number (angles): V
    - heatmap size: [W, H]
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

# Rounds of suppression. One decides all heads but those in a chain of neighbours, of
# which each hides the next; as many links as there are rounds are exact.
_ROUNDS = 4
_FAR = 1e6  # heatmap pixels, beyond every map


class DecodedHeads(NamedTuple):
    """Heads of a batch, the highest scores first; N slots an image, some not found.

    Attributes:
        centers: (x, y) in heatmap pixels, (B, N, 2).
        scores: Height of the centre map there, (B, N).
        values: (B, N, V) in map units.
        stds: Weighted standard deviations of the values, (B, N, V).
        found: Whether a slot holds a head, (B, N) bool.
    """

    centers: Tensor
    scores: Tensor
    values: Tensor
    stds: Tensor
    found: Tensor


def find_peaks(center_map: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The highest local maxima of 3x3 pixels.

    Args:
        center_map: (B, H, W).
        count: N; it may be more than there are pixels.

    Returns:
        Indices into the flattened map and heights, each (B, N), the highest first;
        a height of 0 or less where an image has fewer positive maxima.
    """
    around = F.max_pool2d(center_map.unsqueeze(1), 3, stride=1, padding=1).squeeze(1)
    at_peak = torch.where(
        center_map == around, center_map, torch.full_like(center_map, -1.0)
    )
    # N slots at any image size, also in an exported graph, where N is a constant.
    slots = F.pad(at_peak.flatten(1), (0, count), value=-1.0)
    heights, index = slots.topk(count, dim=1)
    last = center_map.shape[-2] * center_map.shape[-1] - 1
    return index.clamp(max=last), heights


def pixel_places(index: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Columns x and rows y of pixels of a flattened map."""
    y = torch.div(index, width, rounding_mode='floor')
    return index - y * width, y


def refine_peaks(center_map: Tensor, index: Tensor) -> Tensor:
    """Peaks to a part of a pixel, exact for a lone Gaussian.

    The vertex of a parabola through the logarithms of a peak and its neighbours, in x
    and in y; a peak on the border stays there.

    Args:
        center_map: (B, H, W).
        index: Pixels of the flattened map, (B, N).

    Returns:
        (x, y) in heatmap pixels, (B, N, 2).
    """
    height, width = center_map.shape[-2:]
    flat = center_map.flatten(1).clamp(min=1e-6).log()
    x, y = pixel_places(index, width)

    def moved(place: Tensor, last: int, step: int) -> Tensor:
        end = height * width - 1
        before = flat.gather(1, (index - step).clamp(0, end))
        after = flat.gather(1, (index + step).clamp(0, end))
        bend = before - 2 * flat.gather(1, index) + after
        move = 0.5 * (before - after) / bend.clamp(max=-1e-6)
        inside = (place > 0) & (place < last)
        return place + torch.where(inside, move, 0 * move).clamp(-0.5, 0.5)

    return torch.stack([moved(x, width - 1, 1), moved(y, height - 1, width)], dim=2)


def suppress(centers: Tensor, radii: Tensor, alive: Tensor, share: float) -> Tensor:
    """Non-maximum suppression of discs.

    A head is dropped where a kept one of a higher score has its centre nearer than
    ``share`` times the greater radius of the two.

    Args:
        centers: (B, N, 2), the highest scores first.
        radii: (B, N).
        alive: Heads to consider, (B, N) bool.
        share: Distance over radius.

    Returns:
        The heads kept, (B, N) bool.
    """
    distance = (centers.unsqueeze(2) - centers.unsqueeze(1)).square().sum(3).sqrt()
    reach = share * torch.maximum(radii.unsqueeze(2), radii.unsqueeze(1))
    count = centers.shape[1]
    order = torch.arange(count, device=centers.device)
    before = order.unsqueeze(0) < order.unsqueeze(1)  # [j, i]: i comes first
    near = (distance < reach) & before
    keep = alive
    for _ in range(_ROUNDS):
        keep = alive & ~(near & keep.unsqueeze(1)).any(dim=2)
    return keep


def own_pixels(
    centers: Tensor, radii: Tensor, found: Tensor, height: int, width: int
) -> Tensor:
    """The pixels of each head's disc, each given to one head.

    Where discs overlap, a pixel is of the head whose centre is nearest in radii, the
    rule of the targets.

    Args:
        centers: (B, N, 2) in heatmap pixels.
        radii: (B, N) in heatmap pixels.
        found: (B, N) bool; other heads own nothing.
        height: Of the map.
        width: Of the map.

    Returns:
        (B, N, P) bool, the map's pixels row by row.
    """
    place = torch.where(found.unsqueeze(2), centers, centers + _FAR)
    x, y = place.split(1, dim=2)

    def squares(size: int, middle: Tensor) -> Tensor:
        pixels = torch.arange(size, dtype=middle.dtype, device=middle.device)
        return (pixels - middle).square()

    # Divided last: of whole pixels the sums are exact, so that ties are ties.
    squared = squares(height, y).unsqueeze(3) + squares(width, x).unsqueeze(2)
    relative = squared.flatten(2) / radii.square().unsqueeze(2)
    nearest = relative.amin(dim=1, keepdim=True).clamp(max=1)
    return relative <= nearest


def weigh_discs(
    center_map: Tensor, index: Tensor, own: Tensor, threshold: float
) -> Tensor:
    """How much each pixel counts for each head.

    Args:
        center_map: (B, H, W).
        index: Pixels of the heads' peaks in the flattened map, (B, N).
        own: Pixels of the heads' discs, (B, N, P) bool.
        threshold: Share of a head's peak above which a pixel of its disc counts.

    Returns:
        Centre map over the head's peak where the pixel counts, 0 elsewhere, (B, N, P);
        where none counts, 1 at the peak.
    """
    flat = center_map.flatten(1)
    peaks = flat.gather(1, index).clamp(min=1e-6)
    relative = flat.unsqueeze(1) / peaks.unsqueeze(2)
    weights = relative * (own & (relative > threshold))
    at_peak = torch.zeros_like(weights).scatter(2, index.unsqueeze(2), 1.0)
    return torch.where(weights.sum(dim=2, keepdim=True) > 0, weights, at_peak)


def only_used(weights: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
    """Weights, (B, N, P), and maps, (B, V, P), at pixels that count for any head."""
    used = (weights > 0).flatten(0, 1).any(dim=0).nonzero().squeeze(1)
    return weights.index_select(2, used), maps.index_select(2, used)


def values_of_discs(weights: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
    """Means of the value maps over each head's pixels, and how much these disagree.

    Args:
        weights: Of each head's pixels, (B, N, P).
        maps: Value maps, (B, V, P).

    Returns:
        Values and weighted standard deviations, each (B, N, V).
    """
    weights = (weights / weights.sum(dim=2, keepdim=True)).unsqueeze(2)
    maps = maps.unsqueeze(1)
    values = (weights * maps).sum(dim=3)
    variances = (weights * (maps - values.unsqueeze(3)) ** 2).sum(dim=3)
    # The floor keeps the root's gradient finite where all pixels agree.
    return values, variances.clamp(min=1e-12).sqrt()
