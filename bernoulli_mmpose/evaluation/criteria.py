"""The paper's Criterion I, II and III, the geodesic error and the baseline.

Pure functions over arrays of N heads. Angles are (pitch, yaw, roll) in degrees,
by the convention of :mod:`bernoulli_headpose.rotation`; an angle without label is
NaN in ``labels`` and in ``errors`` and counts nowhere. Of a head that is turned by
more than 90 degrees the predicted angles are read as the triple nearer to the label,
so that equal rotations have no error. Metrics are flat dicts of finite floats; one
that no sample has a label for is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bernoulli_headpose.arrays import as_numbers
from bernoulli_headpose.rotation import (
    ANGLE_NAMES,
    FloatArray,
    direction_error,
    euler_to_matrix,
    geodesic_error,
    mean_direction,
    nearer_triple,
    wrapped_difference,
)

THRESHOLDS = (5.0, 10.0, 15.0)
# Of the heads, by how sure the network is of them.
SHARES = (1.0, 0.9, 0.8, 2 / 3, 0.5, 1 / 3)
INTERVAL_EDGES = (0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0, 180.0)
YAW_EDGES = (0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0)
DEVIATIONS = (1.0, 2.0)
# Of normal errors, within one standard deviation: of an angle, and of the length of
# three alike (chi-squared).
NORMAL_SHARES = dict(angle=0.6827, rotation=0.6084)


def _as_rows(name: str, values: ArrayLike) -> FloatArray:
    return as_numbers(name, values, (None, 3))


def _check_increasing(
    values: Sequence[float], name: str, least: int, from_zero: bool, expected: str
) -> None:
    array = as_numbers(name, values, (None,))
    fits = len(array) >= least and (array[0] >= 0 if from_zero else array[0] > 0)
    if not fits or not np.isfinite(array).all() or (np.diff(array) <= 0).any():
        raise ValueError(f'{expected}, got {list(values)!r}')


def check_thresholds(values: Sequence[float], name: str = 'thresholds') -> None:
    """Check the thresholds of Criterion II.

    Args:
        values: Degrees.
        name: The argument to name in the message.

    Raises:
        ValueError: If there is none, or they are not positive and increasing.
    """
    expected = f'{name}: expected one or more increasing degrees above 0'
    _check_increasing(values, name, 1, False, expected)


def check_edges(values: Sequence[float], name: str = 'edges') -> None:
    """Check the interval edges of Criterion III.

    Args:
        values: Degrees.
        name: The argument to name in the message.

    Raises:
        ValueError: If there are fewer than two, the first is negative, or they do
            not increase.
    """
    expected = f'{name}: expected two or more increasing degrees from 0 up'
    _check_increasing(values, name, 2, True, expected)


def mask_labels(angles: ArrayLike, valid: ArrayLike) -> FloatArray:
    """Labels with NaN where an angle has none.

    Args:
        angles: Degrees, shape (N, 3).
        valid: 1 where an angle is labelled, else 0, shape (N, 3).

    Raises:
        ValueError: If the shapes are wrong or a labelled angle is not finite.
    """
    labels, mask = _as_rows('angles', angles), _as_rows('valid', valid) > 0
    if labels.shape != mask.shape:
        raise ValueError(
            f'valid: expected shape {labels.shape} like the angles, got {mask.shape}'
        )
    if not np.isfinite(labels[mask]).all():
        raise ValueError('angles: expected finite degrees where valid, got NaN or inf')
    return np.where(mask, labels, np.nan)


def angle_errors(predicted: ArrayLike, labels: ArrayLike) -> FloatArray:
    """Absolute errors, wrapped by 360 degrees; NaN where there is no label.

    Within +-90 of labelled yaw the angles are compared as they are, as in the
    literature.

    Args:
        predicted: Degrees, shape (N, 3).
        labels: Degrees, NaN where not labelled, shape (N, 3).

    Raises:
        ValueError: If the shapes are wrong or a prediction is not finite.
    """
    return wrapped_difference(*_as_pairs(predicted, labels))


def _as_pairs(predicted: ArrayLike, labels: ArrayLike) -> tuple[FloatArray, FloatArray]:
    estimates, truth = _as_rows('predicted', predicted), _as_rows('labels', labels)
    if estimates.shape != truth.shape:
        raise ValueError(
            f'predicted: expected shape {truth.shape} like the labels, '
            f'got {estimates.shape}'
        )
    if not np.isfinite(estimates).all():
        bad = int((~np.isfinite(estimates)).any(axis=1).sum())
        raise ValueError(
            f'predicted: expected finite degrees, got NaN or inf in {bad} rows'
        )
    is_beyond = np.abs(truth[:, 1]) > 90  # not of a NaN
    estimates = np.where(is_beyond[:, None], nearer_triple(estimates, truth), estimates)
    return estimates, truth


def labelled_error(predicted: ArrayLike, matrix: ArrayLike, labels: ArrayLike) -> float:
    """Geodesic error of a head, of what its label knows of the rotation.

    Without roll that is the least over all rolls, the angle between where the head
    faces and where it is predicted to.

    Args:
        predicted: Degrees, (3,).
        matrix: Labelled rotation, (3, 3).
        labels: Degrees, NaN where not labelled, (3,).

    Returns:
        Degrees; NaN without a label of pitch or yaw.
    """
    known = np.isfinite(as_numbers('labels', labels, (3,)))
    if not known[:2].all():
        return np.nan
    error = geodesic_error if known.all() else direction_error
    return float(error(euler_to_matrix(predicted), matrix))


def mean_absolute_errors(errors: ArrayLike) -> dict[str, float]:
    """Criterion I: the MAE of each angle, and ``mae``, the mean of those.

    Args:
        errors: Degrees, NaN where not labelled, shape (N, 3).

    Returns:
        ``mae``, ``mae_pitch``, ``mae_yaw``, ``mae_roll``.
    """
    columns = _as_rows('errors', errors).T
    means = {
        f'mae_{name}': float(column[~np.isnan(column)].mean())
        for name, column in zip(ANGLE_NAMES, columns, strict=True)
        if not np.isnan(column).all()
    }
    return {'mae': float(np.mean(list(means.values()))), **means} if means else {}


def constant_offsets(predicted: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """Each angle's mean signed error, and the MAE that is left without it.

    Data sets differ in where an angle is zero, pitch above all: a constant offset
    says that, and the rest is what the network gets wrong.

    Args:
        predicted: Degrees, shape (N, 3).
        labels: Degrees, NaN where not labelled, shape (N, 3).

    Returns:
        ``offset_pitch`` ..., in (-180, 180], positive where the prediction is higher,
        and ``mae_pitch_without_offset`` ....

    Raises:
        ValueError: If the shapes are wrong or a prediction is not finite.
    """
    estimates, truth = _as_pairs(predicted, labels)
    metrics = {}
    for name, guess, label in zip(ANGLE_NAMES, estimates.T, truth.T, strict=True):
        known = ~np.isnan(label)
        if not known.any():
            continue
        offset = mean_direction(guess[known] - label[known])
        left = wrapped_difference(guess[known] - offset, label[known])
        metrics[f'offset_{name}'] = offset
        metrics[f'mae_{name}_without_offset'] = float(left.mean())
    return metrics


def errors_by_coverage(
    errors: ArrayLike, std: ArrayLike, shares: Sequence[float] = SHARES
) -> list[float]:
    """The mean error over the heads that the network is surest of.

    If the standard deviations say something, the error falls as the least sure heads
    are left out.

    Args:
        errors: Degrees, of an angle or of the rotation, NaN where unknown, (N,).
        std: Their standard deviations in degrees, NaN where unknown, (N,).
        shares: Shares of the heads that are kept, in (0, 1].

    Returns:
        Degrees for each share; none where nothing is known.

    Raises:
        ValueError: If a share is out of range or the shapes differ.
    """
    kept_shares = as_numbers('shares', shares, (None,))
    if not ((kept_shares > 0) & (kept_shares <= 1)).all():
        raise ValueError(f'shares: expected numbers above 0 up to 1, got {shares!r}')
    known, sure = _known_pairs(errors, std)
    if not len(known):
        return []
    ordered = known[np.argsort(sure, kind='stable')]
    counts = [max(1, round(share * len(ordered))) for share in shares]
    return [float(ordered[:count].mean()) for count in counts]


def shares_within_std(
    errors: ArrayLike, std: ArrayLike, multiples: Sequence[float] = DEVIATIONS
) -> list[float]:
    """The share of errors that are within so many of their standard deviations.

    Of normal errors that is 68.3 % within one and 95.4 % within two. The error of a
    rotation is the length of its turns about three axes, and its standard deviation the
    root of the sum of their variances: of turns about one axis that is as many, of
    turns about three alike 60.8 and 99.3 %.

    Args:
        errors: Degrees, of an angle or of the rotation, NaN where unknown, (N,).
        std: Their standard deviations in degrees, NaN where unknown, (N,).
        multiples: Of the standard deviation.

    Returns:
        A share in [0, 1] for each multiple; none where nothing is known.

    Raises:
        ValueError: If the shapes differ.
    """
    known, sure = _known_pairs(errors, std)
    return [float((known <= m * sure).mean()) for m in multiples if len(known)]


def std_factor(errors: ArrayLike, std: ArrayLike, share: float) -> float | None:
    """What standard deviations are to be multiplied by, so that they are right.

    That is, such that a share of the errors is within one of them; outliers count no
    more than other errors above it.

    Args:
        errors: Degrees, NaN where unknown, (N,).
        std: Their standard deviations in degrees, NaN where unknown, (N,).
        share: Of :data:`NORMAL_SHARES`.

    Returns:
        None where nothing is known, or most deviations are 0.

    Raises:
        ValueError: If the shapes differ.
    """
    known, sure = _known_pairs(errors, std)
    with np.errstate(divide='ignore', invalid='ignore'):
        ratios = np.where(known == 0, 0.0, known / sure)
        factor = float(np.quantile(ratios, share)) if len(ratios) else np.inf
    return factor if np.isfinite(factor) else None


def reliability(
    errors: ArrayLike, std: ArrayLike, bins: int = 10
) -> tuple[FloatArray, FloatArray]:
    """Stated and actual error, in bins of as many heads each.

    After Levi et al., "Evaluating and calibrating uncertainty prediction in regression
    tasks", Sensors 2022: where the two are equal the deviations are right.

    Args:
        errors: Degrees, NaN where unknown, (N,).
        std: Their standard deviations in degrees, NaN where unknown, (N,).
        bins: How many; fewer where there are fewer heads.

    Returns:
        Root mean squares of the deviations and of the errors, degrees, (B,) each, from
        the smallest deviations on.

    Raises:
        ValueError: If the shapes differ.
    """
    known, sure = _known_pairs(errors, std)
    parts = np.array_split(np.argsort(sure, kind='stable'), min(bins, len(known)) or 1)
    roots = [
        [np.sqrt(np.mean(values[part] ** 2)) for part in parts if len(part)]
        for values in (sure, known)
    ]
    return np.array(roots[0]), np.array(roots[1])


def _known_pairs(errors: ArrayLike, std: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Errors and deviations, (M,) each, of the heads that have both."""
    values = as_numbers('errors', errors, (None,))
    sure = as_numbers('std', std, (len(values),))
    known = ~np.isnan(values) & ~np.isnan(sure)
    return values[known], sure[known]


