"""Rotations by six numbers and a geodesic loss, as in 6DRepNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from torch import Tensor

from bernoulli_headpose.rotation import (
    ANGLE_NAMES,
    euler_to_matrix,
    flip_matrix,
    matrix_to_euler,
)

from ..rotation import matrix_to_sixd, sixd_to_matrix
from .pooled_head import PooledHead


@MODELS.register_module()
class SixDRotationHead(PooledHead):
    """A rotation, as six numbers from pooled features.

    After Hempel et al., "6D rotation representation for unconstrained head pose
    estimation", ICIP 2022 (6DRepNet). The outputs are added to the six numbers of a
    frontal head. The angles are read from the rotation
    (:mod:`bernoulli_headpose.rotation`), so that a head turned by 91 degrees reads
    (0, 91, 0); ``head_rotation`` beside them lets ``HeadPoseMetric`` compare the
    rotation itself.

    A rotation is learnt as a whole: a head without a label of roll (Pointing'04 has
    none) is taken to have ``missing_roll``, and one without pitch or yaw teaches
    nothing. Near yaw = +-90 a rotation's pitch and roll turn about nearly one axis, so
    that a small error of the rotation is a large one of both.

    Args:
        in_channels: See :class:`.PooledHead`.
        decoder: See :class:`.PooledHead`; its values are pitch, yaw and roll.
        loss: Config of the loss on rotations, called as ``loss(output, target,
            weight)`` with (B, 3, 3), (B, 3, 3) and (B,) tensors.
        missing_roll: Degrees, of heads without a label of roll: 0 is upright.
        **kwargs: ``init_cfg``.

    Raises:
        ValueError: If the decoder's values are others, or, in use, if the outputs are
            not finite.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        decoder: dict,
        loss: dict = dict(type='GeodesicLoss'),  # noqa: B006
        missing_roll: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(in_channels, decoder, outputs_per_value=2, **kwargs)
        if self.decoder.value_names != ANGLE_NAMES:
            raise ValueError(
                f'decoder: expected the values {ANGLE_NAMES}, got '
                f'{self.decoder.value_names}'
            )
        self.loss_module = MODELS.build(loss)
        self.missing_roll = missing_roll
        signs = torch.as_tensor(flip_matrix(np.ones((3, 3))), dtype=torch.float32)
        self.signs: Tensor
        self.register_buffer('signs', matrix_to_sixd(signs), persistent=False)
        self.frontal: Tensor
        frontal = matrix_to_sixd(torch.eye(3))
        self.register_buffer('frontal', frontal, persistent=False)

    def mirror(self, outputs: Tensor) -> Tensor:
        """Outputs of the mirrored images, (B, 6)."""
        return outputs * self.signs

    def outputs_to_matrix(self, outputs: Tensor) -> Tensor:
        """Rotations, (B, 3, 3), of outputs, (B, 6)."""
        if not torch.isfinite(outputs).all():
            raise ValueError(
                'expected finite outputs from the network, got NaN or inf; its '
                'weights are damaged'
            )
        return sixd_to_matrix(outputs + self.frontal)

    def outputs_to_values(self, outputs: Tensor) -> tuple[Tensor, None]:
        """Angles in degrees, (B, 3); no standard deviations."""
        matrices = self.outputs_to_matrix(outputs).double().cpu().numpy()
        return torch.from_numpy(matrix_to_euler(matrices)), None

    def decode(self, batch_outputs: Tensor) -> list[InstanceData]:
        """Instances of :meth:`.PooledHead.decode` with ``head_rotation``, (1, 3, 3)."""
        preds = super().decode(batch_outputs)
        matrices = self.outputs_to_matrix(batch_outputs.detach()).double().cpu().numpy()
        for pred, matrix in zip(preds, matrices, strict=True):
            pred.head_rotation = matrix[None]
        return preds

    def output_losses(
        self, outputs: Tensor, labels: Tensor, weights: Tensor
    ) -> dict[str, Tensor]:
        """``loss_rotation``; see the base."""
        matrices = self.outputs_to_matrix(outputs)
        angles = torch.where(weights > 0, labels * self.value_scales, self.missing_roll)
        # No gradient flows here, so the conventions' one module does it.
        target = matrices.new_tensor(euler_to_matrix(angles.cpu().numpy()))
        labelled = weights[:, :2].amin(dim=1)  # pitch and yaw
        return dict(loss_rotation=self.loss_module(matrices, target, labelled))
