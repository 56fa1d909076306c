"""The finished runs of a suite, as the page of results asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from matplotlib.figure import Figure

from ..evaluation import HeadPoseResults
from . import robustness
from .catalogue import METHODS, OTHER_SETTINGS
from .figures import Repeats, error_table, flatten, pooled_spread
from .records import Finished
from .runs import Run
from .selection import wanted_runs
from .suites import Suite

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
    _chances: dict[str, float] = field(default_factory=dict, init=False, repr=False)

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
        """The spread of an error over seeds, as a share of it.

        That of all settings that have several, see :func:`.pooled_spread`.
        """
        if dataset not in self._chances:
            groups: dict[str, list[Run]] = {}
            for run in wanted_runs(self.suite, ['all']):
                if not run.weights:
                    groups.setdefault(replace(run, seed=0).name, []).append(run)
            repeats = [self.repeats(*runs) for runs in groups.values() if runs[1:]]
            self._chances[dataset] = pooled_spread(repeats, dataset)
        return self._chances[dataset]

    def chances(self, datasets: Iterable[str]) -> dict[str, float]:
        """:meth:`chance` of several test sets."""
        return {dataset: self.chance(dataset) for dataset in datasets}

    def tables(
        self, title: str, settings: Mapping[str, Repeats], against: str | None = None
    ) -> Iterator[str]:
        """A table of errors for each test set, see :func:`.error_table`."""
        for dataset in self.datasets(flatten(settings)):
            shown = self.shown(dataset)
            table = error_table(title, settings, dataset, against, shown)
            if table is not None:
                yield table.to_markdown()

    def title(self, run: Run) -> str:
        """What the page calls an approach, or one of its other settings."""
        names = {other.name: title for title, other in OTHER_SETTINGS.items()}
        return names.get(run.name, METHODS[run.method].title)

    def command(self, words: str) -> str:
        """A command line of tools/experiments.py, for this suite."""
        other = '' if self.name == 'sample' else f' --suite {self.name}'
        return f'`python tools/experiments.py {words}{other}`'

    def plot(self, name: str, figure: Figure, title: str) -> str:
        """Keep a figure, and give the line that shows it on the page."""
        self.plots[name] = figure
        return f'![{title}]({FOLDER}/{name}.png)\n'
