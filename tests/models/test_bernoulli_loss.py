"""The loss on value maps: masks and weights by hand."""

import pytest
import torch

from bernoulli_mmpose.models import BernoulliLoss


def batch():
    output = torch.zeros(2, 2, 1, 4)
    target = torch.tensor([1.0, 3.0, 0.0, 0.0]).repeat(2, 2, 1, 1)
    mask = torch.tensor([1.0, 1.0, 0.0, 0.0]).repeat(2, 1, 1, 1)
    output[..., 2] = 2.0  # an error in the background
    weights = torch.ones(2, 2)
    return output, target, mask, weights


@pytest.mark.parametrize(
    ('kind', 'background_weight', 'expected'),
    [
        ('mse', 1.0, (1 + 9) / 2 + 4 / 2),
        ('mse', 0.0, (1 + 9) / 2),
        ('l1', 0.5, (1 + 3) / 2 + 0.5 * 2 / 2),
        ('smooth_l1', 0.0, (0.5 + 2.5) / 2),
    ],
)
def test_value(kind, background_weight, expected):
    loss = BernoulliLoss(kind, background_weight, beta=1.0)
    assert loss(*batch()).item() == pytest.approx(expected)


def test_unlabelled_values_do_not_count():
    output, target, mask, weights = batch()
    expected = BernoulliLoss()(output, target, mask, weights)
    output[:, 1] = 100.0
    weights[:, 1] = 0
    output.requires_grad_()
    loss = BernoulliLoss()(output, target, mask, weights)
    assert loss.item() == pytest.approx(expected.item())
    loss.backward()
    assert not output.grad[:, 1].any()


def test_batch_without_labels_gives_zero():
    output, target, mask, weights = batch()
    loss = BernoulliLoss()(output.requires_grad_(), target, mask, weights * 0)
    loss.backward()
    assert loss.item() == 0
    assert torch.isfinite(output.grad).all()


def test_background_of_unlabelled_values_is_learnt_where_asked_for():
    output, target, mask, weights = batch()
    weights[1], background = 0, (1 - mask).expand(2, 2, 1, 4)
    output.requires_grad_()
    BernoulliLoss()(output, target, mask, weights, background).backward()
    assert output.grad[1, ..., 2].all()
    assert not output.grad[1, ..., :2].any()


def test_zero_degrees_in_the_disc_is_learnt():
    """A target of 0 in the disc must pull, though it looks like background."""
    output, target, mask, weights = batch()
    output = torch.ones_like(output).requires_grad_()
    BernoulliLoss(background_weight=0.0)(output, target * 0, mask, weights).backward()
    assert (output.grad[..., :2] > 0).all()
    assert not output.grad[..., 2:].any()


def test_gradcheck():
    _, target, mask, weights = (part.double() for part in batch())
    output = torch.randn(2, 2, 1, 4, dtype=torch.float64, requires_grad=True)
    loss = BernoulliLoss('smooth_l1')
    assert torch.autograd.gradcheck(lambda o: loss(o, target, mask, weights), output)


@pytest.mark.parametrize('arguments', [dict(kind='l3'), dict(background_weight=-1.0)])
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match='expected .* got'):
        BernoulliLoss(**arguments)
