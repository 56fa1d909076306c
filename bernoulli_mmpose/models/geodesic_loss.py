"""The angle between rotations, as a loss."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn


def geodesic_distance(first: Tensor, second: Tensor) -> Tensor:
    """Rotation angle of ``first^T @ second`` in radians, in [0, pi].

    By its sine and cosine, so that the gradient is bounded everywhere; that of
    ``acos`` of the trace, the usual form, grows without bound near 0 and pi. Where the
    rotations are equal or opposite the gradient is 0.

    Args:
        first: Rotation matrices, (..., 3, 3).
        second: Rotation matrices of the same shape.
    """
    relative = first.transpose(-1, -2) @ second
    skew = relative - relative.transpose(-1, -2)
    axis = torch.stack([skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]], dim=-1)
    sine = torch.linalg.vector_norm(axis, dim=-1) / 2
    cosine = (relative.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    return torch.atan2(sine, cosine)


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
        angles = geodesic_distance(output, target)
        return self.loss_weight * (angles * weights).mean()
