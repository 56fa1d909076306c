"""Rotations in torch: against the NumPy module, and gradients where acos breaks."""

import numpy as np
import pytest
import torch

from bernoulli_headpose import rotation
from bernoulli_mmpose.rotation import geodesic_error, matrix_to_sixd, sixd_to_matrix


def about_z(degrees):
    """Rotations of a double precision angle, differentiable."""
    angle = torch.as_tensor(degrees, dtype=torch.float64).deg2rad()
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    rows = [angle.cos(), -angle.sin(), zero, angle.sin(), angle.cos(), zero]
    return torch.stack([*rows, zero, zero, one], dim=-1).unflatten(-1, (3, 3))


def random_matrices(count):
    angles = np.random.default_rng(0).uniform(-180, 180, (count, 3))
    return torch.from_numpy(rotation.euler_to_matrix(angles))


def test_agrees_with_the_package():
    first, second = random_matrices(40).split(20)
    expected = rotation.geodesic_error(first.numpy(), second.numpy())
    np.testing.assert_allclose(geodesic_error(first, second), expected, atol=1e-10)
    torch.testing.assert_close(
        geodesic_error(first, second), geodesic_error(second, first)
    )


@pytest.mark.parametrize('degrees', [0.0, 1e-4, 0.01, 90.0, 179.99, 180.0])
def test_single_precision_is_exact_at_both_ends(degrees):
    matrix = about_z(degrees).float()
    found = float(geodesic_error(matrix, torch.eye(3)))
    assert found == pytest.approx(degrees, abs=2e-5)


@pytest.mark.parametrize('degrees', [1e-3, 0.1, 57.0, 179.9, 179.999])
def test_gradcheck(degrees):
    base = random_matrices(1)[0]
    angle = torch.tensor(degrees, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda a: geodesic_error(base, base @ about_z(a)), angle
    )
    matrix = (base @ about_z(angle)).detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda m: geodesic_error(base, m), matrix)


@pytest.mark.parametrize('degrees', [0.0, 1e-9, 180 - 1e-9, 180.0])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_gradient_is_finite_where_acos_has_none(degrees, dtype):
    matrix = about_z(degrees).to(dtype).requires_grad_()
    geodesic_error(matrix, torch.eye(3, dtype=dtype)).backward()
    assert torch.isfinite(matrix.grad).all()
    assert matrix.grad.abs().max() <= np.rad2deg(1)


def test_sixd_round_trip():
    angles = np.random.default_rng(0).uniform(-180, 180, (50, 3))
    matrices = torch.from_numpy(rotation.euler_to_matrix(angles))
    torch.testing.assert_close(sixd_to_matrix(matrix_to_sixd(matrices)), matrices)


def test_any_six_numbers_are_a_rotation():
    numbers = torch.randn(200, 6, dtype=torch.float64)
    matrices = sixd_to_matrix(numbers)
    identity = torch.eye(3, dtype=torch.float64).expand(200, 3, 3)
    torch.testing.assert_close(matrices @ matrices.transpose(1, 2), identity)
    torch.testing.assert_close(torch.linalg.det(matrices), identity[:, 0, 0])
    # The first column keeps the direction of the first three numbers.
    along = (matrices[..., 0] * numbers[:, :3]).sum(-1)
    torch.testing.assert_close(along, numbers[:, :3].norm(dim=-1))


def test_gradcheck_of_gram_schmidt():
    numbers = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(sixd_to_matrix, numbers)
