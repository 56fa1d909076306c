"""Angles as classes, read by expectation, in the manner of Hopenet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from mmpose.registry import MODELS
from torch import Tensor

from .pooled_head import PooledHead


@MODELS.register_module()
class AngleBinsHead(PooledHead):
    """A distribution over bins of degrees a value; its mean is the value.

    Trained by the cross-entropy of the bins and a loss on the mean (Ruiz et al.,
    "Fine-grained head pose estimation without keypoints", CVPR workshops 2018). The
    default bins are theirs, 3 degrees wide from -99 to 99; values beyond count to the
    last bin. Their own losses are ``label_std=0`` and ``expectation_loss=dict(
    type='MSELoss', use_target_weight=True, loss_weight=9)``, the mean squared error in
    degrees. The distribution's standard deviation is that of the prediction.

    Args:
        in_channels: See :class:`.PooledHead`.
        decoder: See :class:`.PooledHead`.
        num_bins: Number of bins N of a value.
        bin_width: Width of a bin, degrees; the bins are symmetric about 0.
        label_std: Standard deviation of the labels' distribution over the bins,
            degrees; 0 puts all of it into the label's bin.
        expectation_loss: Config of the loss on the distributions' means, in bin widths,
            called as ``loss(output, target, weight)`` with (B, V) tensors.
        **kwargs: ``init_cfg``.

    Raises:
        ValueError: If there are fewer than two bins, their width is not positive or the
            deviation negative.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        decoder: dict,
        num_bins: int = 66,
        bin_width: float = 3.0,
        label_std: float = 0.0,
        expectation_loss: dict = dict(type='L1Loss', use_target_weight=True),  # noqa: B006
        **kwargs: Any,
    ) -> None:
        if num_bins < 2 or not bin_width > 0 or not label_std >= 0:
            raise ValueError(
                'expected num_bins >= 2, bin_width > 0 and label_std >= 0, got '
                f'{num_bins}, {bin_width} and {label_std}'
            )
        super().__init__(in_channels, decoder, outputs_per_value=num_bins, **kwargs)
        self.num_bins = num_bins
        self.bin_width = bin_width
        self.label_std = label_std
        self.expectation_loss = MODELS.build(expectation_loss)
        centers = (torch.arange(num_bins) - (num_bins - 1) / 2) * bin_width
        self.centers: Tensor
        self.register_buffer('centers', centers)

    def mirror(self, outputs: Tensor) -> Tensor:
        """Logits of the mirrored images, (B, V * N)."""
        logits = outputs.unflatten(1, (-1, self.num_bins))
        kept = self.flip_signs[:, None] > 0
        return torch.where(kept, logits, logits.flip(-1)).flatten(1)

    def outputs_to_values(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Means and standard deviations in degrees, each (B, V)."""
        shares = outputs.unflatten(1, (-1, self.num_bins)).softmax(dim=-1)
        means = shares @ self.centers
        squares = (self.centers - means.unsqueeze(-1)) ** 2
        return means, (shares * squares).sum(dim=-1).sqrt()

    def label_shares(self, degrees: Tensor) -> Tensor:
        """The distributions, (B, V, N), of labels in degrees, (B, V)."""
        limit = self.num_bins * self.bin_width / 2
        if not self.label_std:
            index = ((degrees + limit) / self.bin_width).floor().long()
            index = index.clamp(0, self.num_bins - 1)
            return F.one_hot(index, self.num_bins).to(degrees.dtype)
        inside = degrees.clamp(-limit, limit).unsqueeze(-1)
        distance = (self.centers - inside) / self.label_std
        return (-0.5 * distance**2).softmax(dim=-1)

    def output_losses(
        self, outputs: Tensor, labels: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """``loss_bins`` and ``loss_expectation``; see the base."""
        degrees = labels * self.value_scales
        logits = outputs.unflatten(1, (-1, self.num_bins))
        shares = self.label_shares(degrees)
        entropy = -(shares * logits.log_softmax(dim=-1)).sum(dim=-1)
        means = logits.softmax(dim=-1) @ self.centers
        off = self.expectation_loss(
            means / self.bin_width, degrees / self.bin_width, weights
        )
        return dict(loss_bins=(entropy * weights).mean(), loss_expectation=off)
