"""Plots that compare settings of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

from bernoulli_headpose.rotation import ANGLE_NAMES

from ..evaluation import HeadPoseResults
from ..evaluation.plots import RUN_COLORS
from .figures import Repeats, mean_and_spread, parts_of, pooled


def plot_pooled(
    plot: Callable[[dict[str, HeadPoseResults]], Figure],
    settings: Mapping[str, Repeats],
    dataset: str,
    shown: str,
) -> Figure:
    """One of :mod:`..evaluation.plots`, each setting's repeats pooled.

    Args:
        plot: Function of that module.
        settings: Repeats by name; those without heads of the data set are left out.
        dataset: Whose heads.
        shown: What the title calls it.
    """
    parts = {name: parts_of(repeats, dataset) for name, repeats in settings.items()}
    parts = {name: repeats for name, repeats in parts.items() if repeats}
    counts = {len(repeats) for repeats in parts.values()}
    seeds = 'seeds in brackets'
    if len(counts) == 1:
        (count,) = counts
        seeds = f'{count} {"seed" if count == 1 else "seeds"}'
    heads = max(len(results) for repeats in parts.values() for results in repeats)
    named = parts
    if len(counts) > 1:
        named = {f'{n} ({len(r)})': r for n, r in parts.items()}
    figure = plot({name: pooled(repeats) for name, repeats in named.items()})
    axes = figure.axes[0]
    first, *_ = axes.get_title().splitlines()
    places = f'{shown}: n = {heads} heads, {seeds}'
    axes.set_title(f'{first}\n{places}', fontsize=10)
    return figure


def plot_by_setting(
    lines: Mapping[str, Mapping[str, Repeats]],
    dataset: str,
    label: str,
    title: str,
    ordered: bool = True,
) -> Figure:
    """MAE of each angle over a setting, a line for each group (Hu et al., Fig. 7).

    Bars are the spread over repeats, where there are several.

    Args:
        lines: Groups, of repeats by the setting's value; the values are the same.
        dataset: Whose heads.
        label: Of the setting.
        title: Over the panels.
        ordered: Whether the setting's values are one more than the other. Else points
            are not joined but side by side.
    """
    size = 9.5, 3.2 + 0.2 * len(lines)
    figure = Figure(figsize=size, dpi=120, layout='constrained')
    values = list(next(iter(lines.values())))
    series = {
        angle: {
            name: [_error(repeats, dataset, angle) for repeats in group.values()]
            for name, group in lines.items()
        }
        for angle in ANGLE_NAMES
    }
    # An angle that is not labelled has no panel.
    shown = {a: by_name for a, by_name in series.items() if _has_any(by_name)}
    panels = figure.subplots(1, max(len(shown), 1), squeeze=False)[0]
    for axes, (angle, by_name) in zip(panels, shown.items(), strict=False):
        aside = np.zeros(len(by_name))
        if not ordered:
            aside = np.linspace(-0.3, 0.3, len(by_name))
        for i, (name, errors) in enumerate(by_name.items()):
            means, spreads = zip(*errors, strict=True)
            style = dict(color=RUN_COLORS[i % len(RUN_COLORS)], capsize=2, markersize=4)
            places = np.arange(len(values)) + aside[i]
            shape = 'o-' if ordered else 'o'
            axes.errorbar(places, means, spreads, fmt=shape, label=name, **style)
        axes.set(title=angle, xlabel=label)
        turned = {} if ordered else dict(rotation=30, ha='right')
        axes.set_xticks(range(len(values)), values, **turned)
        axes.grid(axis='y', color='#ececec')
        axes.spines[['top', 'right']].set_visible(False)
    panels[0].set_ylabel('MAE (degrees)')
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=8, loc='outside lower center', ncols=2)
    figure.suptitle(title, fontsize=10)
    return figure


def _error(repeats: Repeats, dataset: str, angle: str) -> tuple[float, float]:
    """MAE of an angle and its spread, NaN where there is none."""
    parts = parts_of(repeats, dataset)
    return mean_and_spread(parts, f'mae_{angle}') if parts else (np.nan, np.nan)


def _has_any(by_name: Mapping[str, list[tuple[float, float]]]) -> bool:
    return any(not np.isnan(errors).all() for errors in by_name.values())
