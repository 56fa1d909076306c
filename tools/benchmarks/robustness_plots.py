"""Plots of a model under several conditions."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_mmpose.evaluation.plots import ANGLE_COLORS, RUN_COLORS

from .conditions import AS_THEY_ARE, MOVES, move_name
from .robustness import NO_HEAD


def plot_moved(figures: pd.DataFrame) -> Figure:
    """Errors against the movement of the boxes, and their growth in numbers.

    Args:
        figures: Of :func:`.robustness.figures`.
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
            place = shift, 1.02 * row['geodesic_mean']
            axes.text(*place, f'x{row["ratio"]:.2f}', fontsize=8, ha='center')
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
        figures: Of :func:`.robustness.figures`.
        score: Drawn as a line.
    """
    height = 1.2 + 0.22 * len(figures)
    figure = Figure(figsize=(8.6, height), dpi=150, layout='constrained')
    pair = figure.subplots(1, 2, sharey=True)
    names = [f'{name} ({n:g})' for name, n in figures['n'].items()]
    absent = figures.index.str.startswith(NO_HEAD)
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
