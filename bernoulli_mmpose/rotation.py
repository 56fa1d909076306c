"""Rotations as differentiable torch functions.

Names, shapes and frame are those of :mod:`bernoulli_headpose.rotation`, which states
every convention of angles and computes with NumPy.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def sixd_to_matrix(numbers: Tensor) -> Tensor:
    """Rotation matrices, (..., 3, 3), of any six numbers, (..., 6).

    They are the first two columns, made orthonormal one after the other (Zhou et al.,
    "On the continuity of rotation representations in neural networks", CVPR 2019,
    Eq. 15); the third is their cross product.
    """
    first, second = numbers[..., :3], numbers[..., 3:]
    x = F.normalize(first, dim=-1)
    along = (x * second).sum(dim=-1, keepdim=True)
    y = F.normalize(second - along * x, dim=-1)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)


def matrix_to_sixd(matrices: Tensor) -> Tensor:
    """The first two columns, (..., 6), of rotation matrices, (..., 3, 3)."""
    return matrices[..., :2].transpose(-1, -2).flatten(-2)


def geodesic_error(first: Tensor, second: Tensor) -> Tensor:
    """Rotation angle of ``first^T @ second`` in degrees, in [0, 180].

    By its sine and cosine, so that the gradient is bounded everywhere; that of
    ``acos`` of the trace, the usual form, grows without bound near 0 and 180. Where
    the rotations are equal or opposite the gradient is 0.

    Args:
        first: Rotation matrices, (..., 3, 3).
        second: Rotation matrices of a shape that broadcasts with the first.
    """
    relative = first.transpose(-1, -2) @ second
    skew = relative - relative.transpose(-1, -2)
    axis = torch.stack([skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]], dim=-1)
    sine = torch.linalg.vector_norm(axis, dim=-1) / 2
    cosine = (relative.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    return torch.rad2deg(torch.atan2(sine, cosine))
