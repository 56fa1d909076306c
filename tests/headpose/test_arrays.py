"""What is no number is said so by every function that takes plain lists."""

from fractions import Fraction

import numpy as np
import pytest

from bernoulli_headpose import rotation
from bernoulli_headpose.arrays import as_finite, as_numbers
from bernoulli_headpose.boxes import check_boxes
from bernoulli_headpose.drawing import (
    angles_to_label,
    axis_tips,
    crop_square,
    draw_box,
    draw_comparison,
    draw_heads,
    tips_to_angles,
)
from bernoulli_headpose.video import HeadTracker, PointSmoother, RotationSmoother
from bernoulli_mmpose.evaluation import criteria
from bernoulli_mmpose.evaluation.head_matching import match_heads
from bernoulli_mmpose.landmarks.pnp import landmarks_to_pose

EYE, ROW, PICTURE = np.eye(3), [[1.0, 2.0, 3.0]], np.zeros((9, 9, 3), np.uint8)
TIPS = axis_tips(EYE, [0, 0], 10)
HEAD = {
    **dict(pitch=1.0, yaw=2.0, roll=3.0, pitch_std=1.0, yaw_std=1.0, roll_std=1.0),
    **dict(center=[4.0, 4.0], bbox=[0.0, 0.0, 8.0, 8.0], track_id=0),
}
NO_NUMBERS = {
    'lists of different lengths': [[1, 2], [1, 2, 3]],
    'text': ['a', 'b', 'c'],
    'numbers as text': ['1', '2', '3'],
    'word': 'abc',
    'complex': [1j, 0, 0],
    'dict': {'a': 1},
    'too large': [10**400, 0, 0],
    'objects': [object()] * 3,
    'dates': [np.datetime64('2020-01-01')] * 3,
}
FUNCTIONS = {
    'tips_to_angles center': lambda given: tips_to_angles(given, TIPS),
    'tips_to_angles tips': lambda given: tips_to_angles([0, 0], given),
    'tips_to_angles near': lambda given: tips_to_angles([0, 0], TIPS, given),
    'axis_tips rotation': lambda given: axis_tips(given, [0, 0], 10),
    'axis_tips center': lambda given: axis_tips(EYE, given, 10),
    'axis_tips length': lambda given: axis_tips(EYE, [0, 0], given),
    'euler_to_matrix': rotation.euler_to_matrix,
    'matrix_to_euler': rotation.matrix_to_euler,
    'matrix_to_euler near': lambda given: rotation.matrix_to_euler(EYE, given),
    'biwi_pose_to_matrix': rotation.biwi_pose_to_matrix,
    'biwi_bin_to_matrix': rotation.biwi_bin_to_matrix,
    'flip_matrix': rotation.flip_matrix,
    'flip_angles': rotation.flip_angles,
    'rotate_in_plane': lambda given: rotation.rotate_in_plane(EYE, given),
    'wrapped_difference': lambda given: rotation.wrapped_difference(0, given),
    'geodesic_error': lambda given: rotation.geodesic_error(given, EYE),
    'check_boxes': lambda given: check_boxes(given, (9, 9), 'photo'),
    'draw_heads angle': lambda given: draw_heads(PICTURE, [{**HEAD, 'yaw': given}]),
    'draw_heads box': lambda given: draw_heads(PICTURE, [{**HEAD, 'bbox': given}]),
    'draw_heads center': lambda given: draw_heads(PICTURE, [{**HEAD, 'center': given}]),
    'draw_heads thickness': lambda given: draw_heads(PICTURE, [HEAD], thickness=given),
    'draw_heads image': lambda given: draw_heads(given, [HEAD]),
    'draw_box': lambda given: draw_box(PICTURE, given),
    'angles_to_label': lambda given: angles_to_label('', given),
    'draw_comparison': lambda given: draw_comparison(PICTURE, given, ROW[0]),
    'draw_comparison box': lambda given: draw_comparison(PICTURE, *ROW * 2, given),
    'crop_square': lambda given: crop_square(PICTURE, given, 8),
    'landmarks_to_pose': landmarks_to_pose,
    'tracker boxes': lambda given: HeadTracker().update(0.0, given),
    'tracker centers': lambda given: HeadTracker().update(0.0, [[0, 0, 1, 1]], given),
    'tracker time': lambda given: HeadTracker().update(given, [[0, 0, 1, 1]]),
    'rotation smoother': lambda given: RotationSmoother()(0.0, given),
    'point smoother': lambda given: PointSmoother()(0.0, given, 5),
    'point smoother size': lambda given: PointSmoother()(0.0, [1, 2], given),
    'rotvec_to_matrix': rotation.rotvec_to_matrix,
    'matrix_to_rotvec': rotation.matrix_to_rotvec,
    'mask_labels': lambda given: criteria.mask_labels(ROW, given),
    'angle_errors': lambda given: criteria.angle_errors(given, ROW),
    'mean_absolute_errors': criteria.mean_absolute_errors,
    'surest': lambda given: criteria.errors_by_coverage(ROW, given),
    'surest shares': lambda given: criteria.errors_by_coverage(ROW, ROW, given),
    'thresholds': lambda given: criteria.share_within(ROW, given),
    'edges': lambda given: criteria.errors_by_interval(ROW, ROW, given),
    'geodesic_metrics': criteria.geodesic_metrics,
    'predict_the_mean': criteria.predict_the_mean,
    'match_heads': lambda given: match_heads(given, [[1, 1]], [5], 0.5),
    'match_heads sizes': lambda given: match_heads([[1, 1]], [[1, 1]], given, 0.5),
    'match_heads ignored': lambda given: match_heads([[1, 1]], [], [], 0.5, given),
    'match_heads scores': lambda given: match_heads([[1, 1]], [], [], 1, (), given),
}


