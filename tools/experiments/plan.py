"""The table of runs (``runs.yml``): which runs a question needs of a suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from bernoulli_headpose.files import read_text

TABLE = Path(__file__).with_name('runs.yml')
LANDMARKS = 'landmarks'  # the method that is not trained
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A training with its tests.

    Attributes:
        data: Key of the suite's data.
        method: Key of the methods.
        variant: Key of what is changed; empty for nothing.
        seed: Of the training.
    """

    data: str = 'head'
    method: str = 'bernoulli'
    variant: str = ''
    seed: int = 0

    @property
    def setting(self) -> str:
        """What runs of several seeds share: ``data_method_variant``."""
        return '_'.join(filter(None, (self.data, self.method, self.variant)))

    @property
    def name(self) -> str:
        """Folder of the run."""
        return f'{self.setting}_seed{self.seed}'


class Plan:
    """The runs of a suite.

    Args:
        suite: Its name in the table.
        table: Content of ``runs.yml``; None to read it.

    Attributes:
        name: Of the suite.
        budget: ``arch``, ``width``, ``iterations``, ``autocast``, ``seeds``, the usual
            ``dataset`` and ``test_sets`` (titles by name).
        data: The suite's data by key.
        methods: By key, as are ``variants``, ``tests`` and ``questions``.

    Raises:
        KeyError: If there is no such suite.
    """

    def __init__(self, suite: str = 'sample', table: Entry | None = None) -> None:
        table = table or read_table()
        self.name = suite
        self.budget: Entry = table['suites'][suite]
        self.data: Entry = table['data'][suite]
        self.methods: Entry = table['methods']
        self.variants: Entry = table['variants']
        self.tests: Entry = table['tests']
        self.questions: Entry = table['questions']

    def runs(
        self, questions: Sequence[str] = ('all',), pattern: str = '*', seeds: int = 99
    ) -> dict[str, Run]:
        """Runs by name, each once, in the order of the table.

        Args:
            questions: Keys, or ``'all'``.
            pattern: That names match, as of files: ``head_bins*``.
            seeds: The first so many of each.
        """
        rows = self._rows(questions)
        found = {run.name: run for row in rows for run in self._expand(row)}
        return {
            name: run
            for name, run in found.items()
            if run.seed < seeds and fnmatchcase(name, pattern)
        }

    def tests_of(self, run: Run, questions: Sequence[str] = ('all',)) -> list[str]:
        """Keys of the further tests that some questions ask of a run."""
        return [
            test
            for row in self._rows(questions)
            if run in self._expand({**row, 'seeds': 1})
            for test in row.get('tests', ())
        ]

    def title(self, setting: str, data: bool = False) -> str:
        """What a page calls a setting, with its data where asked for."""
        key, method, *variant = setting.split('_')
        parts = [self.methods[method]['title']]
        parts += [self.variants[name]['title'] for name in variant]
        parts += [self.data[key]['title']] if data else []
        return ', '.join(parts)

    def _rows(self, questions: Sequence[str]) -> Iterator[Entry]:
        for key, question in self.questions.items():
            if 'all' in questions or key in questions:
                yield from question['runs']

    def _expand(self, row: Entry) -> Iterator[Run]:
        if row.get('suite', self.name) != self.name:
            return
        seeds = min(row.get('seeds', 1), self.budget['seeds'])
        for data in row.get('data', ['head']):
            for method in row['methods'] if data in self.data else ():
                for variant in row.get('variants', ['']):
                    for seed in range(seeds):
                        yield Run(data, method, variant, seed)


def read_table() -> dict[str, Any]:
    """Content of ``runs.yml``."""
    return yaml.safe_load(read_text(TABLE))
