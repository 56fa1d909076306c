"""Decoding of heatmaps: batched, differentiable, exportable torch functions.

The codec, the loss on decoded angles and an exported graph all call these.

Note:
    - batch size: B
    - keypoint number: K
    - value number (angles): V
    - heatmap size: [W, H]
"""

from __future__ import annotations

import cv2
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from .decode_heads import (
    find_peaks,
    own_pixels,
    pixel_places,
    values_of_discs,
    weigh_discs,
)

# Peaks that are looked at, the best one among them.
_RIVALS = 4
# Of the radius: maxima nearer than that are one head's.
_APART = 0.6


def decode_values(
    center_map: Tensor,
    value_maps: Tensor,
    radius: float,
    threshold: float = 0.5,
    weighted: bool = True,
) -> tuple[Tensor, Tensor]:
    """Values of Bernoulli heatmaps and how much the disc's pixels disagree.

    The mean of each value map over the pixels of the best peak's disc where the centre
    map exceeds ``threshold`` times that peak, weighted by the centre map (Hu et al.,
    Eq. 3) or not (Eq. 2, with the disc in place of "non-zero", since 0 is a value).
    With a peak of 1, as in a target, this is the paper's fixed threshold; a lower peak
    still decodes. Where another head's disc overlaps, a pixel is of the nearer peak, as
    in :func:`.decode_heads.own_pixels`.

    Args:
        center_map: Gaussian map of the head centre, (B, H, W).
        value_maps: Bernoulli maps, (B, V, H, W).
        radius: Of the disc, heatmap pixels.
        threshold: Share of the peak above which a pixel counts.
        weighted: Whether the centre map weights the mean.

    Returns:
        Values and weighted standard deviations, each (B, V), in map units.
        Never NaN for finite maps: where the centre map has no positive pixel,
        the values are those at its highest pixel.
    """
    weights = weigh_head(center_map, radius, threshold, weighted)
    values, stds = values_of_discs(weights, value_maps.flatten(2))
    return values[:, 0], stds[:, 0]


def weigh_head(
    center_map: Tensor, radius: float, threshold: float = 0.5, weighted: bool = True
) -> Tensor:
    """How much each pixel counts for the head, see :func:`decode_values`.

    Returns:
        (B, 1, P), the map's pixels row by row; not normalised, never all 0.
    """
    peak, best = center_map.flatten(1).max(dim=1, keepdim=True)
    relative = center_map / peak.clamp(min=1e-6).unsqueeze(2)
    others, heights = find_peaks(relative, _RIVALS)
    index = torch.cat([best, others], dim=1)
    places = pixel_places(index, center_map.shape[-1])
    centers = torch.stack(places, dim=2).to(center_map.dtype)
    # The head's centre may be half a pixel beside the peak's.
    radii = torch.full_like(centers[..., 0], radius + 0.5)
    apart = (centers[:, 1:] - centers[:, :1]).square().sum(2) > (_APART * radius) ** 2
    rivals = apart & (heights > threshold)
    found = torch.cat([torch.ones_like(rivals[:, :1]), rivals], dim=1)
    own = own_pixels(centers, radii, found, *center_map.shape[-2:])[:, :1]
    weights = weigh_discs(relative, best, own, threshold)
    if not weighted:
        weights = (weights > 0).to(weights.dtype)
    return weights


def decode_keypoints(
    heatmaps: Tensor, unbiased: bool = False, blur_kernel_size: int = 11
) -> tuple[Tensor, Tensor]:
    """Keypoints at the maxima of Gaussian heatmaps, as MSRAHeatmap finds them.

    The maximum, moved by a quarter pixel towards its higher neighbour or, with
    ``unbiased``, by :func:`refine_keypoints`.

    Args:
        heatmaps: Shape (B, K, H, W).
        unbiased: Whether to decode in the manner of DarkPose.
        blur_kernel_size: See :func:`refine_keypoints`.

    Returns:
        Locations (x, y) in heatmap pixels, (B, K, 2), -1 (before the move)
        where a map has no positive value, and the maxima, (B, K).
    """
    height, width = heatmaps.shape[-2:]
    flat = heatmaps.flatten(2)
    scores, index = flat.max(dim=2)
    x, y = pixel_places(index, width)
    if unbiased:
        peaks = torch.stack([x, y], dim=-1).to(heatmaps.dtype)
        peaks = torch.where((scores > 0).unsqueeze(-1), peaks, -torch.ones_like(peaks))
        return refine_keypoints(peaks, heatmaps, blur_kernel_size), scores

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


def refine_keypoints(
    locations: Tensor, heatmaps: Tensor, blur_kernel_size: int = 11
) -> Tensor:
    """Keypoints to a part of a pixel by distribution-aware decoding (DarkPose).

    A Newton step on the logarithm of the blurred map, from the maximum; exact for a
    lone Gaussian. As MSRAHeatmap does with ``unbiased=True``, but for maps without a
    clear maximum: there is no step where the blurred map has none, and none is
    longer than a pixel in x or y.

    Source: Zhang et al., Distribution-Aware Coordinate Representation for Human Pose
    Estimation, CVPR 2020.

    Args:
        locations: Maxima (x, y) in heatmap pixels, (B, K, 2), -1 where nothing was
            found: those, and those within two pixels of the border, stay.
        heatmaps: Shape (B, K, H, W).
        blur_kernel_size: Size of the Gaussian kernel, odd, heatmap pixels.

    Returns:
        Locations in heatmap pixels, (B, K, 2).
    """
    height, width = heatmaps.shape[-2:]
    # Differences of logarithms are too fine for half precision.
    flat = _blur(heatmaps.float(), blur_kernel_size).clamp(min=1e-10).log().flatten(2)
    x, y = locations.round().long().unbind(dim=2)

    def at(right: int, down: int) -> Tensor:
        row, column = (y + down).clamp(0, height - 1), (x + right).clamp(0, width - 1)
        index = row * width + column
        return flat.gather(2, index.unsqueeze(2)).squeeze(2)

    dx, dy = 0.5 * (at(1, 0) - at(-1, 0)), 0.5 * (at(0, 1) - at(0, -1))
    dxx = 0.25 * (at(2, 0) - 2 * at(0, 0) + at(-2, 0))
    dyy = 0.25 * (at(0, 2) - 2 * at(0, 0) + at(0, -2))
    dxy = 0.25 * (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1))
    determinant = dxx * dyy - dxy**2
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    inside = inside & (dxx < 0) & (determinant > 0)
    safe = torch.where(inside, determinant, torch.ones_like(determinant))
    step = torch.stack([dxy * dy - dyy * dx, dxy * dx - dxx * dy], dim=2)
    moved = locations + (step / safe.unsqueeze(2)).clamp(-1, 1)
    return torch.where(inside.unsqueeze(2), moved, locations)


def _blur(heatmaps: Tensor, size: int) -> Tensor:
    """Maps under OpenCV's Gaussian kernel of that size, with 0 beyond them."""
    kernel = torch.from_numpy(cv2.getGaussianKernel(size, 0)).to(heatmaps)
    maps = heatmaps.flatten(0, 1).unsqueeze(1)
    maps = F.conv2d(maps, kernel.view(1, 1, 1, -1), padding=(0, size // 2))
    maps = F.conv2d(maps, kernel.view(1, 1, -1, 1), padding=(size // 2, 0))
    return maps.view_as(heatmaps)
