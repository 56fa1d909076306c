"""The head whose maps hold a rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmpose.registry import MODELS
from torch import Tensor

from ..codecs import RotationHeatmap
from ..codecs.decode_rotations import DecodedRotations
from ..rotation import orthonormalize, rotation_between
from .bernoulli_head import BernoulliHead


@MODELS.register_module()
class BernoulliRotationHead(BernoulliHead):
    """K Gaussian maps and six Bernoulli maps, of two columns of the head's rotation.

    Args:
        in_channels: See :class:`BernoulliHead`.
        decoder: Config of a :class:`RotationHeatmap`.
        rotation_loss: Config of an extra loss on the decoded rotation, called as
            ``loss(output, target, weight)`` with (B, 3, 3), (B, 3, 3) and (B,) tensors;
            of a head without a label of roll it compares z. None for none.
        **kwargs: Further arguments of :class:`BernoulliHead`. Its ``decoded_loss`` is
            on the six numbers before they are made a rotation, its ``deviation_loss``
            on the standard deviations, in radians, of turns about the head's own axes.

    Raises:
        ValueError: If the decoder is not a ``RotationHeatmap``.
    """

    CODEC = RotationHeatmap

    def __init__(
        self,
        in_channels: int | Sequence[int],
        decoder: dict,
        rotation_loss: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, decoder, **kwargs)
        self.rotation_loss = MODELS.build(rotation_loss) if rotation_loss else None

    def decoded_losses(
        self, center_map: Tensor, angle_maps: Tensor, truth: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """``loss_decoded``, ``loss_rotation`` and ``loss_deviation``; see the base.

        In single precision: half has no room for the squares of small spreads.
        """
        with torch.autocast(center_map.device.type, enabled=False):
            decoded = self.decoder.decode_rotations(center_map, angle_maps.float())
            losses = self._losses_of(decoded, truth, weights)
            if self.decoded_loss is not None:
                numbers = decoded.numbers[:, 0]
                losses['loss_decoded'] = self.decoded_loss(numbers, truth, weights)
        return losses

    def _losses_of(
        self, decoded: DecodedRotations, truth: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """``loss_rotation`` and ``loss_deviation`` where they are asked for."""
        losses: dict[str, Tensor] = {}
        numbers = decoded.numbers[:, 0]
        # What is not labelled, in a head whose z is, is right as it is.
        as_is = numbers.detach()
        target, _ = orthonormalize(torch.where(weights > 0, truth, as_is))
        output, _ = orthonormalize(torch.where(weights > 0, numbers, as_is))
        by_z, by_y = weights[:, :3].amin(dim=1), weights.amin(dim=1)
        if self.rotation_loss is not None:
            losses['loss_rotation'] = self.rotation_loss(output, target, by_z)
        if self.deviation_loss is not None:
            errors = rotation_between(output, target)
            variances = decoded.covariances[:, 0].diagonal(dim1=1, dim2=2)
            losses['loss_deviation'] = self.deviation_loss(
                variances.clamp(min=1e-12).sqrt(),
                torch.zeros_like(errors),
                errors,
                torch.stack([by_z, by_z, by_y], dim=1),
            )
        return losses
