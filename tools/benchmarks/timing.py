"""Times of several calls that take turns, so that the machine's load meets them all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from mmengine.registry import init_default_scope

Call = Callable[[], object]
CALL_S = 0.05  # a timed call repeats what is faster than that


def prepare(threads: int | None) -> int:
    """Let MMEngine build MMPose's parts, and torch use that many threads.

    Args:
        threads: None leaves them to torch.

    Returns:
        Threads that torch uses.

    Raises:
        RuntimeError: If it is less than one thread.
    """
    init_default_scope('mmpose')
    if threads is not None:
        torch.set_num_threads(threads)
    return torch.get_num_threads()


def alternate(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Seconds of each call, in turns of changing order, after a warm-up each."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in sorted(calls.items(), reverse=bool(turn % 2)):
            start = time.perf_counter()
            call()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def timed(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Times of calls that alternate; a fast one is repeated, and its share given.

    Args:
        calls: What to measure, by name.
        rounds: Number of times of each.

    Returns:
        Seconds of one call, ``rounds`` times each.
    """
    many = {name: _repeated(call) for name, call in calls.items()}
    seconds = alternate({name: call for name, (call, _) in many.items()}, rounds)
    return {n: [s / many[n][1] for s in values] for n, values in seconds.items()}


def _repeated(call: Call) -> tuple[Call, int]:
    """The call as often as takes about ``CALL_S``, and how often that is."""
    call()
    start = time.perf_counter()
    call()
    count = max(1, round(CALL_S / (time.perf_counter() - start)))
    return lambda: [call() for _ in range(count)], count


def spread(values: Sequence[float], form: str) -> str:
    """Median and range as text, by a format such as ``'.2f'``."""
    low, high = min(values), max(values)
    return f'{statistics.median(values):{form}} ({low:{form}}-{high:{form}})'
