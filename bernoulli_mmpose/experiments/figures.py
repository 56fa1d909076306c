"""Figures of runs: means and spreads over seeds, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import PurePath
from typing import Any

import numpy as np

from bernoulli_headpose.rotation import ANGLE_NAMES

from ..evaluation import HeadPoseResults, criteria
from ..evaluation.summary import Table

COLUMNS = {**{f'mae_{name}': name for name in ANGLE_NAMES}, 'mae': 'mean'}
GEODESIC = {'geodesic_mean': 'geodesic'}
SHARES = {f'within_{limit:g}': f'within {limit:g}' for limit in criteria.THRESHOLDS}

# Results of the same setting, trained (or drawn) with several seeds.
Repeats = Sequence[HeadPoseResults]


def part(results: HeadPoseResults, dataset: str) -> HeadPoseResults | None:
    """The heads of one data set, None where there are none."""
    rows = np.flatnonzero(np.array(results.dataset) == dataset)
    return results.select(rows) if len(rows) else None


def flatten(settings: Mapping[str, Repeats]) -> list[HeadPoseResults]:
    """The results of all settings."""
    return [results for repeats in settings.values() for results in repeats]


def parts_of(repeats: Repeats, dataset: str) -> list[HeadPoseResults]:
    """The heads of one data set in each of several results that have some."""
    return [p for results in repeats if (p := part(results, dataset)) is not None]


def of_subject(results: HeadPoseResults, subject: str) -> HeadPoseResults:
    """The heads of one person."""
    return results.select(np.flatnonzero(np.array(results.subject) == subject))


def without_angles(results: HeadPoseResults, names: Sequence[str]) -> HeadPoseResults:
    """Results as if some angles were not labelled; the geodesic error goes, too."""
    if not names:
        return results
    labels, columns = results.labels.copy(), [ANGLE_NAMES.index(name) for name in names]
    labels[:, columns] = np.nan
    geodesic = np.full(len(results), np.nan)
    return replace(results, labels=labels, geodesic=geodesic)


def count_angles(results: HeadPoseResults) -> int:
    """How many of the three angles are labelled in any head."""
    return int((~np.isnan(results.labels)).any(axis=0).sum())


def figures_of(results: HeadPoseResults) -> dict[str, float]:
    """Criterion I and II and the geodesic error."""
    return criteria.all_figures(results.predicted, results.labels, results.geodesic)


def mean_and_spread(repeats: Repeats, key: str) -> tuple[float, float]:
    """Mean over repeats of a figure, and its standard deviation (NaN of one)."""
    values = [figures_of(results).get(key, np.nan) for results in repeats]
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else np.nan
    return float(np.mean(values)), spread


def relative_spread(repeats: Repeats) -> float:
    """The spread of the MAE over repeats, as a share of it; NaN of fewer than two."""
    mean, spread = mean_and_spread(repeats, 'mae') if repeats else (np.nan, np.nan)
    return spread / mean if mean else np.nan


def mean_error(repeats: Repeats, dataset: str) -> float:
    """Mean over repeats of the MAE (itself the mean over angles), NaN of none."""
    parts = parts_of(repeats, dataset)
    return mean_and_spread(parts, 'mae')[0] if parts else np.nan


def pooled_spread(groups: Iterable[Repeats], dataset: str) -> float:
    """The spread of the MAE over seeds, as a share of it, of several settings together.

    The root mean square of each setting's, weighted by its degrees of freedom: that of
    three seeds alone tells little.

    Args:
        groups: Repeats of each setting; those of fewer than two count for nothing.
        dataset: Whose heads.

    Returns:
        NaN where no setting has two.
    """
    parts = [parts_of(repeats, dataset) for repeats in groups]
    parts = [repeats for repeats in parts if len(repeats) > 1]
    if not parts:
        return np.nan
    freedom = [len(repeats) - 1 for repeats in parts]
    squares = [relative_spread(repeats) ** 2 for repeats in parts]
    return float(np.sqrt(np.average(squares, weights=freedom)))


def standard_error(repeats: Repeats, dataset: str, chance: float) -> float:
    """Standard error of the mean error, as a share of it.

    Args:
        repeats: Of the setting.
        dataset: Whose heads.
        chance: Spread over seeds, as a share; NaN if unknown.

    Returns:
        NaN of no repeat.
    """
    count = len(parts_of(repeats, dataset))
    return chance / np.sqrt(count) if count else np.nan


def on_common_heads(repeats: Repeats) -> list[HeadPoseResults]:
    """Results restricted to the images that all of them have.

    An image is known by its data set, its name and its folder's: the data may have
    been elsewhere for some of the tests.

    Raises:
        ValueError: If they have none in common.
    """
    names = [
        [
            (dataset, *PurePath(path).parts[-2:])
            for dataset, path in zip(results.dataset, results.img_path, strict=True)
        ]
        for results in repeats
    ]
    common = set.intersection(*map(set, names))
    if not common:
        raise ValueError(
            f'expected tests of some images in common, got {len(repeats)} of others '
            f'each, such as {", ".join(r.img_path[0] for r in repeats)}'
        )
    kept = [[name in common for name in tested] for tested in names]
    return [
        results.select(np.flatnonzero(rows))
        for results, rows in zip(repeats, kept, strict=True)
    ]


def pooled(repeats: Repeats) -> HeadPoseResults:
    """Results of several repeats as of one: their curves are the mean of each's."""
    columns: dict[str, Any] = {}
    for field in fields(HeadPoseResults):
        parts = [getattr(results, field.name) for results in repeats]
        is_text = isinstance(parts[0], list)
        columns[field.name] = sum(parts, []) if is_text else np.concatenate(parts)
    return HeadPoseResults(**columns)


