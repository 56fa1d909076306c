"""Maps of several sizes, read as one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from mmpose.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class MultiscaleConcat(nn.Module):
    """Hands a backbone's maps of all sizes to the head, which reads them as one.

    :class:`.bernoulli_head.BernoulliHead` gives what HRNetV2 does (Sun et al.,
    High-Resolution Representations for Labeling Pixels and Regions, 2019): all maps
    enlarged to the finest's size and concatenated. It convolves each in its own size:
    the same numbers in a tenth of the time. Other heads take MMPose's
    ``FeatureMapProcessor(concat=True)``.
    """

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps (B, C_i, H / 2**i, W / 2**i), the finest first, as they are."""
        return tuple(feats)


def concat_scales(feats: Sequence[Tensor]) -> Tensor:
    """Maps (B, C_i, H / 2**i, W / 2**i) as one, (B, sum of C_i, H, W)."""
    return torch.cat([_enlarge(one, i) for i, one in enumerate(feats)], dim=1)


def convolve_scales(layer: nn.Conv2d, feats: Sequence[Tensor]) -> Tensor:
    """A 1x1 convolution of :func:`concat_scales`, (B, outputs, H, W).

    It is that of each map enlarged, since the two change places.
    """
    # Split at plain numbers: an exported graph holds the parts as constants.
    weights = layer.weight.split([int(one.shape[1]) for one in feats], dim=1)
    total = F.conv2d(feats[0], weights[0], layer.bias)
    for level in range(1, len(feats)):
        total = total + _enlarge(F.conv2d(feats[level], weights[level]), level)
    return total


def _enlarge(maps: Tensor, level: int) -> Tensor:
    if level == 0:
        return maps
    return F.interpolate(
        maps, scale_factor=2.0**level, mode='bilinear', align_corners=False
    )