def share_within(
    errors: ArrayLike, thresholds: Sequence[float] = THRESHOLDS
) -> dict[str, float]:
    """Criterion II: the share of heads with every error below a threshold.

    All labelled angles of a head must be below; a head without any is left out.

    Args:
        errors: Degrees, NaN where not labelled, shape (N, 3).
        thresholds: Increasing degrees above 0.

    Returns:
        ``within_5``, ``within_10`` ..., each in [0, 1].
    """
    check_thresholds(thresholds)
    rows = _as_rows('errors', errors)
    rows = rows[~np.isnan(rows).all(axis=1)]
    if not len(rows):
        return {}
    largest = np.nanmax(rows, axis=1)
    return {
        f'within_{limit:g}': float((largest < limit).mean()) for limit in thresholds
    }


def errors_by_interval(
    errors: ArrayLike, labels: ArrayLike, edges: Sequence[float] = INTERVAL_EDGES
) -> dict[str, float]:
    """Criterion III: Criterion I inside each interval of the head's angle.

    The paper speaks of "the MAE of the absolute value of the pose angles of the
    sample within a certain range". Read here: a head belongs to the interval of
    its largest absolute labelled angle, so that "0 to 15" holds the heads that
    are turned by less than 15 degrees about every axis.
    :func:`angle_errors_by_interval` is the other reading, angle by angle.

    Args:
        errors: Degrees, NaN where not labelled, shape (N, 3).
        labels: Degrees, NaN where not labelled, shape (N, 3).
        edges: Increasing degrees; intervals are [low, high), the last [low, high].

    Returns:
        ``mae_0_15`` (the mean over angles of the MAE) and ``share_0_15`` (of the
        heads with a label, in [0, 1]) ..., without the intervals that are empty.
    """
    check_edges(edges)
    rows, truth = _as_rows('errors', errors), _as_rows('labels', labels)
    labelled = ~np.isnan(truth).all(axis=1)
    rows, truth = rows[labelled], truth[labelled]
    largest = np.nanmax(np.abs(truth), axis=1) if len(truth) else truth[:, 0]
    metrics = {}
    for name, inside in _intervals(largest, edges):
        metrics[f'mae_{name}'] = mean_absolute_errors(rows[inside])['mae']
        metrics[f'share_{name}'] = float(inside.mean())
    return metrics


