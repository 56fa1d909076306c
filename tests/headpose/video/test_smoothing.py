"""Steady rotations: exact where theory says so, never upset by angles' limits."""

import tarfile

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bernoulli_headpose.rotation import (
    biwi_bin_to_matrix,
    euler_to_matrix,
    geodesic_error,
)
from bernoulli_headpose.video import PointSmoother, RotationSmoother

FPS = 30


def smooth(rotations, times=None, std=None, **arguments) -> np.ndarray:
    smoother = RotationSmoother(**arguments)
    times = np.arange(len(rotations)) / FPS if times is None else times
    return np.array(
        [
            smoother(time, rotation, std)
            for time, rotation in zip(times, rotations, strict=True)
        ]
    )


def noisy(rotations, degrees: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = Rotation.from_rotvec(rng.normal(0, degrees, (len(rotations), 3)), True)
    return rotations @ noise.as_matrix()


def swing(n: int) -> np.ndarray:
    """A head that looks about, (n, 3, 3)."""
    time = np.arange(n)[:, None] / FPS
    return euler_to_matrix([15, 40, 10] * np.sin([3, 1.5, 2] * time + [0, 1, 2]))


def test_a_still_head_stays_where_it_is():
    rotations = np.tile(euler_to_matrix([20, -30, 5]), (20, 1, 1))
    np.testing.assert_allclose(smooth(rotations), rotations, atol=1e-12)


def test_a_still_head_keeps_half_of_the_noise():
    heads = [noisy(np.tile(np.eye(3), (200, 1, 1)), 0.75, seed) for seed in range(5)]
    before = [geodesic_error(np.eye(3), head[60:]) for head in heads]
    after = [geodesic_error(np.eye(3), smooth(head)[60:]) for head in heads]
    assert np.mean(np.square(after)) ** 0.5 < 0.55 * np.mean(np.square(before)) ** 0.5


@pytest.mark.parametrize('axis', [0, 1, 2])
def test_gimbal_lock_leaves_no_direction_without_noise(axis):
    locked = euler_to_matrix([0, 90, 0])
    smoother = RotationSmoother()
    for index in range(30):
        smoother(index / FPS, locked, [1.5, 1.5, 1.5])
    turn = Rotation.from_rotvec(0.5 * np.eye(3)[axis], degrees=True).as_matrix()
    got = smoother(1.0, locked @ turn, [1.5, 1.5, 1.5])
    assert 0.01 < geodesic_error(got, locked) < 0.4


# Milliseconds from the filter's settled gains (solve_discrete_are of SciPy).
LAGS = {
    10: {1: 34.25, 20: 10.51, 90: 1.54},
    30: {1: 26.45, 20: 9.48, 90: 2.02},
    60: {1: 20.37, 20: 7.57, 90: 1.83},
}


@pytest.mark.parametrize('fps', LAGS)
@pytest.mark.parametrize('speed', [1, 20, 90])
def test_lag_behind_a_steady_turn(fps, speed):
    smoother = RotationSmoother()
    for index in range(12 * fps):
        angle = speed * index / fps
        turned = smoother(index / fps, euler_to_matrix([0, angle, 0]))
    behind = geodesic_error(turned, euler_to_matrix([0, angle, 0]))
    assert 1000 * behind / speed == pytest.approx(LAGS[fps][speed], rel=0.02)


@pytest.mark.parametrize(
    'angles',
    [(90, 0, 0), (0, 180, 0), (0, 90, 0), (0, 0, 180), (-90, 170, 175)],
    ids=str,
)
def test_no_direction_is_special(angles):
    """Turned image or head, the same motion is smoothed alike."""
    motion = noisy(swing(90), 1.0, seed=1)
    turn = euler_to_matrix(angles)
    expected = smooth(motion)
    np.testing.assert_allclose(smooth(turn @ motion), turn @ expected, atol=1e-9)
    np.testing.assert_allclose(smooth(motion @ turn), expected @ turn, atol=1e-9)


@pytest.mark.parametrize('axis', [0, 1, 2], ids=['pitch', 'yaw', 'roll'])
@pytest.mark.parametrize('start', [-200, -110, 70, 160])
def test_crossing_the_limits_of_angles(axis, start):
    """Through +-90 and +-180 at 30 degrees/s, with the network's std."""
    angles = np.zeros((60, 3))
    angles[:, axis] = start + np.arange(60)
    truth = euler_to_matrix(angles)
    got = smooth(truth, std=[1.0, 2.0, 1.5])
    assert np.isfinite(got).all()
    assert geodesic_error(got, truth).max() < 1.0
    assert geodesic_error(got[1:], got[:-1])[10:].max() < 1.2


def test_whatever_comes_rotations_leave():
    rng = np.random.default_rng(0)
    rotations = Rotation.random(300, random_state=0).as_matrix()
    times = np.cumsum(rng.choice([1e-6, 0.01, 0.2, 3.0], 300))
    smoother = RotationSmoother()
    for time, rotation in zip(times, rotations, strict=True):
        got = smoother(time, rotation, rng.choice([0, 1e-9, 1.0, 1e9], 3))
        np.testing.assert_allclose(got @ got.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(got) == pytest.approx(1)


def test_irregular_times():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.005, 0.12, 200))
    truth = euler_to_matrix(np.outer(times, [0, 15, 0]))
    assert geodesic_error(smooth(truth, times), truth)[20:].max() < 0.6
    measured = noisy(truth, 0.75, seed=2)
    after = geodesic_error(smooth(measured, times), truth)
    assert after.mean() < 0.9 * geodesic_error(measured, truth).mean()


