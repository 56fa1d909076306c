"""What the command line prints of heads."""

from __future__ import annotations

import time
from typing import Any

from rich import box
from rich.table import Table

from .rotation import ANGLE_NAMES

_NAME_WIDTH = 10  # with it, rows of two-digit angles fit into 80 columns


def heads_table() -> Table:
    """An empty table of heads."""
    table = Table(
        title='degrees, with standard deviation',
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column('image', overflow='fold', min_width=_NAME_WIDTH)
    for name in (*ANGLE_NAMES, 'score'):
        table.add_column(name, justify='right', no_wrap=True)
    for name in ('center', 'box'):  # of two lines in a narrow terminal
        table.add_column(name, justify='right')
    return table


def add_heads(table: Table, name: str, heads: list[dict[str, Any]]) -> None:
    """Add the rows of an image, one a head."""
    for head in heads:
        angles = [f'{head[k]:+.1f} \u00b1{head[f"{k}_std"]:.1f}' for k in ANGLE_NAMES]
        places = [' '.join(f'{v:.0f}' for v in head[k]) for k in ('center', 'bbox')]
        table.add_row(name, *angles, f'{head["score"]:.2f}', *places)
    if not heads:
        table.add_row(name, *['-'] * 5, 'no face found')


def tracks_table(tracks: dict[int, list[dict[str, Any]]]) -> Table:
    """Mean angles of the heads of a video, by their track's number."""
    table = Table(
        *('head', 'frames', *ANGLE_NAMES, 'score'),
        title='means, degrees',
        box=box.SIMPLE_HEAD,
    )
    for track, heads in tracks.items():
        keys = (*ANGLE_NAMES, 'score')
        means = [sum(head[key] for head in heads) / len(heads) for key in keys]
        cells = [*(f'{mean:+.1f}' for mean in means[:3]), f'{means[3]:.2f}']
        table.add_row(f'#{track}', str(len(heads)), *cells)
    return table


def video_summary(info: dict[str, Any], start: float) -> str:
    """One line about a video that was read, ``start`` by ``time.perf_counter``."""
    speed = info['n_read'] / max(time.perf_counter() - start, 1e-6)
    parts = [f'{info["name"]}: {info["n_read"]} frames, {speed:.1f} frames/s']
    if info['n_broken']:
        parts.append(f'{info["n_broken"]} broken frames skipped')
    if info['n_missing']:
        parts.append(f'{info["n_missing"]} announced by the file did not come')
    if info['files']:
        parts.append(f'wrote {", ".join(info["files"])}')
    return '; '.join(parts)
