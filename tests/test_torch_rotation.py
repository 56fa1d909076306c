"""Rotations in torch: against the NumPy module, and gradients where acos breaks."""

import numpy as np
import pytest
import torch

from bernoulli_headpose import rotation
from bernoulli_mmpose.rotation import (
    columns_to_turns,
    euler_stds,
    geodesic_error,
    matrix_to_columns,
    matrix_to_euler,
    matrix_to_sixd,
    orthonormalize,
    rotation_between,
    sixd_to_matrix,
)


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


def test_two_columns_are_the_rotation():
    matrices = random_matrices(50)
    found, lengths = orthonormalize(matrix_to_columns(matrices))
    torch.testing.assert_close(found, matrices)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))
    numbers = torch.randn(50, 6, dtype=torch.float64)
    found, lengths = orthonormalize(numbers)
    identity = torch.eye(3, dtype=torch.float64).expand(50, 3, 3)
    torch.testing.assert_close(found @ found.mT, identity)
    torch.testing.assert_close(torch.linalg.det(found), identity[:, 0, 0])
    # z keeps its direction, y stays in the plane of both
    torch.testing.assert_close(found[..., 2] * lengths[:, :1], numbers[:, :3])
    assert (found[..., 0] * numbers[:, 3:]).sum(-1).abs().max() < 1e-12


@pytest.mark.parametrize(
    ('numbers', 'angles', 'lengths'),
    [
        ((0, 0, 0, 0, 0, 0), (0, 0, 0), (0, 0)),
        ((0, 0, 0, 0, 2, 0), (0, 0, 0), (0, 2)),
        ((0, 0, 0, 0, 0, 1), (0, 0, 0), (0, 0)),  # y along the z that is supposed
        ((1, 1, 1, 1, 1, 1), (45, -35.264, 0), (3**0.5, 0)),  # parallel
        ((0.6, 0, -0.8, 0, 0, 0), (0, -143.13, 0), (1, 0)),  # from behind, no y
        ((0, 0.5, -0.5, 0, 0, 0), (-45, 180, 0), (0.5**0.5, 0)),
        ((0, 1, 0, 0, 0, 0), (90, 0, 0), (1, 0)),  # straight up
        ((-1, 0, 0, 0, 0, 0), (0, 90, 0), (1, 0)),  # sideways
        ((0, 0, 1, 0, 0, -1), (0, 0, 0), (1, 0)),
    ],
)
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_degenerate_columns_are_a_defined_rotation(numbers, angles, lengths, dtype):
    given = torch.tensor(numbers, dtype=dtype).requires_grad_()
    found, told = orthonormalize(given)
    expected = rotation.euler_to_matrix(angles)
    assert rotation.geodesic_error(found.detach().numpy(), expected) < 2e-3
    np.testing.assert_allclose(told.detach(), lengths, atol=1e-6)
    assert torch.isfinite(columns_to_turns(given)).all()
    found.sum().backward()
    assert torch.isfinite(given.grad).all()


def test_gradcheck_of_columns():
    numbers = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda n: orthonormalize(n)[0], numbers)


def test_turns_by_columns_are_the_derivative():
    for numbers in torch.randn(10, 6, dtype=torch.float64):
        matrix, _ = orthonormalize(numbers)
        steps = 1e-6 * torch.eye(6, dtype=torch.float64)
        after, _ = orthonormalize(numbers + steps)
        before, _ = orthonormalize(numbers - steps)
        change = rotation_between(matrix, after) - rotation_between(matrix, before)
        torch.testing.assert_close(columns_to_turns(numbers), change.T / 2e-6)


def test_rotation_between_is_the_logarithm():
    first, second = random_matrices(40).split(20)
    found = rotation_between(first, second).rad2deg()
    relative = (first.mT @ second).numpy()
    np.testing.assert_allclose(found, rotation.matrix_to_rotvec(relative), atol=1e-6)
    assert rotation_between(first, first).abs().max() < 1e-12