@pytest.mark.parametrize('given', NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
@pytest.mark.parametrize('function', FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_what_is_no_number_is_named(function, given):
    with pytest.raises(ValueError, match=r'expected .*got '):
        function(given)


@pytest.mark.parametrize('value', [None, np.nan, np.inf])
@pytest.mark.parametrize(
    'function',
    [
        lambda value: tips_to_angles([value, 0], TIPS),
        lambda value: tips_to_angles([0, 0], [[value, 1], [2, 3], [4, 5]]),
        lambda value: check_boxes([0, 0, value, 5], (9, 9), 'photo'),
        lambda value: draw_heads(PICTURE, [{**HEAD, 'yaw': value}]),
        lambda value: draw_heads(PICTURE, [{**HEAD, 'bbox': [0, 0, value, 5]}]),
        lambda value: HeadTracker().update(0.0, [[0, 0, value, 5]]),
        lambda value: HeadTracker().update(value, [[0, 0, 5, 5]]),
        lambda value: rotation.matrix_to_euler(np.full((3, 3), value)),
        lambda value: rotation.geodesic_error(np.full((3, 3), value), EYE),
        lambda value: criteria.angle_errors([[0, value, 0]], ROW),
        lambda value: match_heads([[value, 1]], [[1, 1]], [5], 0.5),
    ],
)
def test_where_numbers_have_to_be_finite_others_are_named(function, value):
    with pytest.raises(ValueError, match=r'expected (?s:.*)got '):
        function(value)


def test_an_angle_that_is_not_known_is_nan():
    assert np.isnan(rotation.euler_to_matrix([None, 0.0, 0.0])).any()
    assert np.isnan(rotation.flip_angles([np.nan, 0.0, 0.0])).tolist() == [1, 0, 0]
    assert criteria.angle_errors(ROW, [[None, 4.0, 5.0]])[0, 1:].tolist() == [2, 2]


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ([1, True, None], [1, 1, np.nan]),
        ([Fraction(1, 2)], [0.5]),
        (np.float16([[1.5]]), [[1.5]]),
        ([], []),
        (7, 7),
    ],
)
def test_numbers_of_any_kind(value, expected):
    np.testing.assert_array_equal(as_numbers('n', value), expected)


def test_shapes_are_named():
    with pytest.raises(ValueError, match=r'^n: expected shape \(N, 3\), got \(3,\)$'):
        as_numbers('n', [1, 2, 3], (None, 3))
    with pytest.raises(ValueError, match=r'^n: expected finite numbers of shape \(2,'):
        as_finite('n', [1, 2, 3], (2,))
