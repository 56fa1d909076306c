"""The loss that gives the decoded standard deviations a meaning."""

from __future__ import annotations

import math

import torch.nn.functional as F  # noqa: N812
from mmpose.registry import MODELS
from torch import Tensor, nn

# Standard deviation over mean absolute deviation, of a normal distribution.
_STD_PER_MAE = math.sqrt(math.pi / 2)


@MODELS.register_module()
class DeviationLoss(nn.Module):
    """Brings a value's standard deviation over the disc to the error to be expected.

    By itself the spread of the disc's pixels says little of the error. This loss
    compares it with the error of the decoded value, times the ratio of standard to
    mean absolute deviation (normal errors); the error counts as given, so that the
    values themselves are left alone. Not in the paper.

    Args:
        beta: Difference from which on the loss is linear, in map units.
        loss_weight: Factor of the loss.

    Raises:
        ValueError: If ``beta`` is not positive or the weight negative.
    """

    def __init__(self, beta: float = 0.1, loss_weight: float = 1.0) -> None:
        super().__init__()
        if beta <= 0 or loss_weight < 0:
            raise ValueError(
                f'expected beta > 0 and loss_weight >= 0, got {beta} and {loss_weight}'
            )
        self.beta = beta
        self.loss_weight = loss_weight

    def forward(
        self, stds: Tensor, values: Tensor, truth: Tensor, weights: Tensor
    ) -> Tensor:
        """Loss of a batch; all in map units.

        Args:
            stds: Decoded standard deviations, (B, V).
            values: Decoded values, (B, V).
            truth: Labels, (B, V).
            weights: 1 where a value has a label, 0 elsewhere, (B, V).

        Returns:
            A scalar; 0 (with a gradient of 0) where nothing has a label.
        """
        expected = _STD_PER_MAE * (values - truth).abs().detach()
        losses = F.smooth_l1_loss(stds, expected, reduction='none', beta=self.beta)
        total = (losses * weights).sum() / weights.sum().clamp(min=1e-6)
        return self.loss_weight * total
