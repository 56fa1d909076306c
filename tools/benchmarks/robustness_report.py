"""Figures of a model under several conditions, their tables and plots."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_mmpose.evaluation import criteria
from bernoulli_mmpose.evaluation.plots import ANGLE_COLORS, RUN_COLORS
from bernoulli_mmpose.evaluation.results import ERRORS, Runs
from bernoulli_mmpose.evaluation.summary import Table
from bernoulli_mmpose.evaluation.trust import deviation_of

from .conditions import ABSENT, AS_THEY_ARE, GOAL, MOVES, move_name

_QUANTILES = (5, 50, 95)
_ERRORS = {
    'geodesic_mean': 'geodesic mean',
    'geodesic_median': 'geodesic median',
    **{f'mae_{angle}': angle for angle in ANGLE_NAMES},
    'mae': 'mean',
    'ratio': 'ratio',
}
_SURETY = {
    **{f'score_{share}': f'score {share} %' for share in _QUANTILES},
    **{f'deviation_{share}': f'deviation {share} %' for share in _QUANTILES},
    'share_above': 'above',
    'geodesic_above': 'geodesic of these',
}


def figures_of(runs: Runs, score: float) -> pd.DataFrame:
    """Figures of each condition, a row each; degrees and shares in [0, 1].

    Args:
        runs: Of :func:`.robustness.measure`.
        score: Heads above it count as trusted.
    """
    plain = runs[AS_THEY_ARE]
    rows = {name: _row(table, plain, score) for name, table in runs.items()}
    made = pd.DataFrame.from_dict(rows, orient='index')
    return made.reindex(columns=['n', *_ERRORS, *_SURETY]).rename_axis('condition')


def _row(table: pd.DataFrame, plain: pd.DataFrame, score: float) -> dict[str, float]:
    errors = criteria.geodesic_metrics(table['geodesic_deg'])
    above = table['score'] > score
    row = {
        'n': len(table),
        **errors,
        **criteria.mean_absolute_errors(table[ERRORS]),
        'share_above': float(above.mean()),
        'geodesic_above': table['geodesic_deg'][above].mean(),
    }
    if errors:
        before = plain['geodesic_deg'].reindex(table.index).mean()
        row['ratio'] = errors['geodesic_mean'] / max(before, 1e-9)
    for name, values in (('score', table['score']), ('deviation', deviation_of(table))):
        known = values[np.isfinite(values)]
        if len(known):
            marks = np.percentile(known, _QUANTILES)
            row |= {f'{name}_{s}': m for s, m in zip(_QUANTILES, marks, strict=True)}
    return row


def sentence(figures: pd.DataFrame, score: float) -> str:
    """The most of the figures in a line."""
    heads, moved = figures.loc[AS_THEY_ARE], figures.loc[move_name(*GOAL)]
    absent = figures[figures.index.str.startswith(ABSENT)]
    passed = np.average(absent['share_above'], weights=absent['n'])
    return (
        f'Boxes moved by {100 * GOAL[0]:g} % and scaled by {1 / GOAL[1]:g} to '
        f'{GOAL[1]:g}: error x{moved["ratio"]:.2f}. Score above {score:g}: '
        f'{100 * heads["share_above"]:.1f} % of {heads["n"]:g} heads, '
        f'{100 * passed:.1f} % of {absent["n"].sum():g} pictures without a head.'
    )


def figure_tables(figures: pd.DataFrame, score: float) -> list[Table]:
    """The figures for reading: errors of heads, and how sure the model is."""
    heads = figures[[not name.startswith(ABSENT) for name in figures.index]]
    errors = (
        'Geodesic error and MAE in degrees, and the mean geodesic error over that of '
        'the same heads as they are'
    )
    surety = (
        'Quantiles of score and deviation (degrees), the share with a score above '
        f'{score:g}, and the mean geodesic error of these'
    )
    return [_shown(errors, heads, _ERRORS), _shown(surety, figures, _SURETY)]


def _shown(title: str, figures: pd.DataFrame, columns: dict[str, str]) -> Table:
    rows = [
        [name, f'{row["n"]:g}', *(_cell(key, row[key]) for key in columns)]
        for name, row in figures.iterrows()
    ]
    return Table(title, ['', 'n', *columns.values()], rows)


def _cell(key: str, value: float) -> str:
    if np.isnan(value):
        return '-'
    return f'{100 * value:.1f} %' if key == 'share_above' else f'{value:.2f}'


def plot_moved(figures: pd.DataFrame) -> Figure:
    """Errors against the movement of the boxes, and their growth in numbers.

    Args:
        figures: Of :func:`figures_of`.
    """
    figure = Figure(figsize=(7.2, 4.2), dpi=150, layout='constrained')
    axes = figure.subplots()
    moves = {AS_THEY_ARE: (0.0, 1.0)} | {move_name(*move): move for move in MOVES}
    rows = figures.loc[[*moves]]
    lines = {'geodesic_mean': ('geodesic', RUN_COLORS[0])}
    lines |= {f'mae_{name}': (name, ANGLE_COLORS[name]) for name in ANGLE_NAMES}
    shifts = [100 * shift for shift, _ in moves.values()]
    for key, (label, color) in lines.items():
        if rows[key].notna().any():
            axes.plot(shifts, rows[key], 'o-', lw=2, color=color, label=label)
    for shift, (_, row) in zip(shifts, rows.iterrows(), strict=True):
        if pd.notna(row['ratio']):
            text, place = f'x{row["ratio"]:.2f}', axes.get_xaxis_transform()
            axes.text(shift, 0.97, text, ha='center', va='top', transform=place)
    ticks = [f'{100 * shift:g} %\n{z:.3g}' for shift, z in moves.values()]
    axes.set_xticks(shifts, ticks)
    axes.set(xlabel='Largest shift, of the side of the face box, and largest scale')
    axes.set_ylabel('Mean error (degrees)')
    count = f'n = {rows["n"].iloc[0]:g} heads'
    axes.set_title(f'Error by the movement of the box\n{count}', fontsize=10)
    axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
    _clear(axes, 'y')
    figure.legend(fontsize=8, loc='outside right upper')
    return figure


def plot_surety(figures: pd.DataFrame, score: float) -> Figure:
    """Score and deviation by condition: median, 5 to 95 % quantile.

    Args:
        figures: Of :func:`figures_of`.
        score: Drawn as a line.
    """
    height = 1.2 + 0.22 * len(figures)
    figure = Figure(figsize=(8.6, height), dpi=150, layout='constrained')
    pair = figure.subplots(1, 2, sharey=True)
    names = [f'{name} ({n:g})' for name, n in figures['n'].items()]
    absent = figures.index.str.startswith(ABSENT)
    for axes, key, label in zip(
        pair,
        ('score', 'deviation'),
        ('Score', 'Standard deviation (degrees)'),
        strict=True,
    ):
        for color, chosen in ((RUN_COLORS[0], ~absent), (RUN_COLORS[1], absent)):
            rows, places = figures[chosen], chosen.nonzero()[0]
            limits = rows[f'{key}_5'], rows[f'{key}_95']
            axes.hlines(places, *limits, color=color, lw=3, alpha=0.45)
            axes.plot(rows[f'{key}_50'], places, 'o', color=color, ms=5)
        axes.set(xlabel=label)
        axes.set_xlim(left=0)
        _clear(axes, 'x')
    pair[0].axvline(score, color='#6b6b6b', ls='--', lw=1)
    pair[0].set_yticks(range(len(names)), names, fontsize=8)
    pair[0].invert_yaxis()
    title = 'By condition (n): median, 5 to 95 % quantile'
    figure.suptitle(title, fontsize=10)
    return figure


def _clear(axes: Axes, grid: str) -> None:
    axes.grid(axis=grid, color='#ececec')  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines[['top', 'right']].set_visible(False)
