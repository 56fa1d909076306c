"""The tables of the page, by Pandas, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from bernoulli_headpose.files import read_text
from bernoulli_headpose.rotation import mean_direction

from .errors import (
    Ratio,
    errors_of_people,
    mean_and_std,
    ratio_over_heads,
    ratio_over_people,
    ratio_over_seeds,
    scores,
    select,
)
from .heads import ANGLES
from .plan import Plan

_ANSWERS = Path(__file__).with_name('answers.yml')
_OVER_SEEDS = {'seeds': 'mean', 'seeds, geodesic': 'geodesic'}
_QUARTER = 45  # degrees
_PROFILE = 90  # from here a head of Pointing'04 is in profile, degrees
Groups = dict[str, pd.DataFrame]


class Tables:
    """Tables of a suite's errors.

    Args:
        plan: The suite.
        heads: The long table of its tests.

    Attributes:
        plan: The suite.
        heads: The long table.
        named: Its heads of people that are known.
        scores: Errors of each test.
        test_sets: Names of the sets that were tested, and what the page calls them.
    """

    def __init__(self, plan: Plan, heads: pd.DataFrame) -> None:
        self.plan = plan
        self.heads = heads
        self.named = heads[heads['subject'] != '-']
        self.scores = scores(heads)
        found = set(self.scores['dataset'])
        known: dict[str, str] = plan.budget['test_sets']
        self.test_sets = {name: known[name] for name in known if name in found}

    def blocks(self) -> dict[str, Callable[[], str]]:
        """The page's tables by the name of their place."""
        return {
            'answers': self.answers,
            'approaches': lambda: self.means('approaches', angles=True),
            'geodesic': lambda: self.means('rotation', key='geodesic'),
            'turned': self.turned,
            'people': self.people,
            'radius': lambda: self.means('radius'),
            'background': self.background,
            'robustness': self.robustness,
            'protocols': self.protocols,
            'cross': lambda: self.means('cross', angles=True),
            'ablation': self.ablation,
        }

    def groups(self, question: str, table: pd.DataFrame) -> Groups:
        """Rows of the runs of a question, by title; empty ones are left out.

        Draws and folds of people have one title and are one group.

        Args:
            question: Its key.
            table: Scores or heads.
        """
        groups: dict[str, list[str]] = {}
        runs = self.plan.runs([question])
        several = len({self.plan.data[run.data]['title'] for run in runs.values()}) > 1
        for name, run in runs.items():
            title = self.plan.title(run.setting, several and run.data != 'head')
            groups.setdefault(title, []).append(name)
        found = {t: table[table['run'].isin(names)] for t, names in groups.items()}
        return {title: rows for title, rows in found.items() if len(rows)}

    def sets_of(self, groups: Groups) -> list[str]:
        """Names of the test sets that any of the groups has."""
        found = set().union(*(rows['dataset'] for rows in groups.values()))
        return [name for name in self.test_sets if name in found]

    def plain(self, question: str) -> Groups:
        """Scores of the plain tests of a question, see :meth:`groups`."""
        return self.groups(question, self.scores[self.scores['test'] == ''])

    def ratio(self, over: str, ours: str, theirs: str, dataset: str) -> Ratio:
        """Ratio of two cases, its interval over seeds, people or heads."""
        if over in _OVER_SEEDS:
            key = _OVER_SEEDS[over]
            return ratio_over_seeds(self.scores, ours, theirs, dataset, key)
        function = dict(people=ratio_over_people, heads=ratio_over_heads)[over]
        return function(self.heads, ours, theirs, dataset)

    def answers(self) -> str:
        """A row a question: its answer, and a ratio with its interval on each set."""
        rows = []
        for question, answer, _, over, ours, theirs in read_answers():
            found = self.ratios(over, ours, theirs)
            if found:
                cells = [_ratio_cell(found.get(name)) for name in self.test_sets]
                count = ' / '.join(str(ratio.count) for ratio in found.values())
                seeds = next(iter(found.values())).seeds
                rows.append([question, answer, *cells, count, seeds, over])
        header = ['question', 'answer', *self.test_sets.values()]
        header += ['n', 'seeds', 'interval over']
        return _markdown(rows, header, texts=2)

    def ratios(self, over: str, ours: str, theirs: str) -> dict[str, Ratio]:
        """Ratios of two cases on the sets that both were tested on."""
        table = self.named if over == 'people' else self.scores
        sets = [set(select(table, case)['dataset']) for case in (ours, theirs)]
        common = [name for name in self.test_sets if name in sets[0] & sets[1]]
        return {name: self.ratio(over, ours, theirs, name) for name in common}

    def means(self, question: str, angles: bool = False, key: str = 'mean') -> str:
        """A row a setting: its mean error on each set, the lowest bold.

        Args:
            question: Its key.
            angles: Whether the errors of the angles follow in brackets.
            key: ``'mean'`` of the angles' errors, or ``'geodesic'``.
        """
        groups = self.plain(question)
        columns = [
            _error_cells(
                [rows[rows['dataset'] == s] for rows in groups.values()], angles, key
            )
            for s in self.test_sets
        ]
        seeds = [rows['run'].nunique() for rows in groups.values()]
        rows = zip(groups, *columns, seeds, strict=True)
        return _markdown(rows, ['', *self.test_sets.values(), 'seeds'])

    def turned(self) -> str:
        """A row an approach: geodesic errors of rendered heads, by their largest angle.

        Of those that have learnt from heads from all sides.
        """
        heads = self.heads[self.heads['dataset'] == 'full_turn_test']
        rows, ends = [], range(0, 180, _QUARTER)  # the last holds 180, too
        for title, found in self.groups('rotation', heads).items():
            place = (found['interval'] // _QUARTER).clip(upper=len(ends) - 1)
            by_run = found.assign(place=place).pivot_table(
                'geodesic', 'run', 'place', observed=True
            )
            by_run = by_run.reindex(columns=range(len(ends)))
            pairs = zip(by_run.mean(), by_run.std(), strict=True)
            rows.append([title, *(_cell(*pair) for pair in pairs)])
        return _markdown(rows, ['', *(f'{end}-{end + _QUARTER}' for end in ends)])

    def people(self) -> str:
        """Errors on the folds' people, also without profiles and constant offsets.

        The last column is the mean size of people's offsets of pitch.
        """
        rows = []
        for title, heads in self.groups('people', self.named).items():
            frontal = heads[heads['interval'] < _PROFILE]
            maes = heads[ANGLES].abs().mean()
            cells = [maes['pitch'], maes['yaw'], maes.mean()]
            cells.append(frontal[ANGLES].abs().mean().mean())
            cells += [
                errors_of_people(h, offsets=False).mean() for h in (heads, frontal)
            ]
            pitch = heads.groupby('subject', observed=True)['pitch']
            size = f'{pitch.agg(mean_direction).abs().mean():.1f}'
            rows.append([title, *(f'{cell:.2f}' for cell in cells), size])
        kinds = ['mean', 'without profiles', 'without offsets', 'without both']
        return _markdown(rows, ['', 'pitch', 'yaw', *kinds, 'offset of pitch'])

    def background(self) -> str:
        """A row an approach: mean errors on heads, on whole images, and the ratio."""
        groups, rows = self.plain('background'), []
        for title, near in groups.items():
            far = groups.get(f'{title}, {self.plan.data["background"]["title"]}')
            if far is not None:
                pairs = [(_of(near, s), _of(far, s)) for s in self.test_sets]
                cells = [f'{_cell(*a)} / {_grown(*b, a[0])}' for a, b in pairs]
                kept = [cell if '/ -' not in cell else '-' for cell in cells]
                rows.append([title, *kept])
        return _markdown(rows, ['', *self.test_sets.values()])

    def robustness(self) -> str:
        """A row an approach: mean errors on the sets, and their growth in each test."""
        moved = [key for key, test in self.plan.tests.items() if 'step' in test]
        groups, rows = self.groups('robustness', self.scores), []
        sets = self.sets_of(groups)
        for title, found in groups.items():
            of_tests = {
                test: [_of(tested, name)[0] for name in sets]
                for test, tested in found.groupby('test', observed=True)
            }
            plain = of_tests.pop('', [np.nan])
            cells = [
                ' / '.join(
                    f'{a / b:.2f}' for a, b in zip(of_tests[t], plain, strict=True)
                )
                if t in of_tests
                else '-'
                for t in moved
            ]
            rows.append([title, ' / '.join(f'{mean:.2f}' for mean in plain), *cells])
        return _markdown(rows, ['', 'as they are', *moved])

    def protocols(self) -> str:
        """A row a number of people learnt from, also on the people that all test."""
        common = scores(on_common_people(self.plan, self.heads))
        kinds = [self.groups('protocols', t) for t in (self.scores, common)]
        rows = [
            [title, *(_cell(*mean_and_std(kind[title])) for kind in kinds), len(found)]
            for title, found in kinds[0].items()
        ]
        tested = ['all people tested', 'people whom all protocols test']
        return _markdown(rows, ['', *tested, 'draws'])

    def ablation(self) -> str:
        """A row a change: its mean error on each set, and over that of the default.

        Over the default of as many seeds; that of one seed is seed 0.
        """
        default = select(self.scores, 'head_bernoulli')
        rows = []
        for title, found in self.groups('ablation', self.scores).items():
            for test, tested in found.groupby('test', observed=True):
                name = self.plan.tests.get(test, {}).get('title', '')
                if test and not name:
                    continue
                same = default[default['seed'].isin(tested['seed'])]
                cells = [
                    _grown(*_of(tested, dataset), _of(same, dataset)[0])
                    for dataset in self.test_sets
                ]
                shown = f'the same weights, {name}' if name else title
                rows.append([shown, *cells, tested['run'].nunique()])
        return _markdown(rows, ['', *self.test_sets.values(), 'seeds'])


def read_answers() -> list[list]:
    """Question, answer, directions, and what is compared, a row of the first table."""
    return yaml.safe_load(read_text(_ANSWERS))


def on_common_people(plan: Plan, heads: pd.DataFrame) -> pd.DataFrame:
    """Heads of the people that all protocols of a draw test.

    Other people are easier or harder by more than there are fewer to learn from.
    """
    heads = heads[heads['run'].isin(plan.runs(['protocols']))]
    draws = heads['data'].astype(str).str.extract(r'-(\d)$')[0].fillna('')
    kept = []
    for _, draw in heads.groupby(draws):
        people = [set(one['subject']) for _, one in draw.groupby('data', observed=True)]
        kept.append(draw[draw['subject'].isin(set.intersection(*people))])
    return pd.concat(kept)


def _of(rows: pd.DataFrame, dataset: str) -> tuple[float, float]:
    return mean_and_std(rows[rows['dataset'] == dataset])


def _cell(mean: float, std: float) -> str:
    """``4.31 ± 0.05``; ``-`` where there is none."""
    if np.isnan(mean):
        return '-'
    return f'{mean:.2f}' if np.isnan(std) else f'{mean:.2f} ± {std:.2f}'


def _grown(mean: float, std: float, before: float) -> str:
    """``4.31 ± 0.05 (x1.02)``."""
    return '-' if np.isnan(mean) else f'{_cell(mean, std)} (x{mean / before:.2f})'


def _error_cells(
    groups: list[pd.DataFrame], angles: bool, key: str = 'mean'
) -> list[str]:
    """A cell a setting: its mean error, and those of the angles in brackets."""
    known = [rows[ANGLES].notna().any() for rows in groups]
    # A mean of fewer angles than those of others says nothing.
    most = max(row.sum() for row in known)
    means = [
        mean_and_std(rows, key) if row.sum() == most else (np.nan, np.nan)
        for rows, row in zip(groups, known, strict=True)
    ]
    lowest = min((mean for mean, _ in means if not np.isnan(mean)), default=None)
    cells = []
    for rows, row, mean in zip(groups, known, means, strict=True):
        cell = f'**{_cell(*mean)}**' if mean[0] == lowest else _cell(*mean)
        angle_means = [f'{rows[name].mean():.2f}' for name in ANGLES if row[name]]
        of_angles = ' / '.join(angle_means)
        cells.append(f'{cell} ({of_angles})' if angles and of_angles else cell)
    return cells


def _bound(value: float) -> str:
    """An interval's end, with a digit more where it would look like 1."""
    text = f'{value:.2f}'
    return f'{value:.3f}' if text == '1.00' else text


def _ratio_cell(ratio: Ratio | None) -> str:
    """``0.86 (0.84-0.89)``, bold where the interval does not hold 1."""
    if ratio is None:
        return '-'
    text = f'{ratio.value:.2f}'
    if not np.isnan(ratio.low):
        text += f' ({_bound(ratio.low)}-{_bound(ratio.high)})'
    return f'**{text}**' if ratio.direction in ('lower', 'higher') else text


def _markdown(rows: Iterable, header: Sequence[str], texts: int = 1) -> str:
    """A table; columns without any number are left out."""
    table = pd.DataFrame(rows, columns=header).astype(str)
    table = table.loc[:, ~(table == '-').all()]
    align = ['left'] * texts + ['right'] * (table.shape[1] - texts)
    return table.to_markdown(index=False, colalign=align, disable_numparse=True)
