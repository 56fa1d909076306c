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
    figure = Figure(figsize=(9.5, 3.4), dpi=120, layout='constrained')
    panels = figure.subplots(1, len(ANGLE_NAMES))
    values = list(next(iter(lines.values())))
    for axes, angle in zip(panels, ANGLE_NAMES, strict=True):
        for color, (name, group) in zip(RUN_COLORS, lines.items(), strict=False):
            means = [
                mean_and_spread(parts, f'mae_{angle}')[0] if parts else np.nan
                for parts in (parts_of(repeats, dataset) for repeats in group.values())
            ]
            axes.plot(range(len(group)), means, 'o-', color=color, label=name)
        axes.set(title=angle, xlabel=label)
        axes.set_xticks(range(len(values)), values)
        axes.grid(axis='y', color='#ececec')
        axes.spines[['top', 'right']].set_visible(False)
    panels[0].set_ylabel('MAE (degrees)')
    panels[0].legend(fontsize=8)
    figure.suptitle(title, fontsize=10)
    return figure
