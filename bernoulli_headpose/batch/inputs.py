"""The list of pictures and videos of a run, and the shards that it is cut into.

No file is opened here but lists: a collection may have millions. What has a video's
suffix is a video, everything else a picture; whoever reads it sees what it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ..files import (
    IMAGE_SUFFIXES,
    UNREAD_SUFFIXES,
    check_file,
    is_name,
    is_system_file,
    printable,
    read_text,
)
from ..sources import VIDEO_SUFFIXES, describe_left_out, is_camera
from ..terminal import say

LIST_SUFFIX, TABLE_SUFFIX = '.txt', '.parquet'


class Shard(NamedTuple):
    """A part of the list: pictures, or one video.

    Attributes:
        number: Of the shard, from 0.
        places: Of its paths in the list, from 0, see :func:`list_paths`.
        paths: As they were given.
    """

    number: int
    places: list[int]
    paths: list[str]


def is_video_name(path: str) -> bool:
    """Whether a file is a video, by its name."""
    return path.lower().endswith(VIDEO_SUFFIXES)


def list_paths(inputs: Sequence[str], column: str) -> dict[str, int]:
    """Places of all pictures and videos in the list; each path once, videos first.

    Videos come first since they take longest. A place counts what is before a path in
    the list as it was given, from 0; a path that comes twice has its first one.

    Args:
        inputs: Pictures, videos, folders, which are opened with all that is below them,
            lists (``.txt``, a path a line) and Parquet files or folders (``.parquet``).
        column: Of the Parquet files, which holds the paths.

    Raises:
        FileNotFoundError: If an input is not there.
        ValueError: If an input holds no path, a path is none, or a list is damaged.
    """
    videos: dict[str, int] = {}
    pictures: dict[str, int] = {}
    given = (path for one in inputs for path in _expand(one, column))
    for place, path in enumerate(given):
        (videos if is_video_name(path) else pictures).setdefault(path, place)
    return {**videos, **pictures} if videos else pictures


def cut(places: Mapping[str, int], size: int) -> list[Shard]:
    """The shards of a list: one a video, then pictures, so many a shard.

    Args:
        places: Of the paths, see :func:`list_paths`.
        size: Pictures in a shard.
    """
    n_videos = sum(map(is_video_name, places))
    starts = [*range(n_videos), *range(n_videos, len(places), size)]
    ends = [*starts[1:], len(places)]
    items = iter(places.items())
    parts = (
        [*islice(items, end - start)] for start, end in zip(starts, ends, strict=True)
    )
    return [
        Shard(i, [place for _, place in part], [path for path, _ in part])
        for i, part in enumerate(parts)
    ]


def _expand(source: str, column: str) -> Iterator[str]:
    suffix = Path(source).suffix.lower()
    if '://' in source or is_camera(source):
        raise ValueError(f'inputs: expected files, got {source}')
    if suffix == TABLE_SUFFIX:
        found: Iterable[str] = _read_tables(Path(source), column)
    elif os.path.isdir(source):  # noqa: PTH112  (no error for any name)
        found = _walk(source)
    else:
        check_file(source, 'an image, a folder, a video or a list')
        found = _read_list(source) if suffix == LIST_SUFFIX else [source]
    count = 0
    for path in found:
        if not path or not is_name(path):
            raise ValueError(
                f'{source}: expected a path in each row, got {path!r} after {count}'
            )
        count += 1
        yield path
    if not count:
        raise ValueError(f'{source}: expected images or videos, found none')


def _walk(folder: str) -> Iterator[str]:
    """Files below a folder that are named as pictures or videos, sorted.

    What is a picture by its name, but of a kind that is not read, is told at the end.
    """
    left_out: list[str] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            lower = name.lower()
            if is_system_file(name):
                continue
            if lower.endswith((*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)):
                yield os.path.join(place, name)  # noqa: PTH118  (faster)
            elif lower.endswith(UNREAD_SUFFIXES):
                left_out.append(Path(lower).suffix)
    if left_out:
        say(f'note: {printable(describe_left_out(folder, left_out))}')


def _read_list(path: str) -> Iterator[str]:
    lines = read_text(path, errors='surrogateescape').split('\n')
    return (line for line in (line.rstrip('\r') for line in lines) if line)


def _read_tables(path: Path, column: str) -> Iterator[str]:
    files = [path]
    if path.is_dir():
        files = sorted(path.rglob(f'*{TABLE_SUFFIX}'))
    for file in files:
        if not file.name.startswith(('.', '_')):
            yield from _read_table(file, column)


def _read_table(path: Path, column: str) -> Iterator[str]:
    check_file(path, 'a Parquet file')
    try:
        with pq.ParquetFile(path) as table:
            _check_column(table.schema_arrow, column)
            for batch in table.iter_batches(columns=[column]):
                yield from batch.column(0).to_pylist()
    except (pa.ArrowException, ValueError) as error:
        raise ValueError(f'{path}: {error}') from None


def _check_column(schema: pa.Schema, column: str) -> None:
    kinds = dict(zip(schema.names, schema.types, strict=True))
    kind = kinds.get(column)
    if isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    if kind not in (pa.string(), pa.large_string(), pa.string_view()):
        got = ', '.join(f'{name} ({value})' for name, value in kinds.items())
        raise ValueError(f'expected text in the column {column!r}, got columns {got}')
