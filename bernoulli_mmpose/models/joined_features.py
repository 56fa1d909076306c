"""Feature maps of several sizes and depths, made one."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


class JoinedFeatures(nn.Module):
    """The sum of feature maps, each brought to the same channels and size.

    A 1x1 convolution in each map's own size, bilinear enlarging, the sum, and two 3x3
    convolutions: a small feature pyramid (Lin et al., Feature Pyramid Networks for
    Object Detection, 2017) of which the finest map alone is made.

    Args:
        in_channels: Channels of each map.
        channels: Channels of the result.
        size: Of the result, [W, H].
    """

    def __init__(
        self, in_channels: Sequence[int], channels: int, size: tuple[int, int]
    ) -> None:
        super().__init__()
        self.size = size
        self.lateral = nn.ModuleList(
            nn.Conv2d(count, channels, 1, bias=False) for count in in_channels
        )
        self.norm = nn.BatchNorm2d(channels)
        self.blend = nn.Sequential(*_layers(channels), *_layers(channels))

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Maps (B, channels, H, W) of maps (B, C_i, H_i, W_i)."""
        width, height = self.size
        total: Tensor | None = None
        for layer, one in zip(self.lateral, feats, strict=True):
            maps = layer(one)
            if maps.shape[-2:] != (height, width):
                maps = F.interpolate(
                    maps, (height, width), mode='bilinear', align_corners=False
                )
            total = maps if total is None else total + maps
        return self.blend(F.relu(self.norm(total)))


def _layers(channels: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
