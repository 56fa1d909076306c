"""Plots that compare settings of runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ..evaluation.plots import RUN_COLORS
from ..rotation import ANGLE_NAMES
from .figures import Repeats, mean_and_spread, parts_of


def plot_by_setting(
    lines: Mapping[str, Mapping[str, Repeats]], dataset: str, label: str, title: str
) -> Figure:
    """MAE of each angle over a setting, a line for each group (Hu et al., Fig. 7).

    Args:
        lines: Groups, of repeats by the setting's value; the values are the same.
        dataset: Whose heads.
        label: Of the setting.
        title: Over the panels.
    """
    figure = Figure(figsize=(9.5, 3.6), dpi=120, layout='constrained')
    values = list(next(iter(lines.values())))
    series = {
        angle: {
            name: [_mean(repeats, dataset, angle) for repeats in group.values()]
            for name, group in lines.items()
        }
        for angle in ANGLE_NAMES
    }
    # An angle that is not labelled has no panel.
    shown = {a: by_name for a, by_name in series.items() if _has_any(by_name)}
    panels = figure.subplots(1, max(len(shown), 1), squeeze=False)[0]
    for axes, (angle, by_name) in zip(panels, shown.items(), strict=False):
        for color, (name, means) in zip(RUN_COLORS, by_name.items(), strict=False):
            axes.plot(range(len(values)), means, 'o-', color=color, label=name)
        axes.set(title=angle, xlabel=label)
        axes.set_xticks(range(len(values)), values)
        axes.grid(axis='y', color='#ececec')
        axes.spines[['top', 'right']].set_visible(False)
    panels[0].set_ylabel('MAE (degrees)')
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=8, loc='outside lower center', ncols=4)
    figure.suptitle(title, fontsize=10)
    return figure


def _mean(repeats: Repeats, dataset: str, angle: str) -> float:
    parts = parts_of(repeats, dataset)
    return mean_and_spread(parts, f'mae_{angle}')[0] if parts else np.nan


def _has_any(by_name: Mapping[str, list[float]]) -> bool:
    return any(not np.isnan(means).all() for means in by_name.values())