@pytest.mark.parametrize('axis', [(1, 0, 0), (0, -1, 0), (0.6, 0, -0.8), (0, 0.6, 0.8)])
@pytest.mark.parametrize('off', [0.0, 1e-3])
def test_half_a_turn_has_an_axis(axis, off):
    """Where the rotations are opposite the sine is 0, and its axis none."""
    turn = rotation.rotvec_to_matrix((180 - off) * np.array(axis))
    first = rotation.euler_to_matrix((10, 20, 30))
    second = torch.from_numpy(first @ turn).float().requires_grad_()
    found = rotation_between(torch.from_numpy(first).float(), second)
    assert found.norm().item() == pytest.approx(np.pi, abs=1e-4)
    sign = np.sign(found.detach().numpy() @ axis) if off == 0 else 1
    expected = np.pi * np.array(axis) * sign
    np.testing.assert_allclose(found.detach(), expected, atol=1e-2)
    found.sum().backward()
    assert torch.isfinite(second.grad).all()


def test_of_equal_and_opposite_rotations_exactly():
    flat = torch.diag(torch.tensor([-1.0, 1.0, -1.0]))
    both = rotation_between(torch.eye(3), torch.stack([torch.eye(3), flat]))
    np.testing.assert_allclose(both.abs(), [[0, 0, 0], [0, np.pi, 0]], atol=1e-6)


@pytest.mark.parametrize(
    'angles', [(0, 120, 0), (0, -175, 0), (0, 180, 0), (0, 91, 0), (5, 89, -3)]
)
def test_euler_angles_over_the_full_circle(angles):
    matrix = torch.from_numpy(rotation.euler_to_matrix(angles)).float()
    np.testing.assert_allclose(matrix_to_euler(matrix), angles, atol=1e-4)


def test_euler_angles_are_those_of_the_package():
    matrices = random_matrices(500)
    found = matrix_to_euler(matrices).numpy()
    expected = rotation.matrix_to_euler(matrices.numpy())
    assert rotation.wrapped_difference(found, expected).max() < 1e-9
    behind = (matrices[:, 2, 2] < 0) & (matrices[:, 0, 0] < 0)
    np.testing.assert_array_equal(np.abs(found[:, 1]) > 90, behind)
    # so that every head upright by more than a right angle reads as it is labelled
    labels = np.random.default_rng(1).uniform((-89, -180, -89), (89, 180, 89), (500, 3))
    read = matrix_to_euler(torch.from_numpy(rotation.euler_to_matrix(labels))).numpy()
    assert rotation.wrapped_difference(read, labels).max() < 1e-9


@pytest.mark.parametrize('yaw', [90, -90])
def test_in_gimbal_lock_the_rotation_is_right(yaw):
    matrix = rotation.euler_to_matrix((20, yaw, 30))
    found = matrix_to_euler(torch.from_numpy(matrix).float()).numpy()
    assert rotation.geodesic_error(rotation.euler_to_matrix(found), matrix) < 1e-3
    assert found[2] == 0


@pytest.mark.parametrize('angles', [(10, 20, 30), (-30, -70, 10), (20, 150, -40)])
def test_stds_of_angles_are_those_of_drawn_turns(angles):
    rng = np.random.default_rng(0)
    mixed = rng.normal(0, 0.005, (3, 3))
    turns = np.rad2deg(rng.normal(size=(20_000, 3)) @ mixed.T)
    matrix = rotation.euler_to_matrix(angles)
    drawn = matrix @ rotation.rotvec_to_matrix(turns)
    near = rotation.matrix_to_euler(drawn, near=angles)
    expected = np.sqrt(np.mean((near - angles) ** 2, axis=0))
    covariance = torch.from_numpy(mixed @ mixed.T)
    found = euler_stds(torch.from_numpy(matrix), covariance)
    np.testing.assert_allclose(found, expected, rtol=0.03)
