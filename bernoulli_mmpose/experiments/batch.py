"""Many trainings, several at a time: one that fails does not stop the others."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from mmengine.config import Config

from bernoulli_headpose.files import printable

from .records import RECORD, Finished, find_run, read_run
from .report import one_line
from .runs import data_folders
from .training import retest, train_and_test


def train_missing(configs: Mapping[Path, Config], jobs: int) -> list[str]:
    """Train and test the runs whose folders are not finished, and print all.

    Args:
        configs: Of runs by their folder.
        jobs: Trainings at a time.

    Returns:
        The runs that failed and why, a line each; the others are done.

    Raises:
        FileNotFoundError: If a folder of data is missing; nothing is trained then.
        ValueError: If a folder holds a run of another config; neither then.
    """
    finished = {path: find_run(path, config) for path, config in configs.items()}
    missing = {path: configs[path] for path, found in finished.items() if not found}
    check_data(missing.values())
    done = [found for found in finished.values() if found]
    for number, run in enumerate(done, 1):
        state = f'[{number}/{len(configs)}] {run.folder.name}'
        print(f'{state}: {one_line(run)} (finished before)', flush=True)
    if missing and jobs > 1:
        importlib.import_module('mim')  # makes its folder once, not two at a time
    threads = max(1, (os.cpu_count() or 1) // jobs)
    pool = ThreadPoolExecutor(jobs)
    try:
        tasks = {
            pool.submit(_train, config, path, threads): path
            for path, config in missing.items()
        }
        return _follow(tasks, len(done), len(configs))
    finally:
        pool.shutdown(cancel_futures=True)


def test_again(config: Config, target: Path, other: Path) -> None:
    """Test the weights of a finished run in another setting, if not done before.

    Args:
        config: Of the test.
        target: Folder of the test.
        other: Folder of the run; where it is not finished, nothing is done.

    Raises:
        FileNotFoundError: If the weights are gone.
        ValueError: If the folder holds a run of another config.
    """
    done = find_run(target, config)
    if not done and (other / RECORD).is_file():
        done = retest(config, target, read_run(other))
    if done:
        print(f'{target.name}: {one_line(done)}', flush=True)


def attempt(name: str, task: Callable[..., object], *words: object) -> list[str]:
    """Do something; if it fails, print why.

    Args:
        name: Of the run that it is done for.
        task: What is called.
        *words: Its arguments.

    Returns:
        A line that says why it failed, or nothing.
    """
    try:
        task(*words)
    except Exception as error:  # whatever it is, the others go on
        failure = _failure(name, error)
        print(failure, flush=True)
        return [failure]
    return []


def _failure(name: str, error: BaseException) -> str:
    return f'{name}: {type(error).__name__}: {printable(error)}'


def check_data(configs: Iterable[Config]) -> None:
    """Look for the data of runs before the first is trained.

    Raises:
        FileNotFoundError: If a folder is missing.
    """
    folders = sorted({path for config in configs for path in data_folders(config)})
    missing = [str(path) for path in folders if not path.is_dir()]
    if missing:
        raise FileNotFoundError(
            f'expected folders of data, found none at {", ".join(missing)} (from '
            f'{Path.cwd()}); BERNOULLI_DATA_ROOT tells where they are'
        )


def _train(config: Config, folder: Path, threads: int) -> Finished:
    print(f'{folder.name}: training\n', end='', flush=True)  # a line at a time
    return train_and_test(config, folder, threads)


def _follow(tasks: Mapping[Future[Finished], Path], done: int, total: int) -> list[str]:
    """Print runs as they end; what failed, in a line each."""
    failures = []
    for number, task in enumerate(as_completed(tasks), done + 1):
        name, error = tasks[task].name, task.exception()
        if error is None:
            line = f'{name}: {one_line(task.result())}'
        else:
            line = _failure(name, error)
            failures.append(line)
        print(f'[{number}/{total}] {line}', flush=True)
    return failures
