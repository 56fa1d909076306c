"""Direct regression: hand values of the loss, units of the output."""

import pytest
import torch
from mmpose.registry import MODELS

CODEC = dict(
    type='BernoulliHeatmap', input_size=(64, 64), heatmap_size=(16, 16), radius=5
)


def build(**changes):
    return MODELS.build(
        dict(type='AngleRegressionHead', in_channels=4, decoder=CODEC, **changes)
    )


@pytest.mark.parametrize(
    ('kind', 'weights', 'expected'),
    [
        # Errors are 0.1, 0.2 and 0.6; the mean is over all three.
        ('L1Loss', [1, 1, 1], 0.3),
        ('L1Loss', [1, 1, 0], 0.1),
        ('MSELoss', [1, 1, 1], 0.41 / 3),
    ],
)
def test_hand_values(kind, weights, expected):
    head = build(loss=dict(type=kind, use_target_weight=True))
    outputs = torch.tensor([[0.1, -0.2, 0.0]])
    labels = torch.tensor([[0.0, -0.4, 0.6]])
    losses = head.output_losses(outputs, labels, torch.tensor([weights]).float())
    assert float(losses['loss_angle']) == pytest.approx(expected)


def test_outputs_are_degrees_over_the_scales():
    (pred,) = build().decode(torch.tensor([[0.5, -1.0, 0.1]]))
    assert pred.head_angles.tolist() == [pytest.approx([45, -90, 9])]