@pytest.mark.parametrize('unsure', [0, 1, 2], ids=['pitch', 'yaw', 'roll'])
@pytest.mark.parametrize('roll', [0, 80])
def test_an_unsure_angle_moves_less(unsure, roll):
    still = euler_to_matrix([0, 0, roll])
    std = np.full(3, 1.0)
    std[unsure] = 4.0
    moved = []
    for axis in range(3):
        smoother = RotationSmoother()
        for index in range(30):
            smoother(index / FPS, still, std)
        new = euler_to_matrix([0, 0, roll] + np.eye(3)[axis])
        moved.append(geodesic_error(smoother(1.0, new, std), still))
    others = np.delete(moved, unsure)
    assert moved[unsure] < 0.5 * others.min()


def test_one_wild_frame_is_left_out_and_a_lasting_jump_taken():
    truth = swing(60)
    wild = truth.copy()
    wild[30] = euler_to_matrix([0, 0, 170])
    assert geodesic_error(smooth(wild), truth)[5:].max() < 4
    cut = np.concatenate([truth[:30], truth[:30] @ euler_to_matrix([0, 100, 0])])
    got = smooth(cut)
    assert geodesic_error(got[30], cut[30]) > 60
    np.testing.assert_allclose(got[31], cut[31], atol=1e-12)


def test_a_gap_starts_anew():
    smoother = RotationSmoother(max_gap_s=0.5)
    smoother(0.0, np.eye(3))
    near, far = euler_to_matrix([0, 5, 0]), euler_to_matrix([0, 9, 0])
    assert geodesic_error(smoother(0.4, near), near) > 0.01
    np.testing.assert_allclose(smoother(1.0, far), far, atol=1e-12)


@pytest.mark.parametrize(
    ('time_s', 'rotation', 'std', 'message'),
    [
        (1.0, np.eye(2), None, r'rotation: expected finite numbers of shape \(3, 3\)'),
        (1.0, np.full((3, 3), np.nan), None, 'rotation: expected finite'),
        (1.0, np.eye(3), [1.0, np.nan, 1.0], 'std_degrees: expected finite'),
        (1.0, np.eye(3), [1.0], r'std_degrees: .* shape \(3,\)'),
        (0.0, np.eye(3), None, 'time_s: expected seconds that grow'),
        (np.inf, np.eye(3), None, 'time_s: expected seconds that grow'),
    ],
)
def test_wrong_input(time_s, rotation, std, message):
    smoother = RotationSmoother()
    smoother(0.0, np.eye(3))
    with pytest.raises(ValueError, match=message):
        smoother(time_s, rotation, std)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda: RotationSmoother(noise=0), 'noise: expected a number above 0, got 0'),
        (lambda: RotationSmoother(std_scale=0), 'std_scale: expected a number above 0'),
        (lambda: RotationSmoother(max_gap_s=-1), 'max_gap_s: expected a number above'),
        (lambda: PointSmoother(noise=-1), 'noise: expected a number above 0'),
        (lambda: PointSmoother()(0.0, [1, 2], 0), 'size: expected pixels above 0'),
        (lambda: PointSmoother()(0.0, [1, np.nan], 9), 'point: expected finite'),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_points_move_like_their_scale():
    """Twice the picture, twice the path; a still point keeps half of the noise."""
    points = np.random.default_rng(0).normal(0, 1, (300, 2))
    small, large = PointSmoother(), PointSmoother()
    got = np.array([small(i / FPS, p, 100) for i, p in enumerate(points)])
    twice = np.array([large(i / FPS, 2 * p, 200) for i, p in enumerate(points)])
    np.testing.assert_allclose(twice, 2 * got, atol=1e-9)
    assert got[60:].std() < 0.6 * points[60:].std()


def test_a_point_that_jumps_and_stays():
    smoother = PointSmoother()
    for index in range(10):
        smoother(index / FPS, [50, 50], 40)
    np.testing.assert_allclose(smoother(10 / FPS, [500, 50], 40), [50, 50], atol=1e-9)
    np.testing.assert_allclose(smoother(11 / FPS, [500, 50], 40), [500, 50])


@pytest.mark.real_data
def test_real_motion_comes_nearer_to_the_truth(shared_data):
    """BIWI's labels of one sequence, with the noise of a network added."""
    rotations = []
    with tarfile.open(shared_data / 'biwi' / 'db_annotations.tgz') as archive:
        for member in archive:
            if '01/frame_' in member.name:
                content = archive.extractfile(member).read()
                rotations.append(np.frombuffer(content, '<f4')[3:6])
            elif rotations:
                break
    truth = biwi_bin_to_matrix(rotations)
    measured = noisy(truth, 0.75, seed=0)
    before = geodesic_error(measured, truth)
    after = geodesic_error(smooth(measured), truth)
    assert len(truth) == 498
    assert after.mean() < 0.85 * before.mean()
