"""Errors of tests, their spread over seeds, and intervals of ratios between them.

A *case* names tests: a setting with all its seeds (``head_bernoulli``), one run of it
(``head_bernoulli_seed0``), several (``fold?_bernoulli``), and behind a ``/`` a further
test (``head_bernoulli_seed0/shift-0.2``).
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import translate

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from bernoulli_headpose.rotation import mean_direction

from .heads import ANGLES, TEST, wrapped

_RESAMPLES = 4999
_LEVEL = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """One error over another, with its 95 % interval.

    Attributes:
        value: The ratio.
        low: Lower end of the interval.
        high: Upper end.
        count: People, where it is over these, else heads.
        seeds: Trainings on either side, the fewer of both.
    """

    value: float
    low: float
    high: float
    count: int
    seeds: int

    @property
    def direction(self) -> str:
        """``lower``, ``higher``, or ``level`` where the interval holds 1.

        ``unknown`` where there is no interval.
        """
        if np.isnan(self.low):
            return 'unknown'
        if self.low <= 1 <= self.high:
            return 'level'
        return 'lower' if self.value < 1 else 'higher'


def scores(heads: pd.DataFrame) -> pd.DataFrame:
    """Errors of each test: MAE by angle, their ``mean``, ``geodesic``, and ``n``."""
    keys = [*TEST, 'setting', 'seed']
    sizes = heads.assign(n=1, **{name: heads[name].abs() for name in ANGLES})
    groups = sizes.groupby(keys, observed=True)
    table = groups[[*ANGLES, 'geodesic']].mean()
    table.insert(3, 'mean', table[ANGLES].mean(axis=1))
    return table.assign(n=groups['n'].sum()).reset_index()


def select(table: pd.DataFrame, case: str, dataset: str | None = None) -> pd.DataFrame:
    """The rows of a case, of scores or of heads.

    Raises:
        ValueError: If there is none.
    """
    runs, _, test = case.partition('/')
    column = table['run' if '_seed' in runs else 'setting'].astype(str)
    chosen = column.str.match(translate(runs)) & (table['test'] == test)
    if dataset is not None:
        chosen &= table['dataset'] == dataset
    if not chosen.any():
        raise ValueError(f'{case}, {dataset}: expected tests of it, got none')
    return table[chosen]


def mean_and_std(rows: pd.DataFrame, key: str = 'mean') -> tuple[float, float]:
    """Mean over tests of an error, and its standard deviation (NaN of one)."""
    return float(rows[key].mean()), float(rows[key].std(ddof=1))


def seed_noise(
    table: pd.DataFrame, dataset: str, key: str = 'mean', data: str = 'head'
) -> Floats:
    """What the seed does to an error, as logarithms, of all settings with several.

    The three seeds of one setting alone tell little. Each value is the logarithm of a
    mean error over that of its setting, scaled to an unbiased variance.

    Args:
        table: Of :func:`scores`.
        dataset: Test set.
        key: ``'mean'`` of the angles' errors, or ``'geodesic'``.
        data: What the settings have learnt from.
    """
    plain = table[(table['test'] == '') & (table['dataset'] == dataset)]
    plain = plain[plain['setting'].astype(str).str.startswith(f'{data}_')]
    plain = plain[plain[key].notna()]
    logs = np.log(plain[key])
    groups = logs.groupby(plain['setting'].astype(str))
    count = groups.transform('size')
    noise = (logs - groups.transform('mean')) * np.sqrt(count / (count - 1).clip(1))
    return noise[count > 1].to_numpy()


def ratio_over_seeds(
    table: pd.DataFrame, ours: str, theirs: str, dataset: str, key: str = 'mean'
) -> Ratio:
    """Ratio of mean errors, its interval from resampled :func:`seed_noise`.

    That of the data that was learnt from; where no setting on it has several seeds,
    that of the heads of all sets. NaN where that has none.

    Args:
        table: Of :func:`scores`, all of them.
        ours: Case above the line.
        theirs: Case below.
        dataset: Test set.
        key: ``'mean'`` of the angles' errors, or ``'geodesic'``.
    """
    pair = [select(table, case, dataset) for case in (ours, theirs)]
    above, below = (r.groupby('run', observed=True)[key].mean() for r in pair)
    value, count = above.mean() / below.mean(), int(pair[0]['n'].max())
    seeds = min(len(above), len(below))
    data = str(pair[0]['setting'].iloc[0]).partition('_')[0]
    of_data = seed_noise(table, dataset, key, data)
    noise = of_data if len(of_data) else seed_noise(table, dataset, key)
    rng = np.random.default_rng(0)
    if not len(noise):
        return Ratio(value, np.nan, np.nan, count, seeds)
    drawn = [
        rng.choice(noise, (_RESAMPLES, len(runs))).mean(axis=1)
        for runs in (above, below)
    ]
    tails = (1 - _LEVEL) / 2, (1 + _LEVEL) / 2
    low, high = value * np.quantile(np.exp(drawn[0] - drawn[1]), tails)
    return Ratio(value, low, high, count, seeds)


def ratio_over_people(
    heads: pd.DataFrame, ours: str, theirs: str, dataset: str, offsets: bool = True
) -> Ratio:
    """Ratio of mean errors, its interval from their differences person by person.

    Student's t: an interval of so few resampled people would be too narrow.

    Args:
        heads: The long table.
        ours: Case above the line.
        theirs: Case below, of the same people.
        dataset: Test set.
        offsets: Whether each person's constant offsets count; else they are taken off.
    """
    cases = (ours, theirs)
    pair = [errors_of_people(select(heads, c, dataset), offsets) for c in cases]
    people = sorted(set(pair[0].index) & set(pair[1].index))
    above, below = (one[people].to_numpy() for one in pair)
    test = stats.ttest_rel(above, below).confidence_interval(_LEVEL)
    low, high = (1 + end / below.mean() for end in (test.low, test.high))
    value = above.mean() / below.mean()
    return Ratio(value, low, high, len(people), 1)


def ratio_over_heads(
    heads: pd.DataFrame, ours: str, theirs: str, dataset: str
) -> Ratio:
    """Ratio of mean errors of the same weights, its interval from resampled heads."""
    pair = []
    for case in (ours, theirs):
        chosen = select(heads, case, dataset)
        means = chosen[ANGLES].abs().mean(axis=1).groupby(chosen['head']).mean()
        pair.append(means.to_numpy())

    def quotient(above: Floats, below: Floats, axis: int) -> Floats:
        return above.mean(axis) / below.mean(axis)

    low, high = stats.bootstrap(
        pair,
        quotient,
        paired=True,
        n_resamples=_RESAMPLES,
        confidence_level=_LEVEL,
        method='percentile',
        rng=np.random.default_rng(0),
    ).confidence_interval
    value = pair[0].mean() / pair[1].mean()
    return Ratio(value, low, high, len(pair[0]), 1)


def errors_of_people(heads: pd.DataFrame, offsets: bool = True) -> pd.Series:
    """Mean error of each person, the mean over tests.

    Args:
        heads: Of one case and set.
        offsets: Whether a person's mean signed errors, of each test, count.
    """
    keys = [heads['subject'].astype(str), *(heads[key].astype(str) for key in TEST)]
    signed = heads[ANGLES]
    if not offsets:
        signed = signed - signed.groupby(keys).transform(mean_direction)
        signed = wrapped(signed)
    of_tests = signed.abs().groupby(keys).mean().mean(axis=1)
    return of_tests.groupby('subject').mean()
