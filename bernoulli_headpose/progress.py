"""How far a run is, in a line of the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar('Item')
_INTERVAL_S = 0.2  # between two changes
_BAR = 20  # characters
_CLEAR = '\x1b[K'


class ProgressLine:
    """A line that tells how much is done and how long the rest takes.

    The cursor stays at its beginning, so that what is printed next covers it. Where the
    standard error is no terminal there is no line.

    Args:
        count: How much there is to do; None is not known.
    """

    def __init__(self, count: int | None) -> None:
        self._count = count
        self._is_shown = sys.stderr.isatty()
        self._start = self._last = time.monotonic()

    def update(self, done: int) -> None:
        """Tell how much is done, now and then."""
        now = time.monotonic()
        if self._is_shown and now - self._last >= _INTERVAL_S:
            self._last = now
            told = self._describe(done, now - self._start)
            print(told + _CLEAR + '\r', end='', file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the line away."""
        if self._is_shown:
            print(_CLEAR, end='', file=sys.stderr, flush=True)

    def _describe(self, done: int, seconds: float) -> str:
        if not self._count:
            return f'{done:,} done, {clock(seconds)}'
        if not done:
            return f'0 of {self._count:,} done'
        left = max(self._count - done, 0) * seconds / done
        bar = '#' * (_BAR * done // self._count)
        told = f'{done:,} of {self._count:,} done, {clock(left)} left'
        return f'[{bar:.<{_BAR}}] {told}'


def track(items: Iterable[Item], count: int | None) -> Iterator[Item]:
    """The items, while a :class:`ProgressLine` tells how many are done.

    Args:
        items: Worked on one after the other.
        count: How many there are; None is not known.
    """
    line = ProgressLine(count)
    try:
        for done, item in enumerate(items):
            line.update(done)
            yield item
    finally:
        line.close()


def clock(seconds: float) -> str:
    """A time as ``1:02:03``, or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{rest:02}' if hours else f'{minutes}:{rest:02}'