def angle_errors_by_interval(
    errors: ArrayLike, labels: ArrayLike, edges: Sequence[float] = INTERVAL_EDGES
) -> dict[str, float]:
    """Criterion III of each angle alone, by the absolute value of that angle.

    Args:
        errors: Degrees, NaN where not labelled, shape (N, 3).
        labels: Degrees, NaN where not labelled, shape (N, 3).
        edges: Increasing degrees; intervals are [low, high), the last [low, high].

    Returns:
        ``mae_pitch_0_15``, ``share_pitch_0_15`` (of the labels of pitch) ...
    """
    check_edges(edges)
    metrics = {}
    columns = (_as_rows('errors', errors).T, _as_rows('labels', labels).T)
    for angle, column, truth in zip(ANGLE_NAMES, *columns, strict=True):
        labelled = ~np.isnan(truth)
        for name, inside in _intervals(np.abs(truth[labelled]), edges):
            metrics[f'mae_{angle}_{name}'] = float(column[labelled][inside].mean())
            metrics[f'share_{angle}_{name}'] = float(inside.mean())
    return metrics


def _intervals(
    sizes: FloatArray, edges: Sequence[float]
) -> list[tuple[str, np.ndarray]]:
    """(name, mask) of each interval that holds one of the sizes, shape (N,)."""
    intervals = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        below = sizes <= high if high == edges[-1] else sizes < high
        inside = (sizes >= low) & below
        if inside.any():
            intervals.append((f'{low:g}_{high:g}', inside))
    return intervals


