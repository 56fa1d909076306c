"""How far a run is, in a line of the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar('Item')
_INTERVAL_S = 0.2  # between two changes
_CLEAR = '\x1b[K'


def track(items: Iterable[Item], count: int | None) -> Iterator[Item]:
    """The items, while a line tells how many are done and how long the rest takes.

    The cursor stays at the line's beginning, so that what is printed next covers it.

    Args:
        items: Worked on one after the other.
        count: How many there are; None is not known.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    start = shown = time.monotonic()
    try:
        for done, item in enumerate(items):
            now = time.monotonic()
            if now - shown >= _INTERVAL_S:
                _write(_describe(done, count, now - start) + _CLEAR + '\r')
                shown = now
            yield item
    finally:
        _write(_CLEAR)


def _describe(done: int, count: int | None, seconds: float) -> str:
    if not count or not done:
        return f'{done} done, {_clock(seconds)}'
    left = max(count - done, 0) * seconds / done
    return f'{done} of {count} done, {_clock(left)} left'


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{rest:02}' if hours else f'{minutes}:{rest:02}'


def _write(text: str) -> None:
    print(text, end='', file=sys.stderr, flush=True)
