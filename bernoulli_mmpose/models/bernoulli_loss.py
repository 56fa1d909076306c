"""The loss on Bernoulli heatmaps."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from mmpose.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class BernoulliLoss(nn.Module):
    """Pixel loss on value maps, with the disc and the background apart.

    ``loss_weight * (mean over the disc + background_weight * mean over the
    rest)``, each mean over the pixels of the values that have a label. The disc
    is given by a mask, never by ``value != 0``: a value of 0 is a value.

    Args:
        kind: ``'mse'``, ``'l1'`` or ``'smooth_l1'``.
        background_weight: Weight of the background's mean; 0 leaves the
            background free. The paper does not state its loss.
        beta: Where ``'smooth_l1'`` turns from square to linear, in map units.
        loss_weight: Factor of the whole.

    Raises:
        ValueError: If the kind is unknown, a weight negative or beta not above 0.
    """

    def __init__(
        self,
        kind: str = 'mse',
        background_weight: float = 1.0,
        beta: float = 0.05,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if kind not in ('mse', 'l1', 'smooth_l1'):
            raise ValueError(f"kind: expected 'mse', 'l1' or 'smooth_l1', got {kind!r}")
        if background_weight < 0 or loss_weight < 0 or beta <= 0:
            raise ValueError(
                'expected background_weight >= 0, loss_weight >= 0 and beta > 0, got '
                f'{background_weight}, {loss_weight} and {beta}'
            )
        self.kind = kind
        self.background_weight = background_weight
        self.beta = beta
        self.loss_weight = loss_weight

    def forward(
        self,
        output: Tensor,
        target: Tensor,
        mask: Tensor,
        weights: Tensor,
        background: Tensor | None = None,
    ) -> Tensor:
        """Loss of a batch.

        Args:
            output: Predicted value maps, (B, V, H, W).
            target: Target value maps, (B, V, H, W).
            mask: 1 in the disc, 0 outside, (B, 1, H, W); or weights of the discs'
                pixels, (B, V, H, W).
            weights: 1 where a value has a label, 0 elsewhere, (B, V).
            background: 1 in the background that is to be learnt, (B, 1, H, W) or
                (B, V, H, W); that of the labelled values if None.

        Returns:
            A scalar; 0 (with a gradient of 0) where nothing has a label.
        """
        if self.kind == 'mse':
            errors = F.mse_loss(output, target, reduction='none')
        elif self.kind == 'l1':
            errors = F.l1_loss(output, target, reduction='none')
        else:
            errors = F.smooth_l1_loss(output, target, reduction='none', beta=self.beta)
        labelled = weights[:, :, None, None]
        loss = _weighted_mean(errors, labelled * mask)
        if self.background_weight:
            rest = labelled * (1 - mask) if background is None else background
            beside = _weighted_mean(errors, rest.expand_as(errors))
            loss = loss + self.background_weight * beside
        return self.loss_weight * loss


def _weighted_mean(errors: Tensor, weights: Tensor) -> Tensor:
    return (errors * weights).sum() / weights.sum().clamp(min=1e-6)
