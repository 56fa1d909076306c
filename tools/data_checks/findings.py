"""What is told of a data set, and what is wrong with it."""

from __future__ import annotations

import os.path
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from bernoulli_headpose.files import printable, read_image
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import show

from .contents import Contents

_BARS = ' ▁▂▃▄▅▆▇█'
_BIN = 15  # degrees
_LEAST_INSIDE = 0.5  # of a box's area in its picture
_LEAST_HEADS = 10  # to say that an angle is always the same


class Report:
    """Prints what is found, and keeps the problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._title = ''

    def begin(self, title: str) -> None:
        """Begin with a data set, or a comparison of two."""
        self._title = title
        show(f'\n{printable(title)}')

    def say(self, line: object) -> None:
        """Tell something."""
        show(f'  {printable(line)}')

    def problem(self, what: object) -> None:
        """Tell what is wrong."""
        self.say(f'PROBLEM: {what}')
        self.problems.append(f'{self._title.partition(",")[0]}: {what}')


def describe(contents: Contents, report: Report) -> None:
    """Tell the numbers of records and people, the sizes of boxes, and the angles."""
    people = len(contents.people)
    report.say(
        f'{contents.count:,} records, {len(contents.paths):,} pictures, '
        + (f'{people:,} people' if people else 'people not told apart')
    )
    if len(contents.boxes):
        sides = np.sqrt(np.prod(contents.boxes[:, 2:] - contents.boxes[:, :2], axis=1))
        least, middle, most = np.percentile(sides, [0, 50, 100])
        report.say(f'boxes of {least:.0f} to {most:.0f} pixels, median {middle:.0f}')
    if not len(contents.angles):
        return
    for name, column in zip(ANGLE_NAMES, contents.angles.T, strict=True):
        _describe_angle(name, column[np.isfinite(column)], len(column), report)


def _describe_angle(
    name: str, known: NDArray[np.float64], count: int, report: Report
) -> None:
    if not len(known):
        report.say(f'{name:5}  not known of any of {count:,} heads')
        return
    bins = np.histogram(known, np.arange(-180, 181, _BIN))[0]
    heights = np.ceil(bins / bins.max() * (len(_BARS) - 1)).astype(int)
    bars = ''.join(_BARS[height] for height in heights)
    least, middle, most = (round(at) for at in np.percentile(known, [0, 50, 100]))
    report.say(
        f'{name:5}  -180 |{bars}| 180   {least} to {most}, median {middle}, '
        f'{len(known):,} known'
    )
    if len(known) >= _LEAST_HEADS and np.ptp(known) == 0:
        report.problem(
            f'{name} is {known[0]:g} of every head; leave it empty if it is unknown'
        )


def check_pictures(
    contents: Contents, number: int | None, seed: int, report: Report
) -> None:
    """Read pictures, and see that their boxes are in them.

    Args:
        contents: Of the data set.
        number: How many to read; None for all.
        seed: Of their choice.
        report: Takes what is found.
    """
    count = len(contents.paths)
    number = count if number is None else min(number, count)
    choice = np.random.default_rng(seed).permutation(count)[:number]
    sizes: dict[str, tuple[int, int]] = {}
    broken: list[str] = []
    for index in track(
        sorted(choice.tolist()),
        'Reading pictures',
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ):
        path = contents.paths[index]
        try:
            height, width = read_image(path).shape[:2]
        except (OSError, ValueError) as error:
            broken.append(str(error))
        else:
            sizes[path] = width, height
    report.say(f'{len(sizes):,} of {count:,} pictures read')
    if broken:
        report.problem(f'{_some(broken, "pictures")} cannot be read: {broken[0]}')
    outside = _boxes_outside(contents, sizes)
    if outside:
        report.problem(
            f'{_some(outside, "boxes")} lie mostly outside of their picture, the '
            f'first in {outside[0]}; a box is the top-left corner, width and height '
            'in pixels'
        )


def _boxes_outside(contents: Contents, sizes: dict[str, tuple[int, int]]) -> list[str]:
    """Pictures that hold less of a box than they should, of those that were read."""
    found = []
    for path, box in zip(contents.box_paths, contents.boxes, strict=True):
        if path not in sizes:
            continue
        inside = np.minimum(box[2:], sizes[path]) - np.maximum(box[:2], 0)
        area = np.prod(box[2:] - box[:2])
        if np.prod(np.maximum(inside, 0)) < _LEAST_INSIDE * area:
            found.append(path)
    return found


def compare(
    train: Sequence[Contents], test: Sequence[Contents], report: Report
) -> None:
    """See that what is tested on was not trained on: pictures and people."""
    pictures = _on_both_sides(train, test, _real_paths)
    people = _on_both_sides(train, test, lambda contents: contents.people)
    if pictures:
        report.problem(f'{_some(pictures, "pictures")} on both sides: {pictures[0]}')
    if people:
        names = ', '.join(name for _, name in people[:5])
        report.problem(f'{_some(people, "people")} on both sides: {names}')
    if not pictures and not people:
        told = all(any(one.people for one in side) for side in (train, test))
        report.say(f'no picture{" and no person" if told else ""} on both sides')


def _on_both_sides(
    train: Sequence[Contents],
    test: Sequence[Contents],
    names_of: Callable[[Contents], set[Any]],
) -> list[Any]:
    first, second = (
        {name for contents in side for name in names_of(contents)}
        for side in (train, test)
    )
    return sorted(first & second)


def _real_paths(contents: Contents) -> set[str]:
    return set(map(os.path.realpath, contents.paths))


def _some(items: Sequence[object], what: str) -> str:
    return f'{len(items):,} {what}' if len(items) > 1 else f'1 of the {what}'
