"""What the command line prints of heads."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import numpy as np
from rich import box
from rich.table import Table

from .files import printable
from .rotation import ANGLE_NAMES, mean_direction

_NAME_WIDTHS = (10, 100)  # of the image's column, least and most
# Of the other columns. In 80, two-digit angles are in one line, places in two.
_WIDE, _NARROW = (13, 13, 13, 5, 9, 19), (11, 11, 11, 5, 6, 9)
_GAPS = 2 * len(_WIDE) + 1


class HeadsTable:
    """Rows of heads that are printed as they come, in columns of fixed width.

    Args:
        names: Of the images to come; they set the width of their column.
        width: Of the terminal in characters; None takes what the rows need.
    """

    def __init__(self, names: Iterable[str], width: int | None = None) -> None:
        least, most = _NAME_WIDTHS
        longest = max((len(printable(name)) for name in names), default=0)
        longest = min(longest, most)
        room = longest if width is None else width - sum(_WIDE) - _GAPS
        is_wide = room >= min(longest, 2 * least)
        if width is not None and not is_wide:
            room = width - sum(_NARROW) - _GAPS
        first = max(least, min(longest, room))
        self.widths = (first, *(_WIDE if is_wide else _NARROW))
        self._has_begun = False

    @property
    def width(self) -> int:
        """Of a row, characters."""
        return sum(self.widths) + _GAPS

    def rows(self, name: str, heads: list[dict[str, Any]]) -> Table:
        """The rows of an image, one a head; those of the first have a header."""
        title = None if self._has_begun else 'degrees, with standard deviation'
        table = Table(
            title=title,
            box=box.SIMPLE_HEAD,
            show_edge=False,
            show_header=not self._has_begun,
            padding=(0, 1, 0, 0),
        )
        self._has_begun = True
        names = ('image', *ANGLE_NAMES, 'score', 'center', 'box')
        for column, width in zip(names, self.widths, strict=True):
            table.add_column(column, width=width, justify='right', overflow='fold')
        table.columns[0].justify = 'left'
        for head in heads:
            angles = [
                f'{head[k]:+.1f} \u00b1{head[f"{k}_std"]:.1f}' for k in ANGLE_NAMES
            ]
            places = [' '.join(f'{v:.0f}' for v in head[k]) for k in ('center', 'bbox')]
            table.add_row(printable(name), *angles, f'{head["score"]:.2f}', *places)
        if not heads:
            table.add_row(printable(name), *['-'] * 5, 'no head found')
        return table


def tracks_table(tracks: dict[int, list[dict[str, Any]]]) -> Table:
    """Mean angles (directions) of the heads of a video, by their track's number."""
    table = Table(
        *('head', 'frames', *ANGLE_NAMES, 'score'),
        title='means, degrees',
        box=box.SIMPLE_HEAD,
    )
    for track, heads in tracks.items():
        means = [mean_direction([head[name] for head in heads]) for name in ANGLE_NAMES]
        score = np.mean([head['score'] for head in heads])
        cells = [*(f'{mean:+.1f}' for mean in means), f'{score:.2f}']
        table.add_row(f'#{track}', str(len(heads)), *cells)
    return table


def video_summary(info: dict[str, Any], start: float, without: int = 0) -> str:
    """One line about a video that was read.

    Args:
        info: ``HeadPoseInferencer.video_info``.
        start: Of the reading, by ``time.perf_counter``.
        without: Frames in which no head was found.
    """
    speed = info['n_read'] / max(time.perf_counter() - start, 1e-6)
    parts = [f'{info["name"]}: {info["n_read"]} frames, {speed:.1f} frames/s']
    if without:
        parts.append(f'no head in {without} of them')
    if info['n_broken']:
        parts.append(f'{info["n_broken"]} broken frames skipped')
    if info['n_missing']:
        parts.append(f'{info["n_missing"]} announced by the file did not come')
    if info['files']:
        parts.append(f'wrote {", ".join(info["files"])}')
    return printable('; '.join(parts))
