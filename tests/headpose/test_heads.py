"""Heads as arrays and as dicts."""

import json

import numpy as np
import pytest

from bernoulli_headpose.heads import Heads
from bernoulli_headpose.rotation import (
    euler_to_matrix,
    matrix_to_euler,
    wrapped_difference,
)


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
    rotation = first.pop('rotation')
    np.testing.assert_allclose(rotation, euler_to_matrix((0.6, 0.7, 0.8)), atol=1e-8)
    rounded = json.loads(json.dumps(first), parse_float=lambda v: round(float(v), 4))
    assert rounded == dict(
        **dict(pitch=0.6, yaw=0.7, roll=0.8),
        **dict(pitch_std=1.2, yaw_std=1.3, roll_std=1.4),
        **dict(center=[0, 0.1], score=1, bbox=[2, 2.1, 2.2, 2.3], bbox_score=2.8),
        track_id=7,
    )


@pytest.mark.parametrize('yaw', [0, 89, 91, 135, 179, -179, 180])
def test_a_rotation_of_the_model_goes_before_the_angles(yaw):
    """Read again from JSON, it is the rotation; the angles alone are one, too."""
    matrix = euler_to_matrix((10, yaw, -20))
    given = dict(head_rotation=np.stack([matrix] * 2).astype(np.float32))
    heads = two_heads(**given, head_rotation_std=np.array([3.5, 4], np.float32))
    first, _ = json.loads(json.dumps(heads.to_dicts()))
    assert first['rotation_std'] == 3.5
    read = matrix_to_euler(first['rotation'])
    assert wrapped_difference(read, (10, yaw, -20)).max() < 1e-4
    heads = two_heads()
    heads.head_angles[:] = (10, yaw, -20)
    first, _ = json.loads(json.dumps(heads.to_dicts()))
    np.testing.assert_allclose(first['rotation'], matrix, atol=1e-6)
    assert 'rotation_std' not in first


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
