"""Rotations as differentiable torch functions.

Names, shapes and frame are those of :mod:`bernoulli_headpose.rotation`, which states
every convention of angles and computes with NumPy.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

# Lengths of columns below it have no direction; cosines of yaw below it are a lock.
_SHORT = 1e-4
_ROUNDING = 1e-6  # sines below it have no axis, in single precision
_DEGREES = 180 / math.pi  # the tracing ONNX exporter has no rad2deg


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


def orthonormalize(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Rotation matrices of any six numbers: the columns z (out of the face) and y (up).

    z keeps its direction, y is made orthogonal to it, and x is y cross z. Defined
    everywhere: a z without length is that of a frontal head, and a y of which nothing
    is left is that of a head without roll.

    Args:
        numbers: Finite, (..., 6).

    Returns:
        Matrices, (..., 3, 3), and the lengths of z and of what is left of y, (..., 2):
        0 where the numbers tell nothing.
    """
    z_length = torch.linalg.vector_norm(numbers[..., :3], dim=-1, keepdim=True)
    frontal = numbers.new_tensor([0.0, 0.0, 1.0])
    z = torch.where(z_length > _SHORT, numbers[..., :3], frontal)
    z = F.normalize(z, dim=-1)
    y = numbers[..., 3:] - (z * numbers[..., 3:]).sum(dim=-1, keepdim=True) * z
    y_length = torch.linalg.vector_norm(y, dim=-1, keepdim=True)
    y = torch.where(y_length > _SHORT, y, _y_without_roll(z))
    y = F.normalize(y - (z * y).sum(dim=-1, keepdim=True) * z, dim=-1)
    matrices = torch.stack([torch.linalg.cross(y, z), y, z], dim=-1)
    return matrices, torch.cat([z_length, y_length], dim=-1)


def _y_without_roll(z: Tensor) -> Tensor:
    """The y axes, of any length, that go with z axes, (..., 3), and a roll of 0."""
    zero = torch.zeros_like(z[..., 0])
    down = torch.where(z[..., 2] < 0, z[..., 1], -z[..., 1])
    y = torch.stack([zero, z[..., 2].abs(), down], dim=-1)
    sideways = torch.linalg.vector_norm(y, dim=-1, keepdim=True) < _SHORT
    upright = torch.stack([zero, zero + 1, zero], dim=-1)
    return torch.where(sideways, upright, y)


def matrix_to_columns(matrices: Tensor) -> Tensor:
    """The columns z and y, (..., 6), of rotation matrices, (..., 3, 3)."""
    return torch.cat([matrices[..., 2], matrices[..., 1]], dim=-1)


def columns_to_turns(numbers: Tensor) -> Tensor:
    """How :func:`orthonormalize` follows small changes of its numbers.

    Args:
        numbers: (..., 6).

    Returns:
        Jacobian, (..., 3, 6): of the small turns about the head's own axes, radians, by
        the numbers. Large where a column is short.
    """
    matrices, lengths = orthonormalize(numbers)
    x, y = matrices[..., 0], matrices[..., 1]
    z_length, y_length = lengths.clamp(min=_SHORT).split(1, dim=-1)
    lean = (matrices[..., 2] * numbers[..., 3:]).sum(dim=-1, keepdim=True)
    by_z = torch.stack([-y, x, lean / y_length * x], dim=-2) / z_length.unsqueeze(-1)
    zero = torch.zeros_like(x)
    by_y = torch.stack([zero, zero, -x / y_length], dim=-2)
    return torch.cat([by_z, by_y], dim=-1)


def matrix_to_euler(matrices: Tensor) -> Tensor:
    """``(pitch, yaw, roll)`` in degrees, (..., 3), of rotation matrices, (..., 3, 3).

    Of a rotation's two triples the one with yaw beyond +-90 if the head is seen from
    behind (its z away from the viewer and its x to the image's left), else the one with
    yaw in [-90, 90]. In gimbal lock the roll is 0.
    """
    m = matrices
    cosine = torch.linalg.vector_norm(m[..., 0, :2], dim=-1)
    locked = cosine < _SHORT
    by_y = torch.atan2(-m[..., 2, 1], m[..., 1, 1])
    pitch = torch.where(locked, by_y, torch.atan2(m[..., 1, 2], m[..., 2, 2]))
    yaw = torch.atan2(-m[..., 0, 2], cosine)
    roll = torch.atan2(m[..., 0, 1], m[..., 0, 0])
    roll = torch.where(locked, torch.zeros_like(roll), roll)
    angles = torch.stack([pitch, yaw, roll], dim=-1) * _DEGREES + 0.0  # no -0
    turned = angles * angles.new_tensor([1.0, -1.0, 1.0])
    other = turned + torch.where(turned > 0, -180.0, 180.0)
    is_behind = ~locked & (m[..., 2, 2] < 0) & (m[..., 0, 0] < 0)
    return torch.where(is_behind.unsqueeze(-1), other, angles)


