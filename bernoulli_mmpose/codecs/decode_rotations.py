"""Rotations of discs that hold two columns: batched, exportable torch functions.

Note:
    - batch size: B
    - heads in an image: N
    - pixels of a map: P
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ..rotation import columns_to_turns, euler_stds, orthonormalize

COLUMN_NAMES = ('z_x', 'z_y', 'z_z', 'y_x', 'y_y', 'y_z')
# Under a horizontal flip x of the image and of the head change sign: see flip_matrix.
COLUMN_SIGNS = (-1.0, 1.0, 1.0, -1.0, 1.0, 1.0)
# Of a rotation of which nothing is known: the root mean square of its error, radians,
# and that about one axis.
_UNKNOWN = math.sqrt(math.pi**2 / 3 + 2)
_UNKNOWN_TURN = _UNKNOWN / math.sqrt(3)
# Root mean square of maps beyond which rounding passes for columns.
_LARGEST = 100.0
# Degrees, of its pitch, yaw and roll and of itself.
UNKNOWN_STDS = (*[180 / math.sqrt(3)] * 3, math.degrees(_UNKNOWN))


class DecodedRotations(NamedTuple):
    """Rotations of heads.

    Attributes:
        numbers: The two columns as the maps have them, (B, N, 6).
        matrices: (B, N, 3, 3).
        covariances: Of small turns about the head's own axes, radians, (B, N, 3, 3).
    """

    numbers: Tensor
    matrices: Tensor
    covariances: Tensor


def rotations_of_discs(weights: Tensor, maps: Tensor) -> DecodedRotations:
    """Rotations and how much the pixels of each head disagree; differentiable.

    The gradient of the covariances is that of the spread, and leaves the means of the
    maps alone.

    Args:
        weights: Of each head's pixels, (B, N, P), not all 0.
        maps: Of z's and y's components, (B, 6, P).
    """
    weights = (weights / weights.sum(dim=2, keepdim=True)).unsqueeze(2)
    maps = maps.unsqueeze(1)
    numbers = (weights * maps).sum(dim=3)
    matrices, lengths = orthonormalize(numbers)
    by_numbers = columns_to_turns(numbers.detach())
    turns = by_numbers @ (maps - numbers.unsqueeze(3))
    covariances = (turns * weights) @ turns.transpose(2, 3)
    # z alone tells of turns about x and y, both columns of one about z
    short = (1 - 2 * lengths.detach()).clamp(min=0)
    by_z, by_both = short[..., 0], short.amax(dim=-1)
    by_axis = _UNKNOWN_TURN * torch.stack([by_z, by_z, by_both], dim=-1)
    more = by_axis.square().unsqueeze(-1) * torch.eye(3).to(short)
    return DecodedRotations(numbers, matrices, covariances + more)


def rotation_stds(heads: DecodedRotations) -> Tensor:
    """Standard deviations of pitch, yaw, roll and the rotation, degrees, (B, N, 4).

    None is beyond ``UNKNOWN_STDS``.
    """
    total = heads.covariances.diagonal(dim1=-2, dim2=-1).sum(dim=-1, keepdim=True)
    total = total.sqrt() * (180 / math.pi)
    stds = torch.cat([euler_stds(heads.matrices, heads.covariances), total], dim=-1)
    return torch.minimum(stds, torch.tensor(UNKNOWN_STDS).to(stds))


def score_heads(peaks: Tensor, stds: Tensor, doubt: float) -> Tensor:
    """How likely there are heads: ``peak * exp(-(std / doubt)^4)``, in [0, 1].

    Args:
        peaks: Heights of the centre maps, any shape.
        stds: Standard deviations of the rotations, degrees, of the same shape.
        doubt: Degrees.
    """
    return peaks.clamp(0, 1) * torch.exp(-(stds / doubt).pow(4))


def only_plausible(maps: Tensor) -> Tensor:
    """Maps, (B, ...), all 0 where an image's are not finite, or beyond any column."""
    # a mean of squares is NaN or infinite if one is
    squares = maps.square().flatten(1).mean(dim=1)
    sound = (squares < _LARGEST**2).view(-1, *[1] * (maps.dim() - 1))
    return torch.where(sound, maps, torch.zeros_like(maps))
