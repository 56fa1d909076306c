"""Projection: where the axes' tips lie, and the angles that are read from them."""

import numpy as np
import pytest

from bernoulli_headpose.drawing import (
    axis_tips,
    project_points,
    tips_to_angles,
    tips_to_matrix,
)
from bernoulli_headpose.rotation import euler_to_matrix

COS40, SIN40 = 0.7660444, 0.6427876
COS30, SIN30 = 0.8660254, 0.5


@pytest.mark.parametrize(
    ('angles', 'tips'),
    [
        ((0, 0, 0), [(90, 50), (60, 20), (60, 50)]),
        # The nose turns to the image's left, the right ear towards the viewer.
        ((0, 40, 0), [(60 + 30 * COS40, 50), (60, 20), (60 - 30 * SIN40, 50)]),
        # The nose rises in the image, the top of the head goes back.
        ((40, 0, 0), [(90, 50), (60, 50 - 30 * COS40), (60, 50 - 30 * SIN40)]),
        # Clockwise: x falls on the right, the top of the head leans right.
        (
            (0, 0, 30),
            [
                (60 + 30 * COS30, 50 + 30 * SIN30),
                (60 + 30 * SIN30, 50 - 30 * COS30),
                (60, 50),
            ],
        ),
    ],
)
def test_tips_of_the_axes(angles, tips):
    found = axis_tips(euler_to_matrix(angles), (60, 50), 30)
    np.testing.assert_allclose(found, tips, atol=1e-4)


def test_points_of_the_head_move_with_it():
    # A point at the nose's side of the left ear (the image's right), turned by yaw 40.
    found = project_points(euler_to_matrix((0, 40, 0)), (60, 50), [[10, 0, 20]])
    np.testing.assert_allclose(found, [[60 + 10 * COS40 - 20 * SIN40, 50]], atol=1e-5)


def test_random_rotations_come_back():
    draw = np.random.default_rng(0)
    angles = draw.uniform((-180, -180, -180), (180, 180, 180), (500, 3))
    assert (np.abs(angles[:, 1]) > 90).sum() > 200
    centers = draw.uniform(-100, 2000, (500, 2))
    lengths = draw.uniform(5, 800, 500)
    heads = zip(euler_to_matrix(angles), centers, lengths, strict=True)
    tips = np.stack([axis_tips(*head) for head in heads])
    np.testing.assert_allclose(
        tips_to_matrix(centers, tips), euler_to_matrix(angles), atol=1e-10
    )
    np.testing.assert_allclose(
        tips_to_angles(centers, tips, near=angles), angles, atol=1e-4
    )


@pytest.mark.parametrize(
    'angles',
    [(0, 0, 0), (10, -20, 30), (0, 120, 0), (-15, -135, 20), (85, 0, 5), (0, 90, 0)],
)
def test_heads_turned_away_are_read_so(angles):
    tips = axis_tips(euler_to_matrix(angles), (320, 240), 80)
    np.testing.assert_allclose(tips_to_angles((320, 240), tips), angles, atol=1e-4)


def test_rounded_pixels_still_tell_the_angles():
    tips = np.rint(axis_tips(euler_to_matrix((10, -35, 5)), (100, 100), 60))
    np.testing.assert_allclose(tips_to_angles((100, 100), tips), (10, -35, 5), atol=1)


@pytest.mark.parametrize(
    ('center', 'tips', 'message'),
    [
        ((0, 0), [[1, 0], [0, 1]], r'got \(2,\) and \(2, 2\)'),
        ((5, 5), np.full((3, 2), 5), 'tips off the center'),
        ((np.nan, 5), np.eye(3)[:, :2], 'expected finite tips'),
        # A body's keypoints, not tips.
        ((0, 0), [[10, 0], [10, 5], [0, 9]], 'axes at right angles, in the order x, y'),
        ((0, 0), [[10, 0], [0, 4], [0, 0]], 'axes at right angles'),
    ],
)
def test_points_that_are_no_tips_are_refused(center, tips, message):
    with pytest.raises(ValueError, match=message):
        tips_to_angles(center, tips)
