"""What each part of a config's training takes."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Any

import cv2
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import MODELS, OPTIM_WRAPPERS
from rich.table import Table

from .test_parts import loader_config
from .timing import spread

LOADER, TRAIN, TEST = 'one worker', 'training step', 'test step, with decoding'


def parts_table(config: Config, device: str, rounds: int) -> tuple[Table, float, float]:
    """Milliseconds of an image, and images a second, of each part.

    Args:
        config: Of a training.
        device: Of the model.
        rounds: Batches to measure.

    Returns:
        The table, and images a second of a worker and of a training step.
    """
    steps, loading, batches = loader_times(config, rounds)
    size = len(batches[0]['data_samples'])
    training, testing = model_times(config, batches, device)
    parts = {LOADER: loading, **steps, TRAIN: training, TEST: testing}
    table = Table('', 'ms an image (min-max)', 'images/s')
    table.title = f'batches of {size}'
    for name, seconds in parts.items():
        times = [1e3 * second / size for second in seconds]
        rate = '' if name in steps else f'{1e3 / statistics.median(times):.0f}'
        table.add_row(name, spread(times, '.3f'), rate)
    worker, step = (size / statistics.median(parts[name]) for name in (LOADER, TRAIN))
    return table, worker, step


def loader_times(
    config: Config, rounds: int
) -> tuple[dict[str, list[float]], list[float], list[dict]]:
    """What a worker does, in seconds of processor time a batch.

    Returns:
        Seconds of each kind of step, seconds of all, and the batches.

    Raises:
        ValueError: If the config trains nothing.
    """
    cv2.setNumThreads(0)  # as a loader's workers have it
    own = dict(loader_config(config, 'train'), num_workers=0)
    own.pop('persistent_workers', None)
    loader = Runner.build_dataloader(own, seed=0)
    spent: dict[str, float] = defaultdict(float)
    for step in _steps(loader.dataset):
        _watch(step, spent)
    steps: dict[str, list[float]] = defaultdict(list)
    seconds, batches = [], []
    waiting = chain.from_iterable(repeat(loader))
    next(waiting)  # imports and tables
    for _ in range(rounds):
        spent.clear()
        start = time.thread_time()
        batches.append(next(waiting))
        seconds.append(time.thread_time() - start)
        for name, share in spent.items():
            steps[f'  {name}'].append(share)
        steps['  other'].append(seconds[-1] - sum(spent.values()))
    return dict(steps), seconds, batches


def _steps(dataset: Any) -> list[Any]:
    """Transforms of a data set and of those that it is made of."""
    parts = getattr(dataset, 'datasets', [])
    own = getattr(getattr(dataset, 'pipeline', None), 'transforms', [])
    return [step for part in parts for step in _steps(part)] + list(own)


def _watch(step: Any, spent: dict[str, float]) -> None:
    transform, name = step.transform, type(step).__name__

    def timed(results: dict) -> Any:
        start = time.thread_time()
        done = transform(results)
        spent[name] += time.thread_time() - start
        return done

    step.transform = timed


def model_times(
    config: Config, batches: Sequence[dict], device: str
) -> tuple[list[float], list[float]]:
    """Seconds of a training step and of a test step of each batch."""
    model = MODELS.build(config.model).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
    wrapper = dict(config.optim_wrapper, optimizer=optimizer)
    wrapper.setdefault('type', 'OptimWrapper')
    optim_wrapper = OPTIM_WRAPPERS.build(wrapper)
    model.train()
    training = _seconds(lambda batch: model.train_step(batch, optim_wrapper), batches)
    model.eval()
    with torch.no_grad():
        testing = _seconds(model.test_step, batches)
    return training, testing


def _seconds(call: Callable[[dict], object], batches: Sequence[dict]) -> list[float]:
    """Of a call with each batch, after a warm-up; all that a GPU does for it."""
    found = []
    for batch in [batches[0], *batches]:
        start = time.perf_counter()
        call(dict(batch))
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        found.append(time.perf_counter() - start)
    return found[1:]
