"""Plots of test results: one run alone, or several over each other.

Each function takes ``{name: table}`` (:mod:`.results`) and gives a matplotlib figure;
``figure.savefig`` draws it without a display. Angles are degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from bernoulli_headpose.rotation import ANGLE_NAMES, FloatArray

from . import criteria
from .results import ERRORS, LABELS, Runs, data_name, errors_and_stds

RUN_COLORS = ('#1f6fb4', '#d95f0e', '#2a9d5c', '#8e4fae', '#c02942', '#6b6b6b')
ANGLE_COLORS = {'pitch': '#d95f0e', 'yaw': '#2a9d5c', 'roll': '#8e4fae'}
_GREY = '#c9ccd1'
_BASELINE = 'predicting the mean'


def plot_mae_by_angle(runs: Runs) -> Figure:
    """Criterion I: bars of the MAE of each angle, the baseline in grey beside.

    Runs on the same labels share one baseline, others have one each.

    Args:
        runs: Results by the name to show.

    Raises:
        ValueError: If there is no run, or one has no labelled head.
    """
    figure, axes = _start(runs, 'Mean absolute error by angle', 'MAE (degrees)')
    series: dict[str, dict[str, float]] = {}
    colors: list[tuple[float, ...] | str] = []
    for index, (name, run) in enumerate(runs.items()):
        series[name] = criteria.mean_absolute_errors(run[ERRORS])
        colors.append(to_rgba(_color(index)))
    baselines = _distinct(runs, criteria.predict_the_mean)
    for index, (name, metrics) in enumerate(baselines.items()):
        label = f'{_BASELINE} ({name})' if name else _BASELINE
        series[label] = {k.removeprefix('baseline_'): v for k, v in metrics.items()}
        colors.append(to_rgba(_color(index), 0.3) if name else _GREY)
    keys = ['mae', *(f'mae_{angle}' for angle in ANGLE_NAMES)]
    keys = [key for key in keys if any(key in values for values in series.values())]
    width = 0.8 / len(series)
    for index, (label, values) in enumerate(series.items()):
        places = np.arange(len(keys)) - 0.4 + width * (index + 0.5)
        heights = [values.get(key, np.nan) for key in keys]
        bars = axes.bar(places, heights, width * 0.92, label=label, color=colors[index])
        texts = ['' if np.isnan(h) else f'{h:.1f}' for h in heights]
        axes.bar_label(bars, texts, padding=2, fontsize=8)
    axes.set_xticks(
        range(len(keys)),
        [key.removeprefix('mae_').replace('mae', 'mean') for key in keys],
    )
    axes.margins(y=0.12)
    axes.legend(fontsize=8)
    return figure


def plot_share_by_threshold(runs: Runs, limit: float = 30.0) -> Figure:
    """Criterion II as a curve: the share of heads with every error below x.

    A run alone is shown with the curves of its single angles.

    Args:
        runs: Results by the name to show.
        limit: End of the x axis, degrees.

    Raises:
        ValueError: If there is no run, or one has no labelled head.
    """
    figure, axes = _start(
        runs, 'Share of heads by error threshold', 'Share of heads (%)'
    )
    for index, (name, run) in enumerate(runs.items()):
        label = f'{name}: all angles' if len(runs) == 1 else name
        worst = run[ERRORS].max(axis=1).to_numpy()
        _step(axes, worst, limit, label=label, color=_color(index), linewidth=2.2)
        if len(runs) > 1:
            continue
        for angle, errors in zip(ANGLE_NAMES, run[ERRORS].to_numpy().T, strict=True):
            errors = errors[~np.isnan(errors)]
            if errors.size:
                style = {'color': ANGLE_COLORS[angle], 'linewidth': 1.1}
                _step(axes, errors, limit, label=f'{angle} alone', **style)
    axes.set(xlabel='Error threshold (degrees)', xlim=(0, limit), ylim=(0, 101))
    axes.grid(axis='x', color='#ececec')
    axes.legend(fontsize=8, loc='lower right')
    return figure


def plot_error_by_interval(
    runs: Runs, edges: Sequence[float] = criteria.INTERVAL_EDGES
) -> Figure:
    """Criterion III: the MAE in each interval of a head's largest absolute angle.

    Lines are the MAE (left axis), bars the share of heads (right axis), as in the
    paper's Fig. 13.

    Args:
        runs: Results by the name to show.
        edges: Of the intervals, degrees.

    Raises:
        ValueError: If there is no run, or one has no labelled head.
    """
    figure, axes = _start(runs, 'Error by angle interval', 'MAE (degrees)')
    names = [f'{a:g}_{b:g}' for a, b in zip(edges[:-1], edges[1:], strict=True)]
    tables = {
        k: criteria.errors_by_interval(r[ERRORS], r[LABELS], edges)
        for k, r in runs.items()
    }
    names = [n for n in names if any(f'mae_{n}' in t for t in tables.values())]
    shares = axes.twinx()
    _share_bars(shares, runs, names, edges)
    for index, (name, table) in enumerate(tables.items()):
        values = [table.get(f'mae_{interval}', np.nan) for interval in names]
        axes.plot(values, 'o-', lw=2, color=_color(index), label=f'MAE, {name}')
    axes.set_zorder(shares.get_zorder() + 1)
    axes.patch.set_visible(False)
    axes.set_xticks(range(len(names)), [n.replace('_', '–') for n in names])
    axes.set_xlabel("Interval of the head's largest absolute angle (degrees)")
    axes.set_ylim(0, 1.25 * axes.get_ylim()[1])  # room for the legend
    handles = [h for a in (axes, shares) for h in a.get_legend_handles_labels()[0]]
    axes.legend(handles=handles, fontsize=8, loc='upper left', ncols=2)
    return figure


def plot_risk_coverage(runs: Runs) -> Figure:
    """The mean error over the share of heads that the network is surest of.

    One line for the rotation and one an angle (a run alone), or one for each run: of
    the rotation where its deviation is known of all, else the mean over angles.

    Args:
        runs: Results by the name to show.

    Raises:
        ValueError: If there is no run, or one has no labelled head.
    """
    figure, axes = _start(runs, 'Error of the surest heads', 'Mean error (degrees)')
    shares = np.linspace(0.2, 1, 17)
    for label, color, pairs in _lines_of_deviations(runs):
        means = [criteria.errors_by_coverage(*pair, shares.tolist()) for pair in pairs]
        axes.plot(100 * shares, np.mean(means, axis=0), lw=2, color=color, label=label)
    axes.set(xlabel='Share of heads kept, smallest deviation first (%)')
    axes.set_ylim(bottom=0)
    if axes.lines:
        axes.legend(fontsize=8)
    return figure


def plot_reliability(runs: Runs) -> Figure:
    """Actual errors over stated deviations: on the diagonal the network is honest.

    Points are tenths of the heads, by their deviation; above the diagonal the network
    is too sure. Lines are those of :func:`plot_risk_coverage`.

    Args:
        runs: Results by the name to show.

    Raises:
        ValueError: If there is no run, or one has no labelled head.
    """
    title, ylabel = 'Reliability of the deviations', 'Root mean square error (degrees)'
    figure, axes = _start(runs, title, ylabel)
    for label, color, pairs in _lines_of_deviations(runs):
        errors, stds = map(np.concatenate, zip(*pairs, strict=True))
        points = criteria.reliability(errors, stds)
        axes.plot(*points, 'o-', lw=2, ms=4, color=color, label=label)
    limit = max((np.max(line.get_xydata()) for line in axes.lines), default=1.0)
    axes.plot([0, limit], [0, limit], '--', color='#6b6b6b', label='as stated')
    widest = max((np.max(line.get_xdata()) for line in axes.lines[:-1]), default=1.0)
    axes.set(xlabel='Standard deviation (degrees)', xlim=(0, 1.1 * widest))
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8)
    return figure


def _lines_of_deviations(
    runs: Runs,
) -> Iterator[tuple[str, str, list[tuple[FloatArray, FloatArray]]]]:
    """Label, colour and (errors, deviations), to be averaged over, of each line."""
    known = {name: errors_and_stds(run) for name, run in runs.items()}
    if len(runs) == 1:
        for what, pair in (*known.values(),)[0].items():
            yield what, ANGLE_COLORS.get(what, _color(0)), [pair]
        return
    of_rotation = all('rotation' in pairs for pairs in known.values())
    for index, (name, pairs) in enumerate(known.items()):
        chosen = [pairs[what] for what in pairs if (what == 'rotation') == of_rotation]
        if chosen:
            yield name, _color(index), chosen


def _share_bars(
    axes: Axes, runs: Runs, names: Sequence[str], edges: Sequence[float]
) -> None:
    """Bars of the share of heads, one set for runs that have the same."""

    def share(labels: np.ndarray) -> dict[str, float]:
        return criteria.errors_by_interval(np.zeros_like(labels), labels, edges)

    tables = _distinct(runs, share)
    width = 0.7 / len(tables)
    for index, (name, table) in enumerate(tables.items()):
        places = np.arange(len(names)) - 0.35 + width * (index + 0.5)
        heights = [100 * table.get(f'share_{interval}', 0.0) for interval in names]
        color = _color(index) if name else _GREY
        label = f'share of heads, {name}' if name else 'share of heads'
        alpha = 0.25 if name else 0.6
        axes.bar(places, heights, width, color=color, alpha=alpha, label=label)
    axes.set(ylabel='Share of heads (%)', ylim=(0, 100))
    axes.spines['top'].set_visible(False)


def _distinct(
    runs: Runs, function: Callable[[FloatArray], dict[str, float]]
) -> dict[str, dict[str, float]]:
    """A function of each run's labels; under the name '' where all agree."""
    tables = {name: function(run[LABELS].to_numpy()) for name, run in runs.items()}
    first = next(iter(tables.values()))
    same = all(
        table.keys() == first.keys()
        and np.allclose(list(table.values()), list(first.values()))
        for table in tables.values()
    )
    return {'': first} if same else tables


