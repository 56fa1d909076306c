"""Criteria: metrics worked out by hand, what unlabelled angles do, bad input."""

import numpy as np
import pytest

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_mmpose.evaluation import criteria

NAN = np.nan
LABELS = np.array([[0, 0, 0], [10, 20, NAN], [-40, 170, 5]])
PREDICTED = np.array([[1, -2, 3], [14, 20, 99], [-40, -170, 8]])
# Yaw 170 and -170 are 20 degrees apart; the roll of the second has no label.
ERRORS = np.array([[1, 2, 3], [4, 0, NAN], [0, 20, 3]])


def test_errors_are_wrapped_by_360_and_nan_without_label():
    np.testing.assert_allclose(criteria.angle_errors(PREDICTED, LABELS), ERRORS)


def test_half_turn_is_not_forgiven():
    errors = criteria.angle_errors([[0, 170, 0]], [[0, 0, 0]])
    np.testing.assert_allclose(errors, [[0, 170, 0]])


def test_criterion_one_by_hand():
    metrics = criteria.mean_absolute_errors(ERRORS)
    assert metrics == pytest.approx(
        {'mae': 4, 'mae_pitch': 5 / 3, 'mae_yaw': 22 / 3, 'mae_roll': 3}
    )


def test_criterion_two_is_strictly_below():
    # Largest errors: 3, 4 and 20.
    metrics = criteria.share_within(ERRORS, (3, 4, 4.5, 20, 21))
    assert metrics == pytest.approx(
        {
            'within_3': 0,
            'within_4': 1 / 3,
            'within_4.5': 2 / 3,
            'within_20': 2 / 3,
            'within_21': 1,
        }
    )


def test_criterion_three_by_the_largest_angle():
    # Largest absolute labels: 0, 20 and 170; no head is in [30, 90).
    metrics = criteria.errors_by_interval(ERRORS, LABELS, (0, 20, 30, 90, 170))
    assert metrics == pytest.approx(
        {
            'mae_0_20': 2,
            'share_0_20': 1 / 3,
            'mae_20_30': 2,
            'share_20_30': 1 / 3,
            'mae_90_170': 23 / 3,
            'share_90_170': 1 / 3,
        }
    )


def test_criterion_three_angle_by_angle():
    metrics = criteria.angle_errors_by_interval(ERRORS, LABELS, (0, 15, 180))
    assert metrics == pytest.approx(
        {
            'mae_pitch_0_15': 2.5,
            'share_pitch_0_15': 2 / 3,
            'mae_pitch_15_180': 0,
            'share_pitch_15_180': 1 / 3,
            'mae_yaw_0_15': 2,
            'share_yaw_0_15': 1 / 3,
            'mae_yaw_15_180': 10,
            'share_yaw_15_180': 2 / 3,
            'mae_roll_0_15': 3,
            'share_roll_0_15': 1,
        }
    )


def test_shares_add_up_to_one_and_weigh_the_errors_to_the_whole():
    rng = np.random.default_rng(3)
    labels = rng.uniform(-100, 100, (500, 3))
    errors = rng.exponential(5, (500, 3))
    metrics = criteria.errors_by_interval(errors, labels)
    names = [key.removeprefix('mae_') for key in metrics if key.startswith('mae_')]
    assert sum(metrics[f'share_{name}'] for name in names) == pytest.approx(1)
    weighed = sum(metrics[f'share_{name}'] * metrics[f'mae_{name}'] for name in names)
    assert weighed == pytest.approx(errors.mean())


def test_baseline_is_the_mean_of_the_labels():
    # Means: -10, 190/3 and 2.5.
    metrics = criteria.predict_the_mean(LABELS)
    yaw = (190 / 3 + 130 / 3 + 320 / 3) / 3
    assert metrics == pytest.approx(
        {
            'baseline_mae': (20 + yaw + 2.5) / 3,
            'baseline_mae_pitch': 20,
            'baseline_mae_yaw': yaw,
            'baseline_mae_roll': 2.5,
        }
    )


def test_geodesic_leaves_out_heads_without_all_labels():
    metrics = criteria.geodesic_metrics([1, NAN, 2, 9])
    assert metrics == {'geodesic_mean': 4.0, 'geodesic_median': 2.0}


def test_nothing_labelled_gives_no_figures():
    nothing = np.full((4, 3), NAN)
    assert criteria.all_metrics(np.ones((4, 3)), nothing, nothing[:, 0]) == {}
    empty = np.zeros((0, 3))
    assert criteria.all_metrics(empty, empty, empty[:, 0]) == {}


def test_an_angle_without_any_label_is_absent_and_nothing_is_nan():
    labels = np.where([True, True, False], LABELS, NAN)
    metrics = criteria.all_metrics(PREDICTED, labels, np.full(3, NAN))
    assert metrics['mae'] == pytest.approx((5 / 3 + 22 / 3) / 2)
    assert not [key for key in metrics if 'roll' in key or 'geodesic' in key]
    assert np.isfinite(list(metrics.values())).all()


