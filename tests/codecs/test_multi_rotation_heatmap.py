"""Rotations of many heads in one set of maps."""

import numpy as np
import pytest
import torch
from mmpose.registry import KEYPOINT_CODECS, MODELS

from bernoulli_headpose.rotation import euler_to_matrix, geodesic_error
from bernoulli_mmpose.codecs.decode_rotations import score_heads

CONFIG = dict(
    type='MultiRotationHeatmap',
    input_size=(256, 192),
    heatmap_size=(64, 48),
    reference_size=64,
)
# x, y, size, pitch, yaw, roll; the second and third overlap
HEADS = np.array(
    [
        (40, 40, 30, 0, 179, 0),
        (120, 96, 56, 20, -150, 10),
        (150, 100, 48, -30, 120, -20),
        (220, 150, 40, 10, 20, 0),
    ],
    float,
)


def build():
    return KEYPOINT_CODECS.build(CONFIG)


def encode(codec, valid=None):
    half = HEADS[:, 2:3] / 2
    return codec.encode(
        HEADS[:, None, :2],
        bbox=np.concatenate([HEADS[:, :2] - half, HEADS[:, :2] + half], axis=1),
        head_rotation=euler_to_matrix(HEADS[:, 3:]),
        head_angles_valid=valid,
    )


def stack(encoded):
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    return torch.from_numpy(maps)[None]


def test_heads_of_targets_are_the_labels():
    head = MODELS.build(dict(type='MultiBernoulliHead', in_channels=8, decoder=CONFIG))
    (pred,) = head.decode(stack(encode(build())))
    order = pred.keypoints[:, 0, 0].argsort()
    assert len(order) == len(HEADS)
    matrices = euler_to_matrix(HEADS[:, 3:])
    assert geodesic_error(pred.head_rotation[order], matrices).max() < 1e-3
    np.testing.assert_allclose(pred.head_angles[order], HEADS[:, 3:], atol=1e-3)
    assert pred.head_rotation_std.shape == (4,)
    assert pred.head_rotation_std.max() < 0.01
    assert pred.head_angles_std.max() < 0.01
    sides = pred.bboxes[order, 2] - pred.bboxes[order, 0]
    np.testing.assert_allclose(sides, HEADS[:, 2], rtol=1e-3)


def test_a_head_without_roll_teaches_where_it_looks():
    valid = np.ones((4, 3))
    valid[1, 2] = 0
    encoded = encode(build(), valid)
    x, y = (HEADS[1, :2] / 4).astype(int)
    known = encoded['angle_mask'][:, y, x] > 0
    assert known.tolist() == [True] * 3 + [False] * 3 + [True]


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_value_maps_that_are_not_finite(value):
    maps = stack(encode(build()))
    both = torch.cat([maps, maps])
    both[1, 3, 5, 5] = value
    heads = build().estimate(both)
    assert all(torch.isfinite(part).all() for part in heads.values())
    found = heads['found']
    assert (heads['head_rotation_std'][0][found[0]] < 0.01).all()
    assert found[1].sum() == 4
    std = heads['head_rotation_std'][1][found[1]]
    np.testing.assert_allclose(std, 131.78, atol=0.01)
    assert heads['head_scores'][0][found[0]].min() > 0.9
    assert heads['head_scores'][1].max() < 0.01


def test_a_head_of_which_nothing_is_known_has_a_low_score():
    """Its disc is empty, the others' are not touched."""
    maps = stack(encode(build()))
    maps[0, 1:7, 6:15, 6:15] = 0
    heads = {name: part[0] for name, part in build().estimate(maps).items()}
    found = heads['found']
    assert found.sum() == 4
    empty = (heads['centers'][found] - 40).abs().amax(dim=1) < 2
    scores, stds = heads['head_scores'][found], heads['head_rotation_std'][found]
    assert scores[empty] < 0.01
    assert scores[~empty].min() > 0.9
    assert stds[empty] == pytest.approx(131.78, abs=0.01)
    assert stds[~empty].max() < 0.01


def test_a_head_of_a_small_deviation_keeps_its_score():
    stds = torch.tensor([0.0, 30.0, 60.0, 131.78])
    scores = score_heads(torch.full((4,), 0.8), stds, build().doubt)
    expected = [0.8, 0.8 * np.exp(-1 / 16), 0.8 * np.exp(-1), 0]
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    with pytest.raises(ValueError, match='doubt: expected a positive number'):
        KEYPOINT_CODECS.build({**CONFIG, 'doubt': 0})
