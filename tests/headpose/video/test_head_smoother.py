"""Each head is smoothed by itself."""

import json

import numpy as np
import pytest

from bernoulli_headpose.rotation import (
    euler_to_matrix,
    geodesic_error,
    matrix_to_euler,
    rotvec_to_matrix,
)
from bernoulli_headpose.video import HeadSmoother, RotationSmoother


def head(track_id, angles, center=(50.0, 60.0), **more):
    named = dict(zip(('pitch', 'yaw', 'roll'), map(float, angles), strict=True))
    std = {f'{name}_std': 1.5 for name in named}
    box = [center[0] - 40, center[1] - 50, center[0] + 40, center[1] + 50]
    extra = {'center': list(center), 'bbox': box, 'track_id': track_id, **more}
    return {**named, **std, **extra}


def test_heads_do_not_mix():
    rng = np.random.default_rng(0)
    smoother, alone = HeadSmoother(), RotationSmoother()
    for index in range(20):
        angles = [5, 30, -10] + rng.normal(0, 1, 3)
        heads = [head(4, rng.normal(0, 1, 3)), head(1, angles)]
        got = smoother(index / 30, heads[:: 1 if index % 2 else -1])
        rotation = alone(index / 30, euler_to_matrix(angles), [1.5] * 3)
        mine = next(one for one in got if one['track_id'] == 1)
        expected = matrix_to_euler(rotation)
        assert [mine[k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx(expected)


def test_the_rest_of_a_head_is_kept():
    smoother = HeadSmoother()
    smoother(0.0, [head(0, [0, 0, 0])])
    given = head(0, [3, 3, 3], center=(51.0, 60.0), score=0.9, bbox_score=1.0)
    (got,) = smoother(0.1, [given])
    changed = {key for key in given if got[key] != given[key]}
    assert changed == {'pitch', 'yaw', 'roll', 'center'}
    assert set(got) == {*given, 'rotation'}
    angles = [got[name] for name in ('pitch', 'yaw', 'roll')]
    np.testing.assert_allclose(got['rotation'], euler_to_matrix(angles), atol=1e-9)
    assert json.loads(json.dumps(got)) == got
    assert given['pitch'] == 3.0


@pytest.mark.parametrize('angles', [(170, 100, 175), (-20, -120, 10)])
def test_the_triple_of_angles_is_the_given_one(angles):
    smoother = HeadSmoother()
    for index in range(3):
        (got,) = smoother(index / 30, [head(0, angles)])
    assert [got[k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx(angles)


@pytest.mark.parametrize('speed', [150, -150])
@pytest.mark.parametrize('has_rotation', [False, True])
def test_a_head_that_turns_once_around_does_not_jump(speed, has_rotation):
    smoother, rng = HeadSmoother(), np.random.default_rng(0)
    angles, rotations = [], []
    for index in range(73):
        yaw = speed * index / 30
        true = euler_to_matrix((5, yaw, -4))
        noisy = true @ rotvec_to_matrix(rng.normal(0, 0.5, 3))
        given = head(0, matrix_to_euler(noisy))
        more = {'rotation': noisy.tolist()} if has_rotation else {}
        (got,) = smoother(index / 30, [given | more])
        angles.append([got[name] for name in ('pitch', 'yaw', 'roll')])
        rotations.append(got['rotation'])
        assert geodesic_error(got['rotation'], true) < 3
    np.testing.assert_allclose(euler_to_matrix(angles), rotations, atol=1e-9)
    steps = geodesic_error(rotations[1:], rotations[:-1])
    assert steps.max() < 8  # of 5 degrees
    yaws = np.unwrap(np.array(angles)[:, 1], period=360)
    assert yaws[-1] - yaws[0] == pytest.approx(np.sign(speed) * 360, abs=4)


def test_a_head_that_was_away_starts_anew():
    smoother = HeadSmoother(max_gap_s=0.3)
    smoother(0.0, [head(0, [0, 0, 0])])
    assert smoother(0.2, []) == []
    (got,) = smoother(0.4, [head(0, [10, 10, 10])])
    assert [got[k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx([10] * 3)


@pytest.mark.parametrize(
    ('heads', 'error', 'message'),
    [
        ([head(0, [0, 0, 0])] * 2, ValueError, 'time_s: expected seconds that grow'),
        ([head(0, [0, np.nan, 0])], ValueError, 'rotation: expected finite'),
        ([{'pitch': 0.0, 'track_id': 0}], KeyError, 'yaw'),
    ],
)
def test_wrong_heads(heads, error, message):
    with pytest.raises(error, match=message):
        HeadSmoother()(0.0, heads)


def test_wrong_gap():
    with pytest.raises(ValueError, match='max_gap_s: expected a number above 0'):
        HeadSmoother(max_gap_s=0)