def test_mask_labels_hides_what_is_not_valid():
    labels = criteria.mask_labels([[1, NAN, 3]], [[1, 0, 0]])
    np.testing.assert_array_equal(labels, [[1, NAN, NAN]])


@pytest.mark.parametrize(
    ('function', 'arguments', 'message'),
    [
        (
            'angle_errors',
            ([1, 2, 3], LABELS),
            r'predicted: expected shape \(N, 3\), got',
        ),
        (
            'angle_errors',
            (PREDICTED, LABELS[:2]),
            r'predicted: expected shape \(2, 3\)',
        ),
        ('angle_errors', ([[NAN, 0, 0]], [[0, 0, 0]]), 'NaN or inf in 1 rows'),
        ('constant_offsets', (PREDICTED, LABELS[:2]), r'expected shape \(2, 3\)'),
        ('constant_offsets', ([[NAN, 0, 0]], [[0, 0, 0]]), 'NaN or inf in 1 rows'),
        ('mask_labels', ([[1, 2, 3]], [[1, 1]]), r'valid: expected shape \(N, 3\)'),
        ('mask_labels', ([[1, NAN, 3]], [[1, 1, 1]]), 'angles: expected finite'),
        ('mean_absolute_errors', (np.zeros((2, 4)),), r'errors: .*got \(2, 4\)'),
        ('share_within', (ERRORS, ()), 'thresholds: expected one or more'),
        ('share_within', (ERRORS, (0, 5)), r'above 0, got \[0, 5\]'),
        ('share_within', (ERRORS, (10, 5)), 'thresholds: .* increasing'),
        ('share_within', (ERRORS, (5, NAN)), 'thresholds: '),
        ('errors_by_interval', (ERRORS, LABELS, (30,)), 'edges: expected two or more'),
        ('errors_by_interval', (ERRORS, LABELS, (-5, 30)), 'edges: .* from 0 up'),
        ('angle_errors_by_interval', (ERRORS, LABELS, (0, 9, 9)), 'edges: '),
    ],
)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(criteria, function)(*arguments)


def test_constant_offset_is_told_from_the_rest() -> None:
    labels = np.array([[0.0, 170.0, NAN], [10.0, -170.0, NAN], [20.0, 180.0, NAN]])
    predicted = labels + [[7.0, 20.0, 0.0], [8.0, 20.0, 0.0], [9.0, 20.0, 0.0]]
    predicted[:, 2] = 5.0
    metrics = criteria.constant_offsets(predicted, labels)
    assert metrics['offset_pitch'] == pytest.approx(8.0, abs=1e-9)
    assert metrics['mae_pitch_without_offset'] == pytest.approx(2 / 3, abs=1e-9)
    assert metrics['offset_yaw'] == pytest.approx(20.0, abs=1e-9)
    assert metrics['mae_yaw_without_offset'] == pytest.approx(0.0, abs=1e-9)
    assert not any('roll' in key for key in metrics)


def test_heads_of_unknown_deviation_are_not_counted() -> None:
    errors, std = np.array([1.0, 5.0, NAN]), np.full(3, NAN)
    assert criteria.errors_by_coverage(errors, std) == []
    assert criteria.shares_within_std(errors, std) == []
    assert [part.size for part in criteria.reliability(errors, std)] == [0, 0]
    std[1:] = 0.5
    assert criteria.errors_by_coverage(errors, std, (1.0, 0.01)) == [5, 5]
    assert criteria.shares_within_std(errors, std) == [0, 0]


def test_error_of_the_coverage_heads() -> None:
    errors, shares = np.array([9.0, 6.0, 3.0]), (1.0, 2 / 3, 1 / 3)
    std = np.array([0.3, 0.2, 0.1])
    assert criteria.errors_by_coverage(errors, std, shares) == [6, 4.5, 3]
    assert criteria.errors_by_coverage(errors, -std, shares) == [6, 7.5, 9]
    with pytest.raises(ValueError, match='shares: expected numbers above 0 up to 1'):
        criteria.errors_by_coverage(errors, std, (0.0,))
    with pytest.raises(ValueError, match=r'std: expected shape \(3,\)'):
        criteria.errors_by_coverage(errors, std[:2])


def test_shares_within_deviations_by_hand() -> None:
    errors, std = [1.0, 2.0, 3.9, 9.0, NAN], [1.0, 1.5, 2.0, 3.0, 1.0]
    assert criteria.shares_within_std(errors, std) == [0.25, 0.75]
    assert criteria.shares_within_std(errors, std, [3]) == [1]


