"""What the command line prints of heads."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from .files import printable
from .rotation import ANGLE_NAMES, mean_direction

_NAME_WIDTHS = (10, 100)  # of the image's column, least and most
# Of the other columns. In 80, two-digit angles are in one line, places in two.
_WIDE, _NARROW = (13, 13, 13, 5, 9, 19), (11, 11, 11, 5, 6, 9)
_COLUMNS = ('image', *ANGLE_NAMES, 'score', 'center', 'box')
_MOST_NAMES = 4
_GAP = '  '
_GAPS = len(_GAP) * len(_WIDE)


class HeadsTable:
    """Rows of heads that are printed as they come, in columns of fixed width.

    Args:
        names: Of the images to come; they set the width of their column.
        width: Of the terminal in characters; None takes what the rows need.
    """

    def __init__(self, names: Iterable[str], width: int | None = None) -> None:
        least, most = _NAME_WIDTHS
        longest = max((_width(printable(name)) for name in names), default=0)
        longest = min(longest, most)
        room = longest if width is None else width - sum(_WIDE) - _GAPS
        is_wide = room >= min(longest, 2 * least)
        if width is not None and not is_wide:
            room = width - sum(_NARROW) - _GAPS
        first = max(least, min(longest, room))
        self.widths = (first, *(_WIDE if is_wide else _NARROW))
        self._has_begun = False

    def rows(self, name: str, heads: list[dict[str, Any]]) -> str:
        """The rows of an image, one a head; those of the first have a header."""
        lines = []
        if not self._has_begun:
            width = sum(self.widths) + _GAPS
            lines += ['degrees, with standard deviation'.center(width).rstrip()]
            lines += _row(_COLUMNS, self.widths), '-' * width
        self._has_begun = True
        for head in heads:
            angles = [
                f'{head[k]:+.1f} \u00b1{head[f"{k}_std"]:.1f}' for k in ANGLE_NAMES
            ]
            places = [' '.join(f'{v:.0f}' for v in head[k]) for k in ('center', 'bbox')]
            cells = (printable(name), *angles, f'{head["score"]:.2f}', *places)
            lines.append(_row(cells, self.widths))
        if not heads:
            cells = (printable(name), *['-'] * 5, 'no head found')
            lines.append(_row(cells, self.widths))
        return '\n'.join(lines)


def tracks_table(tracks: dict[int, list[dict[str, Any]]]) -> str:
    """Mean angles (directions) of the heads of a video, by their track's number."""
    widths = (6, 8, 7, 7, 7, 6)
    lines = ['means, degrees', _row(('head', 'frames', *ANGLE_NAMES, 'score'), widths)]
    for track, heads in tracks.items():
        means = [mean_direction([head[name] for head in heads]) for name in ANGLE_NAMES]
        score = np.mean([head['score'] for head in heads])
        cells = [*(f'{mean:+.1f}' for mean in means), f'{score:.2f}']
        lines.append(_row([f'#{track}', str(len(heads)), *cells], widths))
    return '\n'.join(lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Cells in columns, the first to the left; what is too long has several lines."""
    folded = [_fold(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for texts in zip_longest(*folded, fillvalue=''):
        blanks = [' ' * (w - _width(t)) for t, w in zip(texts, widths, strict=True)]
        first, *others = texts
        right = [blank + text for blank, text in zip(blanks[1:], others, strict=True)]
        lines.append(_GAP.join([first + blanks[0], *right]).rstrip())
    return '\n'.join(lines)


def _fold(text: str, width: int) -> Iterator[str]:
    """Parts of a text that fit into a width, cut at spaces where there are any."""
    while _width(text) > width:
        end = next(n for n in range(len(text), 0, -1) if _width(text[:n]) <= width)
        space = text.rfind(' ', 0, end + 1)
        yield text[: space if space > 0 else end]
        text = text[space + 1 if space > 0 else end :]
    yield text


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: characters of East Asia take two."""
    wide = sum(unicodedata.east_asian_width(char) in 'WF' for char in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def list_files(files: Sequence[Path]) -> str:
    """Files of one folder that were written, by their names if they are few."""
    if len(files) > _MOST_NAMES:
        return printable(f'{len(files)} files in {files[0].parent}')
    return printable(', '.join(map(str, files)))


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
