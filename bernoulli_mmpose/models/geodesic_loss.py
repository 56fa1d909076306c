"""The angle between rotations, as a loss."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from ..rotation import geodesic_error


@MODELS.register_module()
class GeodesicLoss(nn.Module):
    """Mean angle between predicted and true rotations (Hempel et al. 2022).

    The mean is over the batch, in which a head without a label counts as 0.

    Args:
        loss_weight: Factor of the loss.

    Raises:
        ValueError: If the weight is negative.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        if not loss_weight >= 0:
            raise ValueError(f'loss_weight: expected 0 or more, got {loss_weight}')
        self.loss_weight = loss_weight

    def forward(self, output: Tensor, target: Tensor, weights: Tensor) -> Tensor:
        """Loss of a batch, in radians.

        Args:
            output: Predicted rotations, (B, 3, 3).
            target: True rotations, (B, 3, 3).
            weights: 1 where there is a label, 0 elsewhere, (B,).
        """
        angles = torch.deg2rad(geodesic_error(output, target))
        return self.loss_weight * (angles * weights).mean()