def euler_stds(matrices: Tensor, covariances: Tensor) -> Tensor:
    """Standard deviations of pitch, yaw and roll, to first order.

    Those of pitch and roll grow without bound towards yaw = +-90.

    Args:
        matrices: Rotations, (..., 3, 3).
        covariances: Of small turns about the head's own axes, radians, (..., 3, 3).

    Returns:
        Degrees, (..., 3).
    """
    row = matrices[..., 0, :]
    cosine = torch.linalg.vector_norm(row[..., :2], dim=-1).clamp(min=_SHORT)
    cos, sin = row[..., 0] / cosine, row[..., 1] / cosine
    zero = torch.zeros_like(cos)
    by_turns = torch.stack(
        [
            torch.stack([-cos / cosine, -sin / cosine, zero], dim=-1),
            torch.stack([sin, -cos, zero], dim=-1),
            torch.stack(
                [row[..., 2] * cos / cosine, row[..., 2] * sin / cosine, zero - 1],
                dim=-1,
            ),
        ],
        dim=-2,
    )
    variances = (by_turns @ covariances * by_turns).sum(dim=-1)
    return variances.clamp(min=1e-12).sqrt() * _DEGREES


def rotation_between(first: Tensor, second: Tensor) -> Tensor:
    """Turns that take rotations to others, about the first's own axes.

    Args:
        first: Rotation matrices, (..., 3, 3).
        second: Rotation matrices of a shape that broadcasts with the first.

    Returns:
        Axis times angle in radians, (..., 3); its length is the geodesic error. Of
        half a turn it is one of the two, and has no gradient.
    """
    axis, sine, cosine = _axis_and_angle(first, second)
    angle = torch.atan2(sine, cosine)
    turns = axis * (angle / sine.clamp(min=1e-12)).unsqueeze(-1)
    opposite = (sine < _ROUNDING) & (cosine < 0)
    halves = math.pi * _axis_of_half_turn(first, second)
    return torch.where(opposite.unsqueeze(-1), halves, turns)


def _axis_of_half_turn(first: Tensor, second: Tensor) -> Tensor:
    """Axes, (..., 3), of ``first^T @ second`` where that is 2 a a^T - 1."""
    relative = (first.transpose(-1, -2) @ second).detach()
    outer = (relative + relative.transpose(-1, -2)) / 2 + torch.eye(3).to(relative)
    largest = outer.diagonal(dim1=-2, dim2=-1).argmax(dim=-1)
    index = largest[..., None, None].expand(*outer.shape[:-1], 1)
    return F.normalize(outer.gather(-1, index).squeeze(-1), dim=-1)


def geodesic_error(first: Tensor, second: Tensor) -> Tensor:
    """Rotation angle of ``first^T @ second`` in degrees, in [0, 180].

    By its sine and cosine, so that the gradient is bounded everywhere; that of
    ``acos`` of the trace, the usual form, grows without bound near 0 and 180. Where
    the rotations are equal or opposite the gradient is 0.

    Args:
        first: Rotation matrices, (..., 3, 3).
        second: Rotation matrices of a shape that broadcasts with the first.
    """
    _, sine, cosine = _axis_and_angle(first, second)
    return torch.rad2deg(torch.atan2(sine, cosine))


def _axis_and_angle(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of ``first^T @ second``: axis times the angle's sine, its sine and its cosine."""
    relative = first.transpose(-1, -2) @ second
    skew = (relative - relative.transpose(-1, -2)) / 2
    axis = torch.stack([skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0]], dim=-1)
    sine = torch.linalg.vector_norm(axis, dim=-1)
    cosine = (relative.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    return axis, sine, cosine
