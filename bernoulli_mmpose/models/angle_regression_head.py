"""Direct regression of the angles: the plainest of the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmpose.registry import MODELS
from torch import Tensor

from .pooled_head import PooledHead


@MODELS.register_module()
class AngleRegressionHead(PooledHead):
    """One number a value, from pooled features.

    Args:
        in_channels: See :class:`.PooledHead`.
        decoder: See :class:`.PooledHead`.
        loss: Config of the loss on the values over their scales (degrees over 90),
            called as ``loss(output, target, weight)`` with (B, V) tensors.
        **kwargs: ``init_cfg``.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        decoder: dict,
        loss: dict = dict(type='L1Loss', use_target_weight=True),  # noqa: B006
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, decoder, outputs_per_value=1, **kwargs)
        self.loss_module = MODELS.build(loss)

    def mirror(self, outputs: Tensor) -> Tensor:
        """Values of the mirrored images, (B, V)."""
        return outputs * self.flip_signs

    def outputs_to_values(self, outputs: Tensor) -> tuple[Tensor, None]:
        """Values in degrees, (B, V); no standard deviations."""
        return outputs * self.value_scales, None

    def output_losses(
        self, outputs: Tensor, labels: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """``loss_angle``; see the base."""
        return dict(loss_angle=self.loss_module(outputs, labels, weights))
