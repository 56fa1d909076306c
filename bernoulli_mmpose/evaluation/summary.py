"""Tables and pictures that sum up the results of one test or compare several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bernoulli_headpose import rotation
from bernoulli_headpose.drawing import Image, contact_sheet, draw_comparison
from bernoulli_headpose.files import read_image

from . import criteria
from .results import (
    BBOX,
    CENTRE,
    ERRORS,
    LABELS,
    PREDICTED,
    ROTATION_STD,
    Runs,
    data_name,
    errors_and_stds,
)

if TYPE_CHECKING:
    import pandas as pd

_DEGREES = {
    'geodesic_mean': 'geodesic mean',
    'geodesic_median': 'geodesic median',
    **{f'mae_{name}': name for name in rotation.ANGLE_NAMES},
    'mae': 'mean',
}
_SHARES = {f'within_{limit:g}': f'within {limit:g}' for limit in criteria.THRESHOLDS}


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        title: One line, with the units.
        header: Names of the columns.
        rows: Cells, as many as columns.
    """

    title: str
    header: list[str]
    rows: list[list[str]]

    def to_markdown(self) -> str:
        """The table in Markdown, under its title."""
        rule = ['---', *['---:'] * (len(self.header) - 1)]
        table = (self.header, rule, *self.rows)
        cells = ([cell.replace('|', '/') for cell in row] for row in table)
        lines = ['| ' + ' | '.join(row) + ' |' for row in cells]
        return f'**{self.title}**\n\n' + '\n'.join(lines) + '\n'


def summary_tables(runs: Runs) -> list[Table]:
    """The tables of a summary.

    The geodesic error and Criterion I and II with the baseline; the geodesic error by
    yaw; constant offsets; Criterion III in both readings; the error of the heads that
    the network is surest of, how many are within their deviations, and what sets these
    right (none where no deviation is known). A run over several data sets has a row for
    each too: the zero of pitch differs between data sets.

    Args:
        runs: Results by the name to show.
    """
    parts = with_datasets(runs)
    tables = [
        _main_table,
        _yaw_table,
        _offset_table,
        _interval_table,
        _angle_table,
        _coverage_table,
        _deviation_table,
        _factor_table,
    ]
    return [made for made in (table(parts) for table in tables) if made.rows]


def with_datasets(runs: Runs) -> dict[str, pd.DataFrame]:
    """The runs, and the part of each data set of those over several."""
    parts: dict[str, pd.DataFrame] = {}
    for name, run in runs.items():
        parts[name] = run
        if run['dataset'].nunique() > 1:
            datasets = run.groupby('dataset')
            parts |= {f'{name}: {dataset}': rows for dataset, rows in datasets}
    return parts


def _main_table(parts: Runs) -> Table:
    header = ['', 'data', 'heads', *_DEGREES.values(), *_SHARES.values()]
    rows = []
    for name, run in parts.items():
        metrics = criteria.all_metrics(run[PREDICTED], run[LABELS], run['geodesic_deg'])
        cells = [as_decimal(metrics.get(key)) for key in _DEGREES]
        cells += [as_share(metrics.get(key)) for key in _SHARES]
        rows.append([name, data_name(run), str(len(run)), *cells])
        mean = criteria.predict_the_mean(run[LABELS])
        cells = [as_decimal(mean.get(f'baseline_{key}')) for key in _DEGREES]
        label = f'{name}, predicting the mean'
        rows.append(
            [label, data_name(run), str(len(run)), *cells, *['-'] * len(_SHARES)]
        )
    title = (
        'Geodesic error, Criterion I (MAE) (degrees) and Criterion II (share of heads)'
    )
    return Table(title, header, rows)


def _yaw_table(parts: Runs) -> Table:
    metrics = {
        name: criteria.geodesic_by_yaw(run['geodesic_deg'], run[LABELS])
        for name, run in parts.items()
    }
    metrics = {name: table for name, table in metrics.items() if table}
    title = 'Mean geodesic error in degrees (share of heads) by the absolute yaw'
    return _intervals(title, metrics, 'geodesic', criteria.YAW_EDGES)


def _interval_table(parts: Runs) -> Table:
    metrics = {
        name: criteria.errors_by_interval(run[ERRORS], run[LABELS])
        for name, run in parts.items()
    }
    title = (
        "Criterion III: MAE in degrees (share of heads) by the head's largest "
        'absolute angle'
    )
    return _intervals(title, metrics)


def _angle_table(parts: Runs) -> Table:
    metrics = {}
    for name, run in parts.items():
        table = criteria.angle_errors_by_interval(run[ERRORS], run[LABELS])
        for angle in rotation.ANGLE_NAMES:
            metrics[f'{name}, {angle}'] = {
                key.replace(f'{angle}_', ''): value
                for key, value in table.items()
                if f'_{angle}_' in key
            }
    metrics = {name: table for name, table in metrics.items() if table}
    title = 'MAE of each angle in degrees (share of its labels) by its absolute value'
    return _intervals(title, metrics)


def _offset_table(parts: Runs) -> Table:
    rows = []
    for name, run in parts.items():
        metrics = criteria.constant_offsets(run[PREDICTED], run[LABELS])
        keys = ('offset_{}', 'mae_{}_without_offset')
        cells = [metrics.get(k.format(a)) for a in rotation.ANGLE_NAMES for k in keys]
        rows.append([name, *(as_decimal(cell) for cell in cells)])
    columns = [f'{a}{part}' for a in rotation.ANGLE_NAMES for part in ('', ', MAE')]
    title = 'Constant offset in degrees (prediction over label), and the MAE without it'
    return Table(title, ['', *columns], rows)


