"""Bins: their labels, their losses by hand, what is read from them."""

import math

import numpy as np
import pytest
import torch
from mmpose.registry import MODELS

CODEC = dict(
    type='BernoulliHeatmap', input_size=(64, 64), heatmap_size=(16, 16), radius=5
)


def build(**changes):
    return MODELS.build(
        dict(type='AngleBinsHead', in_channels=4, decoder=CODEC, **changes)
    )


@pytest.mark.parametrize(
    ('degrees', 'index'),
    # Hopenet's bins: 66 from -99 to 99.
    [(-99, 0), (-96.1, 0), (-96, 1), (-0.1, 32), (0, 33), (98.9, 65), (150, 65)],
)
def test_hard_labels_are_hopenets_bins(degrees, index):
    shares = build().label_shares(torch.tensor([[float(degrees)]]))
    assert shares.argmax() == index
    assert shares.sum() == shares.max() == 1


@pytest.mark.parametrize('degrees', [0.0, 1.5, -43.2, 80.0])
def test_soft_labels_have_the_labels_mean_and_std(degrees):
    head = build(label_std=4.0)
    shares = head.label_shares(torch.tensor([[degrees] * 3]))
    means, stds = head.outputs_to_values(shares.log().flatten(1))
    np.testing.assert_allclose(means, [[degrees] * 3], atol=0.01)
    np.testing.assert_allclose(stds, [[4.0] * 3], atol=0.05)


def test_labels_beyond_the_bins_go_to_the_last():
    shares = build(label_std=3.0).label_shares(torch.tensor([[-170.0]]))
    assert shares.argmax() == 0
    assert float(shares.sum()) == pytest.approx(1)


def test_hand_values():
    """Two bins, at -5 and 5 degrees, with shares 1/4 and 3/4: the mean is 2.5."""
    head = build(num_bins=2, bin_width=10.0)
    outputs = torch.tensor([[1.0, 3.0] * 3]).log()
    labels = torch.tensor([[4.5, -4.5, 80.0]]) / 90
    losses = head.output_losses(outputs, labels, torch.tensor([[1.0, 1, 0]]))
    entropy = -(math.log(3 / 4) + math.log(1 / 4)) / 3
    assert float(losses['loss_bins']) == pytest.approx(entropy)
    # Errors of 2 and 7 degrees, in bins of 10.
    assert float(losses['loss_expectation']) == pytest.approx((0.2 + 0.7) / 3)
    means, stds = head.outputs_to_values(outputs)
    np.testing.assert_allclose(means, [[2.5] * 3], rtol=1e-5)
    np.testing.assert_allclose(stds, [[math.sqrt(18.75)] * 3], rtol=1e-5)


def test_hopenets_expectation_loss_is_of_degrees():
    theirs = dict(type='MSELoss', use_target_weight=True, loss_weight=9)
    head = build(expectation_loss=theirs)
    losses = head.output_losses(
        torch.zeros(1, 198), torch.tensor([[10.0, -20, 0]]) / 90, torch.ones(1, 3)
    )
    assert float(losses['loss_expectation']) == pytest.approx(500 / 3, rel=1e-5)


def test_a_mirror_turns_the_bins_of_yaw_and_roll_round():
    head = build(num_bins=2, bin_width=10.0)
    mirrored = head.mirror(torch.tensor([[1.0, 2, 3, 4, 5, 6]]))
    assert mirrored.tolist() == [[1, 2, 4, 3, 6, 5]]


@pytest.mark.parametrize(
    ('changes', 'got'),
    [
        (dict(num_bins=1), '1, 3.0 and 0.0'),
        (dict(bin_width=0.0), '66, 0.0 and 0.0'),
        (dict(label_std=-1.0), '66, 3.0 and -1.0'),
    ],
)
def test_wrong_bins(changes, got):
    with pytest.raises(ValueError, match=f'expected num_bins >= 2.*got {got}'):
        build(**changes)