def test_normal_errors_of_right_deviations_are_reliable() -> None:
    rng = np.random.default_rng(0)
    std = rng.uniform(1, 9, 40_000)
    errors = np.abs(rng.normal(0, std))
    shares = criteria.shares_within_std(errors, std)
    np.testing.assert_allclose(shares, [0.683, 0.954], atol=0.005)
    stated, actual = criteria.reliability(errors, std, 8)
    np.testing.assert_allclose(stated, np.arange(1.5, 9), atol=0.1)
    np.testing.assert_allclose(actual, stated, rtol=0.05)


def test_reliability_by_hand() -> None:
    stated, actual = criteria.reliability([4.0, 3.0, 0.0, 5.0], [2.0, 1, 1, 4], 2)
    np.testing.assert_allclose(stated, [1, np.sqrt(10)])
    np.testing.assert_allclose(actual, np.sqrt([9 / 2, 41 / 2]))
    assert len(criteria.reliability([1.0], [2.0])[0]) == 1


@pytest.mark.parametrize('pitch', [0, np.nan])
@pytest.mark.parametrize('roll', [0, np.nan])
def test_a_head_from_the_front_is_not_one_from_behind(pitch, roll) -> None:
    errors = criteria.angle_errors([[5, 60, -5]], [[pitch, 120, roll]])
    assert errors[0, 1] == 60


@pytest.mark.parametrize(
    'label', [(0, 91, 0), (-12, 135, 8), (3, 179, 4), (0, -179, 0)]
)
def test_equal_rotations_beyond_90_have_no_error(label) -> None:
    other = np.add(180, np.multiply(label, (1, -1, 1)))
    for triple in (label, other):
        errors = criteria.angle_errors([triple], [label])
        np.testing.assert_allclose(errors, 0, atol=1e-9)
    offsets = criteria.constant_offsets([other], [label])
    assert offsets['offset_pitch'] == pytest.approx(0, abs=1e-9)
    # Within 90 degrees, and where yaw is not known, angles are what they are.
    near = [(1, 89, 2), (181, 91, 182)]
    assert criteria.angle_errors(near[1:], near[:1]).sum() == pytest.approx(362)
    unknown = criteria.angle_errors([other], [(label[0], NAN, label[2])])
    np.testing.assert_allclose(unknown, [[180, NAN, 180]])


def test_the_mean_of_angles_all_the_way_round() -> None:
    labels = np.array([[170.0, 90, 0], [-170, -180, 20], [-180, -90, -50]])
    metrics = criteria.predict_the_mean(labels)
    assert metrics['baseline_mae_pitch'] == pytest.approx(20 / 3)  # mean 180
    assert metrics['baseline_mae_yaw'] == pytest.approx(60)  # mean 180
    assert metrics['baseline_mae_roll'] == pytest.approx(80 / 3)  # mean -10


def test_geodesic_error_by_yaw_all_the_way_round() -> None:
    labels = [[0, 10, 0], [60, -25, 0], [0, 180, 0], [0, -150, 0], [0, 95, NAN]]
    metrics = criteria.geodesic_by_yaw([1, 3, 8, 4, NAN], labels)
    assert metrics == dict(
        geodesic_0_30=2, share_0_30=0.5, geodesic_150_180=6, share_150_180=0.5
    )


@pytest.mark.parametrize(
    ('labels', 'predicted', 'expected'),
    [
        ((0, 0, 0), (0, 30, 0), 30),
        ((0, 0, 0), (0, 0, 20), 20),
        ((0, 0, NAN), (0, 0, 20), 0),
        ((0, 0, NAN), (0, -100, 50), 100),
        ((60, 90, NAN), (-20, 90, 5), 0),  # in profile z does not tell pitch
        ((NAN, 0, 0), (0, 0, 0), NAN),
    ],
)
def test_the_geodesic_error_is_of_what_is_labelled(labels, predicted, expected):
    matrix = euler_to_matrix(np.nan_to_num(labels))
    found = criteria.labelled_error(predicted, matrix, labels)
    assert found == pytest.approx(expected, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize('axes', [1, 3])
def test_factors_make_deviations_right(axes) -> None:
    rng = np.random.default_rng(0)
    std = rng.uniform(1, 9, 20_000)
    turns = rng.normal(0, axes**-0.5, (20_000, axes))
    errors = 2.5 * std * np.linalg.norm(turns, axis=1)
    errors[:100] = 170  # labels that are wrong
    share = criteria.NORMAL_SHARES['angle' if axes == 1 else 'rotation']
    factor = criteria.std_factor(errors, std, share)
    assert factor == pytest.approx(2.5, rel=0.03)
    within = criteria.shares_within_std(errors, factor * std)
    assert within[0] == pytest.approx(share, abs=0.001)
    assert within[1] == pytest.approx(0.954 if axes == 1 else 0.993, abs=0.008)


@pytest.mark.parametrize(
    ('errors', 'std'), [([], []), ([NAN], [1.0]), ([1.0, 2.0], [0.0, 0.0])]
)
def test_no_factor_where_nothing_is_known(errors, std) -> None:
    assert criteria.std_factor(errors, std, 0.68) is None
