"""DeviationLoss: its least value, its gradient, labels that are not there."""

import math

import pytest
import torch

from bernoulli_mmpose.models import DeviationLoss


def losses(stds, errors, weights=None, **options):
    values = torch.as_tensor(errors, dtype=torch.float64)
    stds = torch.as_tensor(stds, dtype=torch.float64)
    weights = torch.ones_like(values) if weights is None else torch.tensor(weights)
    return DeviationLoss(**options)(stds, values, torch.zeros_like(values), weights)


def test_a_std_of_normal_errors_is_best():
    # sqrt(pi / 2) times the mean absolute error of a normal distribution of
    # deviation 2 is 2.
    torch.manual_seed(0)
    errors = 0.02 * torch.randn(200_000, 1, dtype=torch.float64)
    scan = torch.linspace(0.01, 0.04, 301, dtype=torch.float64)
    loss = [float(losses(torch.full_like(errors, s), errors, beta=1.0)) for s in scan]
    assert float(scan[loss.index(min(loss))]) == pytest.approx(0.02, rel=0.01)


def test_value_of_the_loss():
    # Quadratic within beta: (0.1 - sqrt(pi / 2) * 0.04)^2 / (2 * 0.1), times 3.
    expected = 3 * (0.1 - math.sqrt(math.pi / 2) * 0.04) ** 2 / 0.2
    assert float(losses([[0.1]], [[-0.04]], loss_weight=3.0)) == pytest.approx(expected)


def test_only_the_stds_learn():
    stds = torch.full((1, 3), 0.1, requires_grad=True)
    values = torch.full((1, 3), 0.5, requires_grad=True)
    loss = DeviationLoss()(stds, values, torch.zeros(1, 3), torch.ones(1, 3))
    loss.backward()
    assert values.grad is None
    assert (stds.grad < 0).all()


def test_angles_without_label_do_not_count():
    assert float(losses([[0.0, 9.0]], [[0.0, 1.0]], [[1.0, 0.0]])) == 0.0
    assert float(losses([[3.0, 9.0]], [[0.0, 1.0]], [[0.0, 0.0]])) == 0.0


@pytest.mark.parametrize('options', [dict(beta=0.0), dict(loss_weight=-1.0)])
def test_bad_arguments(options):
    with pytest.raises(ValueError, match='expected beta > 0 and loss_weight >= 0'):
        DeviationLoss(**options)
