"""The neck that joins a backbone's maps of several sizes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812
from mmpose.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class MultiscaleConcat(nn.Module):
    """Feature maps of several sizes as one: enlarged to the finest's and concatenated.

    As HRNetV2 does it (Sun et al., High-Resolution Representations for Labeling Pixels
    and Regions, 2019). MMPose's ``FeatureMapProcessor(concat=True)`` gives the same
    numbers, but an exported graph then works for the traced size alone.
    """

    def forward(self, feats: Sequence[Tensor]) -> tuple[Tensor]:
        """Join maps.

        Args:
            feats: Maps (B, C_i, H / 2**i, W / 2**i), the finest first.

        Returns:
            One map, (B, sum of C_i, H, W), in a tuple.
        """
        finest, *others = feats
        enlarged = [
            F.interpolate(
                feat, scale_factor=2.0**level, mode='bilinear', align_corners=False
            )
            for level, feat in enumerate(others, 1)
        ]
        return (torch.cat([finest, *enlarged], dim=1),)