def geodesic_metrics(geodesic: ArrayLike) -> dict[str, float]:
    """Mean and median of the geodesic error.

    Args:
        geodesic: Degrees, NaN for a head without labels of pitch and yaw, shape (N,).

    Returns:
        ``geodesic_mean`` and ``geodesic_median``.
    """
    values = as_numbers('geodesic', geodesic)
    values = values[~np.isnan(values)]
    if not values.size:
        return {}
    return {
        'geodesic_mean': float(values.mean()),
        'geodesic_median': float(np.median(values)),
    }


def geodesic_by_yaw(
    geodesic: ArrayLike, labels: ArrayLike, edges: Sequence[float] = YAW_EDGES
) -> dict[str, float]:
    """The mean geodesic error in each interval of the absolute yaw, all the way round.

    Args:
        geodesic: Degrees, NaN for a head without labels of pitch and yaw, shape (N,).
        labels: Degrees, NaN where not labelled, shape (N, 3).
        edges: Increasing degrees; intervals are [low, high), the last [low, high].

    Returns:
        ``geodesic_0_30`` and ``share_0_30`` (of the heads with a geodesic error, in
        [0, 1]) ..., without the intervals that are empty.
    """
    check_edges(edges)
    truth = _as_rows('labels', labels)
    values = as_numbers('geodesic', geodesic, (len(truth),))
    known = ~np.isnan(values)
    metrics = {}
    for name, inside in _intervals(np.abs(truth[known, 1]), edges):
        metrics[f'geodesic_{name}'] = float(values[known][inside].mean())
        metrics[f'share_{name}'] = float(inside.mean())
    return metrics


def predict_the_mean(labels: ArrayLike) -> dict[str, float]:
    """MAE of always predicting the mean of these very labels.

    The mean is that of the circle: of 170 and -170 degrees it is 180.

    Args:
        labels: Degrees, NaN where not labelled, shape (N, 3).

    Returns:
        ``baseline_mae``, ``baseline_mae_pitch`` ...
    """
    truth = _as_rows('labels', labels)
    means = [_circular_mean(column[~np.isnan(column)]) for column in truth.T]
    errors = wrapped_difference(means, truth)
    return {f'baseline_{key}': v for key, v in mean_absolute_errors(errors).items()}


def _circular_mean(degrees: FloatArray) -> float:
    """The angle of the least mean squared wrapped distance; 0 of no angles.

    It is the plain mean after adding 360 to some number k of the smallest angles, and
    the plain mean itself where all are within half a turn.
    """
    n = len(degrees)
    if not n:
        return 0.0
    ordered, k = np.sort(degrees), np.arange(n)
    sums = np.concatenate([[0.0], np.cumsum(ordered)[:-1]])  # of the k smallest
    means = degrees.mean() + 360.0 * k / n
    spreads = 720.0 * sums + 360.0**2 * k - n * means**2  # but for a constant
    return float(means[np.argmin(spreads)])


def all_metrics(
    predicted: ArrayLike,
    labels: ArrayLike,
    geodesic: ArrayLike,
    thresholds: Sequence[float] = THRESHOLDS,
    edges: Sequence[float] = INTERVAL_EDGES,
) -> dict[str, float]:
    """Every metric of a test: geodesic, I, offsets, II, the baseline, III.

    Args:
        predicted: Degrees, shape (N, 3).
        labels: Degrees, NaN where not labelled, shape (N, 3).
        geodesic: Degrees, NaN for a head without labels of pitch and yaw, shape (N,).
        thresholds: Of Criterion II, degrees.
        edges: Of Criterion III, degrees.
    """
    errors = angle_errors(predicted, labels)
    return {
        **geodesic_metrics(geodesic),
        **mean_absolute_errors(errors),
        **constant_offsets(predicted, labels),
        **share_within(errors, thresholds),
        **predict_the_mean(labels),
        **errors_by_interval(errors, labels, edges),
    }
