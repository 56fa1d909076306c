"""Which runs a command is about, and their configs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmengine.config import Config

from .catalogue import EXPERIMENTS, METHODS
from .runs import Run, compose
from .suites import Suite


def wanted_runs(suite: Suite, names: Sequence[str]) -> list[Run]:
    """The runs of some experiments (``'all'``: of each), each once, in their order."""
    chosen = EXPERIMENTS if 'all' in names else names
    runs: dict[str, Run] = {}
    for name in chosen:
        for run in EXPERIMENTS[name].runs(suite):
            runs.setdefault(run.name, run)
    return list(runs.values())


def chosen_runs(
    suite: Suite,
    names: Sequence[str],
    methods: Sequence[str] | None = None,
    seeds: int | None = None,
) -> list[Run]:
    """The runs of some experiments that are of some methods and of the first seeds.

    Args:
        suite: The suite.
        names: Of experiments.
        methods: Keys of the methods; None for all.
        seeds: How many; None for all of the suite's. Draws of people are not seeds.

    Raises:
        ValueError: If the suite has fewer seeds, or nothing is left to run.
    """
    if seeds is not None and seeds > suite.seeds:
        raise ValueError(f'--seeds: expected at most {suite.seeds}, got {seeds}')
    runs = wanted_runs(suite, names)
    if not runs:
        raise ValueError(f'{" ".join(names)}: the suite has no data for it')
    chosen = [
        run
        for run in runs
        if run.method in (methods or METHODS) and run.seed < (seeds or suite.seeds)
    ]
    if not chosen:
        raise ValueError(
            f'--methods: expected some of those in {" ".join(names)} '
            f'({", ".join(sorted({run.method for run in runs}))}), '
            f'got {" ".join(methods or ())}'
        )
    return chosen


def compose_runs(
    suite: Suite,
    runs: Sequence[Run],
    folder: Path,
    bases: Path,
    iterations: int | None = None,
) -> dict[Path, Config]:
    """The configs of runs by the folder of each.

    Args:
        suite: The suite.
        runs: Of the suite.
        folder: Of the suite's runs.
        bases: The project's folder of configs.
        iterations: Batches of a training; None for the suite's.

    Raises:
        FileNotFoundError: If a base config is missing.
    """
    budget = suite.budget
    if iterations is not None:
        budget = replace(budget, iterations=iterations)
    return {
        folder / run.name: compose(
            run, METHODS[run.method], suite.data[run.data], budget, bases
        )
        for run in runs
    }