def _coverage_table(parts: Runs) -> Table:
    shares = [round(100 * share) for share in criteria.SHARES]
    rows = []
    for name, run in parts.items():
        for what, (errors, stds) in errors_and_stds(run).items():
            means = criteria.errors_by_coverage(errors, stds)
            if means:
                rows.append([f'{name}, {what}', *map(as_decimal, means)])
    title = 'Mean error in degrees of the heads with the smallest standard deviations'
    return Table(title, ['', *(f'{share} %' for share in shares)], rows)


def _deviation_table(parts: Runs) -> Table:
    rows = []
    for name, run in parts.items():
        for what, (errors, stds) in errors_and_stds(run).items():
            shares = criteria.shares_within_std(errors, stds)
            if shares:
                (stated,), (actual,) = criteria.reliability(errors, stds, bins=1)
                ratio = actual / stated if stated else None
                cells = [*map(as_share, shares), as_decimal(ratio)]
                rows.append([f'{name}, {what}', *cells])
    title = (
        'Share of errors within their standard deviations (normal ones: 68.3 and '
        '95.4 % of an angle and of a rotation about one axis, 60.8 and 99.3 % of one '
        'about three alike), and root mean square error over deviation'
    )
    header = ['', *(f'within {m:g}' for m in criteria.DEVIATIONS), 'error / deviation']
    return Table(title, header, rows)


def _factor_table(parts: Runs) -> Table:
    rows = []
    for name, run in parts.items():
        factors = {
            what: criteria.std_factor(
                *pair, criteria.NORMAL_SHARES.get(what, criteria.NORMAL_SHARES['angle'])
            )
            for what, pair in errors_and_stds(run).items()
        }
        has_rotation = run[ROTATION_STD].notna().any(axis=None)
        names = [*rotation.ANGLE_NAMES, *(['rotation'] if has_rotation else [])]
        texts = [f'{factors.get(what) or 1:.3g}' for what in names]
        if factors:
            rows.append([name, f'std_factors=({", ".join(texts)})'])
    title = (
        'For the codec of a config without std_factors, so that the first of these '
        'shares is right on data like this (1: not known)'
    )
    return Table(title, ['', 'argument'], rows)


def _intervals(
    title: str,
    metrics: Mapping[str, Mapping[str, float]],
    error: str = 'mae',
    edges: Sequence[float] = criteria.INTERVAL_EDGES,
) -> Table:
    names = [
        f'{low:g}_{high:g}' for low, high in zip(edges[:-1], edges[1:], strict=True)
    ]
    names = [
        n for n in names if any(f'{error}_{n}' in table for table in metrics.values())
    ]
    rows = []
    for label, table in metrics.items():
        cells = [
            f'{as_decimal(table[f"{error}_{n}"])} ({as_share(table[f"share_{n}"])})'
            if f'{error}_{n}' in table
            else '-'
            for n in names
        ]
        rows.append([label, *cells])
    return Table(title, ['', *(n.replace('_', ' to ') for n in names)], rows)


def as_decimal(value: float | None) -> str:
    """A cell."""
    return '-' if value is None else f'{value:.2f}'


def as_share(value: float | None) -> str:
    """A cell, in percent."""
    return '-' if value is None else f'{100 * value:.1f} %'


def rank_heads(run: pd.DataFrame, number: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Row numbers of heads to look at, of each kind.

    Args:
        run: Results.
        number: Heads of each kind; all where there are fewer.
        seed: Of the random choice.

    Returns:
        Row numbers by kind: ``worst`` and ``best`` in the mean error over angles,
        ``turned`` furthest in any labelled angle, and ``random``.

    Raises:
        ValueError: If the number is negative.
    """
    if number < 0:
        raise ValueError(f'number: expected 0 or more heads, got {number}')
    order = np.argsort(run[ERRORS].mean(axis=1).to_numpy(), kind='stable')
    count = min(number, len(run))
    chosen = np.random.default_rng(seed).permutation(len(run))[:count]
    largest = run[LABELS].abs().max(axis=1).to_numpy()
    return {
        'worst': order[::-1][:count],
        'best': order[:count],
        'turned': np.argsort(-largest, kind='stable')[:count],
        'random': chosen,
    }


def draw_heads(run: pd.DataFrame, rows: np.ndarray, columns: int) -> Image:
    """Pictures of heads with the predicted axes (thick) and the labelled (pale, long).

    An angle without label is taken from the prediction for the labelled axes and
    shown as ``-`` in the text.

    Args:
        run: Results, whose ``img_path`` are read.
        rows: Row numbers of the heads.
        columns: Pictures a row.

    Returns:
        One picture of all heads, BGR.

    Raises:
        FileNotFoundError: If an image is not there.
        ValueError: If one cannot be read.
    """
    return contact_sheet([_draw_head(run, row) for row in rows], columns)


def _draw_head(run: pd.DataFrame, row: int) -> Image:
    head = run.iloc[row]
    groups = (
        head[names].to_numpy(float) for names in (PREDICTED, LABELS, BBOX, CENTRE)
    )
    return draw_comparison(read_image(head['img_path']), *groups)
