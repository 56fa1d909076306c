"""Heads as arrays and as dicts."""

import json

import numpy as np
import pytest

from bernoulli_headpose.heads import Heads


def two_heads(num_keypoints=1, **more) -> Heads:
    numbers = iter(np.arange(200, dtype=np.float32) / 10)
    shapes = [(num_keypoints, 2), (num_keypoints,), (3,), (3,), (), (4,), ()]
    arrays = [
        np.fromiter(numbers, np.float32, 2 * int(np.prod(shape))).reshape(2, *shape)
        for shape in shapes
    ]
    return Heads(*arrays, **more)


def test_a_head_as_a_dict():
    first, _ = two_heads(track_ids=np.array([7, 8])).to_dicts()
    rounded = json.loads(json.dumps(first), parse_float=lambda v: round(float(v), 4))
    assert rounded == dict(
        **dict(pitch=0.6, yaw=0.7, roll=0.8),
        **dict(pitch_std=1.2, yaw_std=1.3, roll_std=1.4),
        **dict(center=[0, 0.1], score=1, bbox=[2, 2.1, 2.2, 2.3], bbox_score=2.8),
        track_id=7,
    )


def test_a_body_comes_without_the_heads_centre():
    heads = two_heads(num_keypoints=3)
    (_, second) = heads.to_dicts()
    assert second['keypoints'] == heads.keypoints[1, :2].tolist()
    assert second['center'] == heads.keypoints[1, 2].tolist()
    assert len(second['keypoint_scores']) == 2
    assert 'track_id' not in second


def test_rows_are_copies():
    heads = two_heads()
    second = heads[np.array([1])]
    assert len(second) == 1
    second.head_angles[:] = 0
    assert (heads.head_angles != 0).all()
    assert second.track_ids is None
    assert len(heads[np.zeros(0, int)]) == len(Heads.none()) == 0


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_what_is_not_finite_is_named(value):
    heads = two_heads()
    assert heads.check_finite('photo') is heads
    heads.head_angles[1, 2] = value
    with pytest.raises(ValueError, match='photo: expected finite head_angles .* got'):
        heads.check_finite('photo')