def _start(runs: Runs, title: str, ylabel: str) -> tuple[Figure, Axes]:
    """A figure with its title: what is shown, of which data and how many heads."""
    if not runs:
        raise ValueError('runs: expected one or more results, got none')
    for name, run in runs.items():
        if run[LABELS].isna().all(axis=None):
            raise ValueError(f'runs: expected labelled heads in {name!r}, got none')
    figure = Figure(figsize=(7.2, 4.2), dpi=150, layout='constrained')
    axes = figure.subplots()
    data = dict.fromkeys(
        f'{data_name(run)}: n = {len(run)} heads' for run in runs.values()
    )
    axes.set_title(f'{title}\n{"; ".join(data)}', fontsize=10)
    axes.set_ylabel(ylabel)
    axes.set_axisbelow(True)
    axes.grid(axis='y', color='#ececec')
    axes.spines[['top', 'right']].set_visible(False)
    return figure, axes


def _step(axes: Axes, errors: np.ndarray, limit: float, **style: Any) -> None:
    """The share of errors below each x, with a step at each error."""
    steps = np.sort(errors)
    shares = 100 * np.arange(len(steps) + 1) / len(steps)
    axes.step(
        np.r_[0, steps, max(limit, steps[-1])],
        np.r_[shares, 100.0],
        where='post',
        **style,
    )


def _color(index: int) -> str:
    return RUN_COLORS[index % len(RUN_COLORS)]
