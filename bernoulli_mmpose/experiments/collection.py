"""The finished runs of a suite, as the page of results asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from ..evaluation import HeadPoseResults
from . import robustness
from .figures import Repeats, error_table, flatten, parts_of, relative_spread
from .runs import Run
from .suites import Suite
from .training import Finished

FOLDER = 'results'  # of the plots, below the page's


@dataclass
class Collection:
    """The finished runs of a suite.

    Attributes:
        suite: The suite.
        name: The suite's, for commands.
        runs: By name.
        plots: Figures of the page by file name, filled while it is written.
    """

    suite: Suite
    name: str
    runs: dict[str, Finished]
    plots: dict[str, Figure]

    def repeats(self, *runs: Run) -> list[HeadPoseResults]:
        """Results of those of some runs that are finished."""
        return [self.runs[run.name].results() for run in runs if run.name in self.runs]

    def seeded(self, run: Run) -> list[HeadPoseResults]:
        """Results of a run with each of the suite's seeds, where finished."""
        seeds = range(self.suite.seeds)
        return self.repeats(*(replace(run, seed=seed) for seed in seeds))

    def is_finished(self, experiment: str, run: Run) -> bool:
        """Whether a run has what an experiment needs of it."""
        if run.name not in self.runs:
            return False
        return robustness.has_tests(experiment, self.runs[run.name].folder)

    def datasets(self, repeats: Repeats) -> list[str]:
        """Their test sets, in the suite's order."""
        found = {name for results in repeats for name in results.dataset}
        known = [name for name in self.suite.test_sets if name in found]
        return known + sorted(found.difference(known))

    def shown(self, dataset: str) -> str:
        """What the page calls a test set."""
        return self.suite.test_sets.get(dataset, dataset)

    def chance(self, dataset: str) -> float:
        """The spread of the default's error over seeds, as a share of it.

        NaN of fewer than two seeds.
        """
        return relative_spread(parts_of(self.seeded(Run()), dataset))

    def tables(
        self, title: str, settings: Mapping[str, Repeats], against: str | None = None
    ) -> Iterator[str]:
        """A table of errors for each test set, see :func:`.error_table`."""
        for dataset in self.datasets(flatten(settings)):
            shown = self.shown(dataset)
            table = error_table(title, settings, dataset, against, shown)
            if table is not None:
                yield table.to_markdown()

    def command(self, words: str) -> str:
        """A command line of tools/experiments.py, for this suite."""
        other = '' if self.name == 'sample' else f' --suite {self.name}'
        return f'`python tools/experiments.py {words}{other}`'

    def plot(self, name: str, figure: Figure, title: str) -> str:
        """Keep a figure, and give the line that shows it on the page."""
        self.plots[name] = figure
        return f'![{title}]({FOLDER}/{name}.png)\n'
