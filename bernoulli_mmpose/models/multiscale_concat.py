"""The neck that joins a backbone's maps of several sizes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from mmpose.registry import MODELS
from torch import Tensor, nn


class JoinedMaps(tuple[Tensor, ...]):
    """Maps of several sizes, (B, C_i, H / 2**i, W / 2**i), that stand for one.

    That is the one of all channels, each map enlarged to the finest's size. A 1x1
    convolution of it need not make it: convolving and enlarging change places.
    """

    def float(self) -> JoinedMaps:
        """The same in single precision."""
        return JoinedMaps(one.float() for one in self)

    def concatenated(self) -> Tensor:
        """The map that they stand for, (B, sum of C_i, H, W)."""
        return torch.cat([_enlarge(one, i) for i, one in enumerate(self)], dim=1)

    def convolved(self, layer: nn.Conv2d) -> Tensor:
        """What a 1x1 convolution of :meth:`concatenated` gives, (B, outputs, H, W)."""
        total, start = None, 0
        for level, one in enumerate(self):
            # Sliced at plain numbers: an exported graph holds the parts as constants.
            end = start + int(one.shape[1])
            bias = layer.bias if level == 0 else None
            part = _enlarge(F.conv2d(one, layer.weight[:, start:end], bias), level)
            total, start = part if total is None else total + part, end
        assert total is not None, 'a backbone has maps'
        return total


@MODELS.register_module()
class MultiscaleConcat(nn.Module):
    """Feature maps of several sizes as one: enlarged to the finest's and concatenated.

    As HRNetV2 does it (Sun et al., High-Resolution Representations for Labeling Pixels
    and Regions, 2019), but for :class:`.bernoulli_head.BernoulliHead`, which convolves
    each map in its own size: the same numbers in a tenth of the time. Other heads take
    MMPose's ``FeatureMapProcessor(concat=True)``.
    """

    def forward(self, feats: Sequence[Tensor]) -> tuple[JoinedMaps]:
        """Join maps.

        Args:
            feats: Maps (B, C_i, H / 2**i, W / 2**i), the finest first.

        Returns:
            One map, (B, sum of C_i, H, W), in a tuple.
        """
        return (JoinedMaps(feats),)


def _enlarge(maps: Tensor, level: int) -> Tensor:
    if level == 0:
        return maps
    return F.interpolate(
        maps, scale_factor=2.0**level, mode='bilinear', align_corners=False
    )
