"""The 6D head: Gram-Schmidt, its convention, partial labels."""

import math

import numpy as np
import pytest
import torch
from mmpose.registry import MODELS

from bernoulli_headpose.rotation import euler_to_matrix, flip_matrix
from bernoulli_mmpose.rotation import matrix_to_sixd

CODEC = dict(
    type='BernoulliHeatmap', input_size=(64, 64), heatmap_size=(16, 16), radius=5
)


def build(**changes):
    config = dict(type='SixDRotationHead', in_channels=4, decoder=CODEC)
    return MODELS.build({**config, **changes})


def outputs_of(head, angles):
    """Network outputs that stand for angles in degrees, (B, 3)."""
    matrices = torch.from_numpy(euler_to_matrix(angles)).float()
    return matrix_to_sixd(matrices) - head.frontal


def loss_of(head, predicted, labels, weights=(1, 1, 1)):
    losses = head.output_losses(
        outputs_of(head, [predicted]),
        torch.tensor([labels], dtype=torch.float32) / 90,
        torch.tensor([weights], dtype=torch.float32),
    )
    return math.degrees(losses['loss_rotation'])


@pytest.mark.parametrize(
    'angles', [(0, 0, 0), (20, -50, 30), (-40, 80, -100), (0, 91, 0), (5, -120, 10)]
)
def test_angles_are_the_packages(angles):
    head = build()
    (pred,) = head.decode(outputs_of(head, [angles]))
    np.testing.assert_allclose(pred.head_angles, [angles], atol=1e-4)
    assert pred.head_angles.dtype == np.float32
    expected = euler_to_matrix([angles])
    np.testing.assert_allclose(pred.head_rotation, expected, atol=1e-6)


def test_zero_outputs_look_straight_ahead():
    (pred,) = build().decode(torch.zeros(1, 6))
    assert pred.head_angles.tolist() == [[0, 0, 0]]


def test_a_mirror_is_that_of_the_rotation():
    head = build()
    outputs = torch.randn(5, 6)
    mirrored = head.outputs_to_matrix(head.mirror(outputs))
    expected = flip_matrix(head.outputs_to_matrix(outputs).numpy())
    np.testing.assert_allclose(mirrored, expected, atol=1e-6)


def test_flip_test_averages_rotations_not_angles():
    """Rolls of 175 and -175 degrees are 10 apart; the mean of the numbers is 0."""
    head = build()
    first = outputs_of(head, [(0, 0, 175)])
    second = head.mirror(outputs_of(head, [(0, 0, -175)]))
    head.fc = torch.nn.Identity()
    maps = [(one[..., None, None],) for one in (first, second)]
    (pred,) = head.predict(maps, [], dict(flip_test=True))
    np.testing.assert_allclose(np.abs(pred.head_angles), [[0, 0, 180]], atol=1e-3)


@pytest.mark.parametrize(
    ('predicted', 'labels', 'weights', 'expected'),
    [
        ((0, 0, 0), (0, 0, 40), (1, 1, 1), 40),
        ((10, 20, 30), (10, 20, 30), (1, 1, 1), 0),
        ((0, 0, 0), (30, 0, 0), (1, 1, 1), 30),
        # Roll unknown: upright.
        ((10, 20, 0), (10, 20, 99), (1, 1, 0), 0),
        ((0, 0, 35), (0, 0, 99), (1, 1, 0), 35),
        ((35, 90, 0), (0, 90, 99), (1, 1, 0), 35),
        # Pitch or yaw unknown: nothing is learnt.
        ((35, -10, 77), (0, 15, 0), (0, 1, 1), 0),
        ((35, -10, 77), (0, 15, 0), (1, 0, 1), 0),
        ((35, -10, 77), (0, 15, 0), (0, 0, 0), 0),
    ],
)
def test_hand_values(predicted, labels, weights, expected):
    loss = loss_of(build(), predicted, labels, weights)
    assert loss == pytest.approx(expected, abs=1e-3)


def test_a_missing_roll_may_be_another():
    head = build(missing_roll=-20.0)
    assert loss_of(head, (10, 20, -20), (10, 20, 99), (1, 1, 0)) < 1e-3
    with_roll = loss_of(head, (10, 20, -20), (10, 20, 0), (1, 1, 1))
    assert with_roll == pytest.approx(20, abs=1e-3)


def test_damaged_weights():
    with pytest.raises(ValueError, match='expected finite outputs.*damaged'):
        build().decode(torch.full((1, 6), torch.nan))


def test_other_values_are_refused():
    decoder = dict(CODEC, value_names=('gaze',), flip_signs=(1,), value_scales=1.0)
    with pytest.raises(ValueError, match=r"expected the values .*got \('gaze',\)"):
        build(decoder=decoder)
