"""The geodesic loss."""

import math

import pytest
import torch

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_mmpose.models import GeodesicLoss


def about_z(degrees):
    return torch.from_numpy(euler_to_matrix([(0, 0, one) for one in degrees]))


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
