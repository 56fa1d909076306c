"""Labels that are not what they should be: an error, or left out and counted."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from mmengine.logging import print_log

from bernoulli_headpose.files import printable

LARGEST_PIXEL = 1e6  # no picture is as large
Result = TypeVar('Result')


class LabelError(ValueError):
    """A label that is not what it should be.

    Args:
        where: The file, and the place in it.
        expected: What should be there; labels are counted by it.
        got: What is there.
    """

    def __init__(self, where: object, expected: str, got: object) -> None:
        super().__init__(printable(where), expected, got)
        self.expected = expected

    def __str__(self) -> str:
        where, expected, got = self.args
        return f'{where}: expected {expected}, got {got}'


class BadLabels:
    """What becomes of a data set's bad labels.

    Args:
        policy: ``'error'``: the first is raised. ``'skip'``: they are left out, and
            counted by what was expected.

    Raises:
        ValueError: If the policy is another.
    """

    def __init__(self, policy: str) -> None:
        if policy not in ('error', 'skip'):
            raise ValueError(f"bad_labels: expected 'error' or 'skip', got {policy!r}")
        self.skip = policy == 'skip'
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def judge(self, read: Callable[..., Result], *arguments: Any) -> Result | None:
        """What ``read`` gives; None where it is a bad label that is left out."""
        try:
            return read(*arguments)
        except (OSError, ValueError) as error:
            self.report(error)
            return None

    def report(self, error: OSError | ValueError) -> None:
        """Raise the error, or count it."""
        if not self.skip:
            raise error
        is_file = isinstance(error, OSError)
        reason = getattr(error, 'expected', 'a file' if is_file else 'what can be read')
        self._counts[reason] += 1
        self._first.setdefault(reason, str(error))

    def close(self, source: object, left: int) -> None:
        """Tell what was left out, in one warning, and forget it.

        Args:
            source: The data set, or its file.
            left: How many labels are left.

        Raises:
            ValueError: If none is.
        """
        count = sum(self._counts.values())
        what = 'bad label is' if count == 1 else 'bad labels are'
        lines = [f'{printable(source)}: {count} {what} left out:']
        lines += [
            f'  {number} without {reason}; the first: {printable(self._first[reason])}'
            for reason, number in self._counts.most_common()
        ]
        self._counts.clear()
        self._first.clear()
        if count and not left:
            raise ValueError('\n'.join([*lines, '  and none is left']))
        if count:
            print_log('\n'.join(lines), logger='current', level=logging.WARNING)
