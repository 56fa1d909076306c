"""The geodesic loss: against the NumPy module, and its gradient where acos breaks."""

import math

import numpy as np
import pytest
import torch

from bernoulli_headpose.rotation import euler_to_matrix, geodesic_error
from bernoulli_mmpose.models import GeodesicLoss
from bernoulli_mmpose.models.geodesic_loss import geodesic_distance


def about_z(degrees):
    """Rotations of a double precision angle, differentiable."""
    angle = torch.as_tensor(degrees, dtype=torch.float64).deg2rad()
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    rows = [angle.cos(), -angle.sin(), zero, angle.sin(), angle.cos(), zero]
    return torch.stack([*rows, zero, zero, one], dim=-1).unflatten(-1, (3, 3))


def random_matrices(count):
    angles = np.random.default_rng(0).uniform(-180, 180, (count, 3))
    return torch.from_numpy(euler_to_matrix(angles))


def test_agrees_with_the_package():
    first, second = random_matrices(40).split(20)
    expected = np.deg2rad(geodesic_error(first.numpy(), second.numpy()))
    np.testing.assert_allclose(geodesic_distance(first, second), expected, atol=1e-12)
    torch.testing.assert_close(
        geodesic_distance(first, second), geodesic_distance(second, first)
    )


@pytest.mark.parametrize('degrees', [0.0, 1e-4, 0.01, 90.0, 179.99, 180.0])
def test_single_precision_is_exact_at_both_ends(degrees):
    matrix = about_z(degrees).float()
    found = float(geodesic_distance(matrix, torch.eye(3)))
    assert math.degrees(found) == pytest.approx(degrees, abs=2e-5)


@pytest.mark.parametrize('degrees', [1e-3, 0.1, 57.0, 179.9, 179.999])
def test_gradcheck(degrees):
    base = random_matrices(1)[0]
    angle = torch.tensor(degrees, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda a: geodesic_distance(base, base @ about_z(a)), angle
    )
    matrix = (base @ about_z(angle)).detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda m: geodesic_distance(base, m), matrix)


@pytest.mark.parametrize('degrees', [0.0, 1e-9, 180 - 1e-9, 180.0])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_gradient_is_finite_where_acos_has_none(degrees, dtype):
    matrix = about_z(degrees).to(dtype).requires_grad_()
    geodesic_distance(matrix, torch.eye(3, dtype=dtype)).backward()
    assert torch.isfinite(matrix.grad).all()
    assert matrix.grad.abs().max() <= 1


def test_hand_values_with_weights():
    output = about_z([30.0, 90.0, 60.0])
    target = about_z([0.0, 0.0, 20.0])
    loss = GeodesicLoss(loss_weight=2.0)
    everyone = loss(output, target, torch.ones(3))
    assert float(everyone) == pytest.approx(2 * math.radians(160) / 3)
    without = loss(output, target, torch.tensor([1.0, 0, 1]))
    assert float(without) == pytest.approx(2 * math.radians(70) / 3)


def test_negative_weight():
    with pytest.raises(ValueError, match='loss_weight: expected 0 or more, got -1'):
        GeodesicLoss(loss_weight=-1)