def cell(mean: float, spread: float, scale: float = 1.0) -> str:
    """``4.31 ± 0.05``; ``-`` where there is no figure."""
    if np.isnan(mean):
        return '-'
    text = f'{scale * mean:.2f}'
    return text if np.isnan(spread) else f'{text} ± {scale * spread:.2f}'


def error_table(
    title: str,
    settings: Mapping[str, Repeats],
    dataset: str,
    against: str | None = None,
    shown: str | None = None,
) -> Table | None:
    """A row a setting: MAE of each angle, their mean (the least bold), the geodesic.

    A mean over fewer angles than in other rows is left out.

    Args:
        title: A line; the data set and the number of heads are put behind it.
        settings: Repeats by the name of the setting.
        dataset: Whose heads.
        against: A setting that all are compared with, in the last column.
        shown: What the title calls the data set, where not by its name.

    Returns:
        None where the data set is in none of the results.
    """
    parts = {name: parts_of(repeats, dataset) for name, repeats in settings.items()}
    parts = {name: repeats for name, repeats in parts.items() if repeats}
    if not parts:
        return None
    keys = {**COLUMNS, **GEODESIC}
    means = _comparable_means(parts)
    rows = []
    for name, repeats in parts.items():
        cells = {key: cell(*mean_and_spread(repeats, key)) for key in keys}
        if np.isnan(means[name]):
            cells['mae'] = '-'
        elif len(parts) > 1 and means[name] == np.nanmin(list(means.values())):
            cells['mae'] = f'**{cells["mae"]}**'
        ratio = []
        if against is not None:
            ratio = [cell(means[name] / means.get(against, np.nan), np.nan)]
        rows.append([name, *cells.values(), str(len(repeats)), *ratio])
    header = ['', *keys.values(), 'seeds']
    kept = [0, *(i for i in range(1, len(header)) if any(r[i] != '-' for r in rows))]
    header += [f'mean, of {against}'] if against is not None else []
    kept += [len(header) - 1] if against is not None else []
    heads = sorted({len(r) for repeats in parts.values() for r in repeats})
    count = ' to '.join(str(n) for n in dict.fromkeys((heads[0], heads[-1])))
    return Table(
        f'{title}: {shown or dataset}, MAE in degrees (n = {count} heads)',
        [header[i] for i in kept],
        [[row[i] for i in kept] for row in rows],
    )


def _comparable_means(parts: Mapping[str, Repeats]) -> dict[str, float]:
    """The mean error of each setting, NaN where others are of more angles."""
    most = max(count_angles(repeats[0]) for repeats in parts.values())
    return {
        name: (
            mean_and_spread(repeats, 'mae')[0]
            if count_angles(repeats[0]) == most
            else np.nan
        )
        for name, repeats in parts.items()
    }
