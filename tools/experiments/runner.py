"""Train and test runs by MMPose's commands, several at a time, each in its own folder.

A folder holds ``config.py`` (whole; ``mim train mmpose config.py`` repeats the
training), the log and the checkpoint, the results of each test and, once the plain test
is done, ``run.json``: what was run, when, on what machine, how long.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from pprint import pformat
from typing import Any

import torch
from mmengine.config import Config

from bernoulli_headpose.files import (
    parse_assignments,
    printable,
    read_text,
    write_whole,
)

from .configs import compose, compose_test, data_folders
from .heads import results_name
from .plan import LANDMARKS, Plan, Run

RECORD, CONFIG = 'run.json', 'config.py'
ROOT = Path(__file__).resolve().parents[2]
# Each batch takes again the memory of the last, as large pages, rather than give it
# back and clear it page by page. What the user has set goes before.
_MEMORY = dict(
    MALLOC_MMAP_THRESHOLD_=str(2**25),  # the most that each glibc takes
    MALLOC_TRIM_THRESHOLD_=str(2**33),
    GLIBC_TUNABLES='glibc.malloc.hugetlb=1',
)


class Runner:
    """Runs of a suite.

    Args:
        plan: The suite.
        out: Folder of the runs of all suites.
        jobs: Runs at a time.
        iterations: Batches of a training; None for the suite's.

    Attributes:
        folder: Of the suite's runs.
    """

    def __init__(
        self, plan: Plan, out: Path, jobs: int = 1, iterations: int | None = None
    ) -> None:
        self.plan = plan
        self.folder = out / plan.name
        self.jobs = jobs
        self.iterations = iterations
        self.threads = max(1, (os.cpu_count() or 1) // jobs)

    def run(self, runs: Mapping[str, Run], questions: Sequence[str] = ('all',)) -> None:
        """Train and test what is not yet.

        Args:
            runs: By name.
            questions: Whose further tests are done too.

        Raises:
            FileNotFoundError: If a folder of data is missing; nothing is trained then.
            ValueError: If a folder holds a run of another config; neither then.
            RuntimeError: If runs failed, told when all else is done.
        """
        configs = {n: compose(self.plan, r, self.iterations) for n, r in runs.items()}
        check_data(configs)
        for name, config in configs.items():
            check_folder(self.folder / name, config)
        tests = {n: self.plan.tests_of(run, questions) for n, run in runs.items()}
        pool = ThreadPoolExecutor(self.jobs)
        try:
            tasks = {
                pool.submit(self._finish, runs[name], config, tests[name]): name
                for name, config in configs.items()
            }
            failures = _wait_for(tasks)
        finally:
            pool.shutdown(cancel_futures=True)
        if failures:
            listed = '\n'.join(failures)
            raise RuntimeError(
                f'{len(failures)} runs failed, the others are done:\n{listed}'
            )

    def finished(self) -> dict[str, Path]:
        """Folders of the suite's finished runs, by name.

        Raises:
            FileNotFoundError: If there is none.
            ValueError: If one holds a run of another config.
        """
        found = {
            name: self.folder / name
            for name, run in self.plan.runs().items()
            if check_folder(
                self.folder / name, compose(self.plan, run, self.iterations)
            )
        }
        if not found:
            raise FileNotFoundError(f'{self.folder}: expected finished runs, got none')
        return found

    def _finish(self, run: Run, config: Config, tests: Sequence[str]) -> str:
        """Do what is missing of a run; gives what was done, in words."""
        folder = self.folder / run.name
        done = 'finished before'
        if not (folder / RECORD).is_file():
            if run.method == LANDMARKS and find_spec('dlib') is None:
                return "left out: pip install 'bernoulli_mmpose[profiling]'"
            print(f'{run.name}: started\n', end='', flush=True)
            done = self._start(run, config, folder)
        for test in tests:
            for repeat in range(self.plan.tests[test].get('repeats', 1)):
                if not (folder / results_name(test, repeat)).is_file():
                    changed = compose_test(config, self.plan.tests[test], repeat)
                    self._test(changed, folder, results_name(test, repeat))
                    done = 'tested'
        return done

    def _start(self, run: Run, config: Config, folder: Path) -> str:
        """Train and test a run from the beginning, and write its record."""
        for left in folder.glob('results*.csv'):  # of other weights
            left.unlink()
        _write_config(config, folder / CONFIG)
        revision, start = _revision(), time.monotonic()
        facts: dict[str, Any] = {}
        if run.method == LANDMARKS:
            tool = [sys.executable, ROOT / 'tools' / 'landmark_baseline.py']
            self._call(
                [*tool, folder / CONFIG, folder / results_name()], folder, 'test'
            )
        else:
            words = ['mim', 'train', 'mmpose', folder / CONFIG, '--work-dir', folder]
            self._call(words, folder, 'train')
            minutes = round((time.monotonic() - start) / 60, 2)
            facts = dict(minutes=minutes, threads=self.threads)
            self._test(config, folder, results_name())
        what = dict(run=run.name, date=date.today().isoformat(), revision=revision)
        record = dict(**what, **facts, device=_device(), torch=torch.__version__)
        write_whole(folder / RECORD, json.dumps(record, indent=1) + '\n')
        return f'done in {(time.monotonic() - start) / 60:.1f} minutes'

    def _test(self, config: Config, folder: Path, results: str) -> None:
        """Test a run's weights; the results go into its folder."""
        last = folder / 'last_checkpoint'
        checkpoint = folder / Path(read_text(last).strip()).name
        if not checkpoint.is_file():
            raise FileNotFoundError(f'{checkpoint}: expected weights, found none')
        changed = Config(config.to_dict())
        changed.test_evaluator.dump_file = str(folder / results)
        place = folder / 'tests' / results.replace('.csv', '.py')
        _write_config(changed, place)
        words = ['mim', 'test', 'mmpose', place, '--checkpoint', checkpoint]
        self._call([*words, '--work-dir', place.parent], folder, 'test')

    def _call(self, words: Sequence[object], folder: Path, log: str) -> None:
        """Run a command of this environment.

        Raises:
            RuntimeError: If it fails; its log is named.
        """
        path = folder / f'{log}.log'
        program, *arguments = map(str, words)
        if program == 'mim':
            program = str(Path(sys.executable).with_name('mim'))
        # Threads that wait actively slow each other down, and the loader's processes.
        openmp = dict(OMP_NUM_THREADS=str(self.threads), OMP_WAIT_POLICY='passive')
        with path.open('a', encoding='utf-8') as stream:
            status = subprocess.run(
                [program, *arguments],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**_MEMORY, **os.environ, **openmp},
                check=False,
            ).returncode
        if status:
            raise RuntimeError(f'{log} failed with status {status}; see {path}')


