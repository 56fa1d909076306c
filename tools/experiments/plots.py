"""Three kinds of plot, a panel a test set: lines, points and shares of heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .errors import errors_of_people, mean_and_std, scores
from .heads import ANGLES
from .plan import LANDMARKS
from .tables import Groups, Tables, on_common_people

_COLORS = ('#1f6fb4', '#d95f0e', '#2a9d5c', '#8e4fae', '#c02942', '#6b6b6b')
_MANY = 8  # places on an axis that have no room for all their names
_MAE = 'mean MAE (degrees)'
_TURNED = ['run', 'dataset', 'line', 'interval']
Panels = Iterator[tuple[Axes, str]]


class Plots:
    """Plots of a suite's errors, one a question.

    Args:
        tables: Of the suite.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def figures(self) -> dict[str, Callable[[], Figure]]:
        """The page's plots by file name."""
        return {
            'approaches': self.shares,
            'rotation': self.rotation,
            'people': self.people,
            'radius': self.radius,
            'background': lambda: self.points('background'),
            'robustness': self.robustness,
            'protocols': self.protocols,
            'cross': self.intervals,
            'ablation': lambda: self.points('ablation'),
        }

    def shares(self) -> Figure:
        """Criterion II: share of heads whose every angle is closer than a threshold."""
        heads = self.tables.heads
        heads = heads[(heads['test'] == '') & (heads['method'] != LANDMARKS)]
        groups = self.tables.groups('approaches', heads[heads['variant'] == ''])
        label = 'share of heads (%)'
        figure, panels = self._start('largest error (degrees)', label, groups=groups)
        limits = np.linspace(0, 30, 121)
        for axes, dataset in panels:
            for color, (title, rows) in zip(_COLORS, groups.items(), strict=False):
                largest = rows[rows['dataset'] == dataset][ANGLES].abs().max(axis=1)
                counts = np.searchsorted(np.sort(largest), limits)
                shares = 100 * counts / max(len(largest), 1)
                axes.plot(limits, shares, color=color, label=title)
        return _finish(figure)

    def points(self, question: str) -> Figure:
        """Mean error of each setting of a question, with its std over seeds."""
        groups = self.tables.plain(question)
        size = 1.2 + 0.2 * len(groups)
        figure, panels = self._start(_MAE, '', size, groups=groups)
        for axes, dataset in panels:
            for place, rows in enumerate(groups.values()):
                mean, std = mean_and_std(rows[rows['dataset'] == dataset])
                axes.errorbar(mean, place, xerr=std, fmt='o', color=_COLORS[0])
            axes.set_yticks(range(len(groups)), list(groups), fontsize=7)
            axes.set_ylim(len(groups) - 0.5, -0.5)
            axes.tick_params('y', labelleft=axes is figure.axes[0])
            axes.grid(axis='x', color='#ececec')
        return figure

    def radius(self) -> Figure:
        """Mean error by radius, with channelwise fusion and without."""
        table = _with_lines(self.tables.plain('radius'))
        radius = table['line'].str.extract(r', r = (\d)')[0].fillna('4')
        lines = table['line'].str.replace(r', r = \d', '', regex=True)
        table = table.assign(place=radius, line=lines)
        return self._lines(table, 'radius (pixels of the map)')

    def robustness(self) -> Figure:
        """Mean error on shifted and occluded heads."""
        groups = self.tables.groups('robustness', self.tables.scores)
        table = _with_lines(groups)
        tests = self.tables.plan.tests.items()
        names = {'': 'as they are'} | {t: t for t, test in tests if 'step' in test}
        table = table[table['test'].isin(names)]
        order = pd.Categorical(table['test'].map(names), list(names.values()))
        return self._lines(table.assign(place=order), '', joined=False)

    def protocols(self) -> Figure:
        """Mean error by the people learnt from, of those whom all protocols test."""
        common = scores(on_common_people(self.tables.plan, self.tables.heads))
        table = _with_lines(self.tables.groups('protocols', common))
        parts = table['line'].str.rsplit(', ', n=1)
        places = pd.Categorical(parts.str[1], parts.str[1].unique())
        table = table.assign(line=parts.str[0], place=places)
        return self._lines(table, 'learnt from')

    def intervals(self) -> Figure:
        """Criterion III: mean error by the interval of the largest absolute angle."""
        groups = self.tables.groups('cross', self.tables.heads)
        table = _with_lines({t: rows[rows['test'] == ''] for t, rows in groups.items()})
        sets = table['dataset'].astype(str)
        known = table[ANGLES].notna().groupby([sets, table['line']]).transform('any')
        counts = known.sum(axis=1)
        # A mean of fewer angles than those of others says nothing.
        table = table[counts == counts.groupby(sets).transform('max')]
        sizes = table.assign(**{angle: table[angle].abs() for angle in ANGLES})
        means = sizes.groupby(_TURNED, observed=True)[ANGLES].mean()
        return self._by_interval(means.mean(axis=1))

    def rotation(self) -> Figure:
        """Geodesic error by interval, learnt from heads from all sides, too."""
        heads = self.tables.heads[self.tables.heads['data'] == 'full-turn']
        table = _with_lines(self.tables.groups('rotation', heads))
        means = table.groupby(_TURNED, observed=True)['geodesic'].mean()
        return self._by_interval(means, 'mean geodesic error (degrees)')

    def people(self) -> Figure:
        """Mean error of each person on whom no setting was chosen."""
        parts = []
        for title, rows in self.tables.groups('people', self.tables.named).items():
            part = errors_of_people(rows).rename('mean').reset_index()
            dataset = rows['dataset'].astype(str).iloc[0]
            parts.append(part.assign(line=title, dataset=dataset))
        table = pd.concat(parts)
        return self._lines(table.assign(place=table['subject']), '', joined=False)

    def _by_interval(self, means: pd.Series, label: str = _MAE) -> Figure:
        """Lines of means by :data:`_TURNED`."""
        table = means.rename('mean').reset_index()
        ends = [str(end) for end in range(0, 181, 15)]
        places = table['interval'].astype(int).astype(str)
        places = pd.Categorical(places, [e for e in ends if e in set(places)])
        table = table.assign(place=places)
        return self._lines(table, 'turned by at least (degrees)', label)

    def _lines(
        self, table: pd.DataFrame, x: str, y: str = _MAE, joined: bool = True
    ) -> Figure:
        """Mean and std of ``mean`` at each ``place``, a line for each ``line``."""
        figure, panels = self._start(x, y, groups={'': table})
        for axes, dataset in panels:
            found = table[table['dataset'] == dataset]
            places = sorted(table['place'].unique())
            if isinstance(table['place'].dtype, pd.CategoricalDtype):
                places = list(table['place'].cat.categories)
            lines = found['line'].drop_duplicates()
            for i, line in enumerate(lines):
                by_place = found[found['line'] == line].groupby('place', observed=True)
                stats = by_place['mean'].agg(['mean', 'std']).reindex(places)
                axes.errorbar(
                    np.arange(len(places)) + 0.05 * (i - len(lines) / 2),
                    stats['mean'],
                    stats['std'],
                    fmt='o-' if joined else 'o',
                    color=_COLORS[i % len(_COLORS)],
                    label=line,
                    markersize=4,
                )
            shown = slice(None, None, 1 if len(places) <= _MANY else 3)
            ticks = range(len(places))[shown]
            axes.set_xticks(ticks, list(map(str, places))[shown], fontsize=8)
            if len(places[-1]) > 8:
                axes.tick_params('x', labelrotation=20)
        return _finish(figure)

    def _start(
        self, x: str, y: str, height: float = 3.2, *, groups: Groups
    ) -> tuple[Figure, Panels]:
        """A figure, and its panels with the test sets that a group has."""
        sets = self.tables.sets_of(groups)
        figure = Figure(figsize=(9.5, height), dpi=90, layout='constrained')
        panels = figure.subplots(1, len(sets), squeeze=False)[0]
        for axes, dataset in zip(panels, sets, strict=True):
            axes.set_title(self.tables.test_sets[dataset], fontsize=9)
            axes.set_xlabel(x)
            axes.spines[['top', 'right']].set_visible(False)
            axes.grid(axis='y', color='#ececec')
        panels[0].set_ylabel(y)
        return figure, zip(panels, sets, strict=True)


def _with_lines(groups: Groups) -> pd.DataFrame:
    return pd.concat([rows.assign(line=title) for title, rows in groups.items()])


def _finish(figure: Figure) -> Figure:
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=8, loc='outside lower center', ncols=2)
    return figure
