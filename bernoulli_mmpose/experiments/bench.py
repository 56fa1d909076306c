"""What ``tools/experiments.py`` does with a suite: train, test, draw, report."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import Config

from ..evaluation import HeadPoseResults
from ..evaluation.summary import Table, rank_heads
from . import archive, batch, catalogue, records, report, selection, suites
from .robustness import PERTURBATIONS, evaluate_perturbed, has_tests
from .runs import Run
from .suites import Suite


@dataclass(frozen=True)
class Bench:
    """A suite, and where its runs are.

    Attributes:
        name: The suite's.
        out: Folder of the runs of all suites.
        root: The project's folder, with ``configs`` and ``tools``.
        iterations: Batches of a training; None for the suite's.
    """

    name: str
    out: Path
    root: Path
    iterations: int | None = None

    @property
    def suite(self) -> Suite:
        """The suite."""
        return suites.SUITES[self.name]

    @property
    def folder(self) -> Path:
        """Of its runs."""
        return self.out / self.name

    def configs_of(self, runs: Sequence[Run]) -> dict[Path, Config]:
        """The configs of some of its runs, by folder."""
        configs = self.root / 'configs'
        return selection.compose_runs(
            self.suite, runs, self.folder, configs, self.iterations
        )

    def all_configs(self) -> dict[Path, Config]:
        """The configs of all that is reported, by folder."""
        configs = self.configs_of(selection.wanted_runs(self.suite, ['all']))
        return configs | self.landmark_configs()

    def landmark_configs(self) -> dict[Path, Config]:
        """Configs whose test sets the landmarks are tested on, by folder."""
        tests = catalogue.landmark_tests(self.suite)
        configs = self.configs_of([Run(data=data) for data in tests.values()])
        folders = (self.folder / name for name in tests)
        return dict(zip(folders, configs.values(), strict=True))

    def overview(self) -> Table:
        """Each experiment with its runs."""
        header = ['name', 'what', 'in the paper', 'runs', 'finished']
        rows = []
        for name, experiment in catalogue.EXPERIMENTS.items():
            runs = experiment.runs(self.suite)
            paths = [self.folder / run.name for run in runs]
            recorded = [path for path in paths if (path / records.RECORD).is_file()]
            done = sum(has_tests(name, path) for path in recorded)
            counts = str(len(runs)), str(done)
            rows.append([name, experiment.title, experiment.source, *counts])
        return Table(f'Suite {self.name}', header, rows)

    def run(
        self,
        experiments: Sequence[str],
        methods: Sequence[str] | None = None,
        seeds: int | None = None,
        jobs: int = 1,
    ) -> None:
        """Train and test what is missing.

        Args:
            experiments: Their names, or ``'all'``.
            methods: Keys of the methods; None for all.
            seeds: Of the suite's seeds the first; None for all.
            jobs: Trainings at a time.

        Raises:
            RuntimeError: If trainings or tests failed, told when all else is done.
        """
        runs = selection.chosen_runs(self.suite, experiments, methods, seeds)
        configs = self.configs_of(runs)
        others = {
            self.folder / r.name: self.folder / r.weights for r in runs if r.weights
        }
        trained = {p: config for p, config in configs.items() if p not in others}
        failures = batch.train_missing(trained, jobs)
        for path, other in others.items():
            failures += batch.attempt(
                path.name, batch.test_again, configs[path], path, other
            )
        if {'robustness', 'all'} & set(experiments):
            for run in catalogue.EXPERIMENTS['robustness'].runs(self.suite):
                path = self.folder / run.name
                if path in configs:
                    failures += batch.attempt(
                        path.name, self._perturb, path, configs[path]
                    )
        if {'peers', 'all'} & set(experiments) and not methods:
            for path, config in self.landmark_configs().items():
                failures += batch.attempt(path.name, self._run_landmarks, path, config)
        if failures:
            listed = '\n'.join(failures)
            raise RuntimeError(
                f'{len(failures)} trainings or tests failed, the others are done:\n'
                f'{listed}'
            )

    def _perturb(self, folder: Path, config: Config) -> None:
        """Test a finished run on perturbed heads, where not done before."""
        if (folder / records.RECORD).is_file():
            evaluate_perturbed(config, records.read_run(folder), PERTURBATIONS)

    def _run_landmarks(self, folder: Path, config: Config) -> None:
        """Landmarks and PnP on the test set of a config, where not done before."""
        if records.find_run(folder, config):
            return
        if find_spec('dlib') is None:
            print("landmarks left out: pip install 'bernoulli_mmpose[profiling]'")
            return
        records.write_config(folder, config)
        results = folder / records.RESULTS
        revision = records.revision()
        words = 'landmark_baseline', folder / records.CONFIG, results
        self._run_tool(*words, log=folder / 'test.log')
        records.write_record(folder, revision=revision)

    def draw_pictures(self, number: int) -> None:
        """Best, worst, most turned and random heads, and feature maps of one of each.

        Args:
            number: Heads of each kind.

        Raises:
            FileNotFoundError: If no run to draw is finished.
        """
        views = [name for name in catalogue.PICTURED if name in self.suite.data]
        runs = [Run(data=data).name for data in views]
        runs = [
            name for name in runs if (self.folder / name / records.RECORD).is_file()
        ]
        if not runs:
            raise FileNotFoundError(f'{self.folder}: expected finished runs, got none')
        for name in runs:
            self._draw(self.folder / name, self.folder / 'pictures' / name, number)

    def _draw(self, run: Path, target: Path, number: int) -> None:
        results = run / records.RESULTS
        self._run_tool('summarize', results, '--out', target, '--pictures', number)
        heads = HeadPoseResults.read(results)
        checkpoint = records.read_run(run).weights
        for kind, rows in rank_heads(heads, 1).items():
            path, box = heads.img_path[rows[0]], heads.bbox[rows[0]]
            out = target / f'feature_maps_{kind}.png'
            words = run / records.CONFIG, checkpoint, path
            corners = (f'{corner:.3f}' for corner in box)
            self._run_tool('feature_maps', *words, '--out', out, '--box', *corners)

    def report(self, docs: Path | None) -> Path:
        """Write the page of the runs that are finished.

        Args:
            docs: Folder of the page; None for the project's, or for one beside the
                runs where these are not the suite's own.
        """
        return report.write(
            self.suite, self.folder, docs or self.docs, self.all_configs()
        )

    def restore(self, docs: Path | None) -> tuple[list[Path], list[Path], Path]:
        """Folders of the runs of which a page was written, but for those there are.

        Args:
            docs: Folder of the page; None for the project's.

        Returns:
            The folders that were made, those left alone since they hold something
            unfinished, and the archive.
        """
        configs = self.all_configs()
        source = (docs or self.docs) / report.FOLDER / archive.ARCHIVE
        made = archive.restore(source, configs)
        left = [
            path
            for path in configs
            if path.is_dir() and not (path / records.RECORD).is_file()
        ]
        return made, left, source

    @property
    def docs(self) -> Path:
        """The folder of the suite's page in the project."""
        return self.root / 'docs' / ('' if self.name == 'sample' else self.name)

    def _run_tool(self, name: str, *words: object, log: Path | None = None) -> None:
        """Run another tool, its output to a file where one is named.

        Raises:
            RuntimeError: If it fails.
        """
        tool = self.root / 'tools' / f'{name}.py'
        command = [sys.executable, str(tool), *(str(word) for word in words)]
        with log.open('w', encoding='utf-8') if log else nullcontext() as stream:
            status = subprocess.run(command, stdout=stream, check=False).returncode
        if status:
            raise RuntimeError(f'{tool.name} failed with status {status}')