def _wait_for(tasks: Mapping[Future[str], str]) -> list[str]:
    """Print what was done of runs as they end; what failed, in a line each."""
    failures = []
    for number, task in enumerate(as_completed(tasks), 1):
        error = task.exception()
        done = task.result() if error is None else f'{type(error).__name__}: {error}'
        line = f'{tasks[task]}: {printable(done)}'
        print(f'[{number}/{len(tasks)}] {line}', flush=True)
        failures += [line] if error is not None else []
    return failures


def check_data(configs: Mapping[str, Config]) -> None:
    """See that the data of runs is there.

    Raises:
        FileNotFoundError: If a folder is missing.
    """
    folders = {path for config in configs.values() for path in data_folders(config)}
    missing = sorted(str(path) for path in folders if not path.is_dir())
    if missing:
        raise FileNotFoundError(
            f'expected folders of data, found none at {", ".join(missing)} (from '
            f'{Path.cwd()}); BERNOULLI_DATA_ROOT tells where they are'
        )


def check_folder(folder: Path, config: Config) -> bool:
    """Whether a folder holds a finished run of a config, wherever its data was.

    Raises:
        ValueError: If it is of another config.
    """
    if not (folder / RECORD).is_file():
        return False
    before = _settings(parse_assignments(read_text(folder / CONFIG)))
    now = _settings(config.to_dict())
    differing = [name for name in now if before[name] != now[name]]
    if differing:
        raise ValueError(
            f'{folder}: holds a run of another config ({differing[0]} differs). Move '
            'it away, or choose another --out'
        )
    return True


def _settings(config: Mapping[str, Any]) -> dict[str, str]:
    """What makes a training and its test what they are, but for where data is."""
    names = ('model', 'optim_wrapper', 'train_cfg', 'param_scheduler', 'randomness')
    parts = {name: config.get(name) for name in names}
    for name in ('train_dataloader', 'test_dataloader'):
        loader = config.get(name) or {}
        parts[name] = [loader.get('batch_size'), _without_roots(loader.get('dataset'))]
    return {key: json.dumps(part, sort_keys=True) for key, part in parts.items()}


def _without_roots(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = value.keys() - {'data_root'}
        return {key: _without_roots(value[key]) for key in kept}
    return [*map(_without_roots, value)] if isinstance(value, list | tuple) else value


def _write_config(config: Config, path: Path) -> None:
    # Not by Config.dump, which formats for seconds.
    lines = (f'{name} = {pformat(value)}\n' for name, value in config.to_dict().items())
    write_whole(path, ''.join(lines))


def _device() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'{platform.machine()} CPU, {os.cpu_count()} cores'


def _revision() -> str | None:
    """Revision of the project in a git checkout; ``-dirty`` where files differ.

    It is asked for before a training: the checkout may move on during it.
    """
    words = ['git', '-C', str(ROOT), 'describe', '--always', '--dirty', '--exclude=*']
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
