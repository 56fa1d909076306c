"""Each head is smoothed by itself."""

import numpy as np
import pytest

from bernoulli_headpose.heads import Heads
from bernoulli_headpose.rotation import (
    euler_to_matrix,
    geodesic_error,
    matrix_to_euler,
    rotvec_to_matrix,
    wrapped_difference,
)
from bernoulli_headpose.video import FrameTracker, HeadSmoother, RotationSmoother


def heads_of(track_ids, angles, center=(50.0, 60.0), rotations=None):
    """Heads in one place, in double precision."""
    count = len(track_ids)
    centers = np.tile(center, (count, 1))
    return Heads(
        keypoints=centers[:, None],
        keypoint_scores=np.ones((count, 1)),
        head_angles=np.array(angles, float).reshape(count, 3),
        head_angles_std=np.full((count, 3), 1.5),
        head_scores=np.full(count, 0.9),
        bboxes=np.concatenate([centers - (40, 50), centers + (40, 50)], axis=1),
        bbox_scores=np.ones(count),
        track_ids=np.array(track_ids),
        head_rotation=rotations,
    )


def test_heads_do_not_mix():
    rng = np.random.default_rng(0)
    smoother, alone = HeadSmoother(), RotationSmoother()
    for index in range(20):
        angles = [5, 30, -10] + rng.normal(0, 1, 3)
        given = heads_of([4, 1], [rng.normal(0, 1, 3), angles])
        got = smoother(index / 30, given[np.array([0, 1][:: 1 if index % 2 else -1])])
        rotation = alone(index / 30, euler_to_matrix(angles), [1.5] * 3)
        (mine,) = got.head_angles[got.track_ids == 1]
        assert mine == pytest.approx(matrix_to_euler(rotation))


def test_the_rest_of_a_head_is_kept():
    smoother = HeadSmoother()
    smoother(0.0, heads_of([0], [0, 0, 0]))
    given = heads_of([0], [3, 3, 3], center=(51.0, 60.0))
    got = smoother(0.1, given).arrays()
    changed = {k for k, v in given.arrays().items() if (got[k] != v).any()}
    assert changed == {'head_angles', 'keypoints'}
    assert set(got) == set(given.arrays())
    assert given.head_angles[0, 0] == 3.0
    assert given.centers[0, 0] == 51.0


@pytest.mark.parametrize('angles', [(170, 100, 175), (-20, -120, 10)])
def test_the_triple_of_angles_is_the_given_one(angles):
    smoother = HeadSmoother()
    for index in range(3):
        got = smoother(index / 30, heads_of([0], angles))
    assert got.head_angles[0] == pytest.approx(angles)


@pytest.mark.parametrize('speed', [150, -150])
@pytest.mark.parametrize('has_rotation', [False, True])
def test_a_head_that_turns_once_around_does_not_jump(speed, has_rotation):
    smoother, rng = HeadSmoother(), np.random.default_rng(0)
    angles, rotations = [], []
    for index in range(73):
        yaw = speed * index / 30
        true = euler_to_matrix((5, yaw, -4))
        noisy = true @ rotvec_to_matrix(rng.normal(0, 0.5, 3))
        given = noisy[None] if has_rotation else None
        got = smoother(index / 30, heads_of([0], matrix_to_euler(noisy), (9, 9), given))
        angles.append(got.head_angles[0])
        rotations.append(got.rotations[0])
        assert geodesic_error(rotations[-1], true) < 3
    np.testing.assert_allclose(euler_to_matrix(angles), rotations, atol=1e-9)
    steps = geodesic_error(rotations[1:], rotations[:-1])
    assert steps.max() < 8  # of 5 degrees
    yaws = np.unwrap(np.array(angles)[:, 1], period=360)
    assert yaws[-1] - yaws[0] == pytest.approx(np.sign(speed) * 360, abs=4)


@pytest.mark.parametrize(('pitch', 'roll'), [(5, -4), (40, 20), (-60, 30)])
@pytest.mark.parametrize('seconds', [2.0, 6.0])
def test_a_turn_at_10_frames_a_second_of_which_a_third_is_lost(pitch, roll, seconds):
    """Tracked as one head, no worse than it was seen, angles and rotation agree."""
    tracker, rng = FrameTracker(smooth=True), np.random.default_rng(1)
    errors, numbers, yaws = [], set(), []
    for time_s in np.arange(0, 1.2 * seconds, 0.1):
        if rng.random() < 0.33:
            continue
        true = euler_to_matrix((pitch, 360 * time_s / seconds, roll))
        seen = true @ rotvec_to_matrix(rng.normal(0, 3, 3))
        center = rng.normal(60, 1, 2)
        given = heads_of([7], matrix_to_euler(seen), center, seen[None])
        got = tracker.update(time_s, given)
        numbers |= set(got.track_ids.tolist())
        own = [geodesic_error(got.rotations[0], one) for one in (true, seen)]
        errors.append((own[0], geodesic_error(seen, true)))
        yaws.append(got.head_angles[0, 1])
        read = euler_to_matrix(got.head_angles[0])
        assert geodesic_error(read, got.rotations[0]) < 1e-6
    smoothed, noise = np.array(errors).T
    assert numbers == {0}
    assert smoothed.mean() < 1.2 * noise.mean()
    assert smoothed.max() < 15
    steps = wrapped_difference(yaws[1:], yaws[:-1])
    assert steps.max() < 360 / seconds * 0.5 + 30


def test_a_head_that_was_away_starts_anew():
    smoother = HeadSmoother(max_gap_s=0.3)
    smoother(0.0, heads_of([0], [0, 0, 0]))
    assert len(smoother(0.2, heads_of([], []))) == 0
    got = smoother(0.4, heads_of([0], [10, 10, 10]))
    assert got.head_angles[0] == pytest.approx([10] * 3)


@pytest.mark.parametrize(
    ('heads', 'message'),
    [
        (heads_of([0, 0], [[0] * 3] * 2), 'time_s: expected seconds that grow'),
        (heads_of([0], [0, np.nan, 0]), 'rotation: expected finite'),
        (heads_of([0], [0] * 3, center=(np.nan, 0)), 'expected finite'),
        (Heads.none(), 'track_ids: expected a number for each head, got none'),
    ],
)
def test_wrong_heads(heads, message):
    with pytest.raises(ValueError, match=message):
        HeadSmoother()(0.0, heads)


@pytest.mark.parametrize('time_s', [np.nan, 'now', None])
def test_wrong_time(time_s):
    with pytest.raises(ValueError, match='time_s: expected'):
        HeadSmoother()(time_s, heads_of([0], [0, 0, 0]))


def test_wrong_gap():
    with pytest.raises(ValueError, match='max_gap_s: expected a number above 0'):
        HeadSmoother(max_gap_s=0)
