"""The folder of a run: what is there, what belongs together, and what it holds."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds
from filelock import FileLock, Timeout

from ..files import check_folder, read_json, write_whole
from .inputs import TABLE_SUFFIX


@dataclass(frozen=True)
class Totals:
    """What is in the shards of a run.

    Attributes:
        pictures: Pictures and frames, with those that are broken.
        heads: In all of them.
        without: Pictures and frames without a head.
        damaged: That were used as far as they could be read.
        broken: That could not be used, (path, reason) each.
    """

    pictures: int
    heads: int
    without: int
    damaged: int
    broken: list[tuple[str, str]]


class RunFolder:
    """Where a run writes, and where it goes on.

    A shard is there when both of its files are: ``heads/000012.parquet`` and
    ``pictures/000012.parquet``, which gets its name last.

    Args:
        path: The folder; made where it is missing.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._heads, self._pictures = self.path / 'heads', self.path / 'pictures'
        self._unfinished = self.path / 'unfinished'

    def files(self, number: int) -> tuple[Path, Path, Path]:
        """Heads, pictures and attempts of a shard."""
        name = _table_name(number)
        attempts = Path(self._unfinished, name).with_suffix('.txt')
        return self._heads / name, self._pictures / name, attempts

    def has(self, number: int) -> bool:
        """Whether a shard is there."""
        return all(path.exists() for path in self.files(number)[:2])

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs out, as far as the file system knows of locks.

        Raises:
            NotADirectoryError: If there is a file in the folder's place.
            OSError: If there is another run, or the folder cannot be written.
        """
        try:
            check_folder(self.path)
        except NotADirectoryError:
            places = (self.path, *self.path.parents)
            file = next(place for place in places if place.exists())
            raise NotADirectoryError(
                f'--out: expected a folder, got a file, {file}'
            ) from None
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.path / 'run.lock', timeout=0):
                yield
        except Timeout:
            raise OSError(
                f'{self.path}: expected no other run at the same time, found one'
            ) from None

    def begin(self, manifest: dict[str, Any]) -> None:
        """Begin a run, or go on with it.

        Args:
            manifest: What the results depend on.

        Raises:
            ValueError: If the folder holds results of another run.
            OSError: If it cannot be written.
        """
        path = self.path / 'run.json'
        if path.exists():
            _check_same(path, read_json(path), manifest)
        elif any(folder.exists() for folder in (self._heads, self._pictures)):
            raise ValueError(
                f'{self.path}: expected an empty folder or one with a run.json, found '
                'other results in it'
            )
        else:
            write_whole(path, json.dumps(manifest, indent=2) + '\n')
        for folder in (self._heads, self._pictures, self._unfinished):
            folder.mkdir(exist_ok=True)

    def done(self, n_shards: int) -> set[int]:
        """Numbers of the shards that are there, of those of a run."""
        names = [
            {path.name for path in folder.iterdir()}
            for folder in (self._heads, self._pictures)
        ]
        whole = set.intersection(*names)
        return {n for n in range(n_shards) if _table_name(n) in whole}

    def finish(self, n_shards: int) -> Totals:
        """Count what is in all shards, and list what is broken in ``broken.csv``.

        Args:
            n_shards: Of the run, which are all there. Other files are passed over.
        """
        totals = self._total([self.files(n)[1] for n in range(n_shards)])
        text = io.StringIO(newline='')
        csv.writer(text).writerows([('path', 'reason'), *totals.broken])
        write_whole(self.path / 'broken.csv', text.getvalue())
        shutil.rmtree(self._unfinished, ignore_errors=True)  # of killed workers
        return totals

    def _total(self, files: list[Path]) -> Totals:
        table = ds.dataset(files, format='parquet')
        counts = dict.fromkeys(('pictures', 'heads', 'without', 'damaged'), 0)
        broken: list[tuple[str, str]] = []
        for batch in table.to_batches(columns=['path', 'n_heads', 'error', 'note']):
            n_heads = batch['n_heads']
            counts['pictures'] += len(batch)
            counts['heads'] += pc.sum(n_heads, min_count=0).as_py()
            counts['without'] += pc.sum(pc.equal(n_heads, 0), min_count=0).as_py()
            counts['damaged'] += len(batch) - batch['note'].null_count
            bad = batch.filter(pc.is_valid(batch['error']))
            both = (bad[name].to_pylist() for name in ('path', 'error'))
            broken += zip(*both, strict=True)
        return Totals(**counts, broken=broken)


def _table_name(number: int) -> str:
    return f'{number:06d}{TABLE_SUFFIX}'


def _check_same(path: Path, there: dict[str, Any], manifest: dict[str, Any]) -> None:
    """Refuse to go on with a run of something else.

    Raises:
        ValueError: If one differs, with the names of all that do.
    """
    keys = [key for key in manifest if there.get(key) != manifest[key]]
    if keys:
        told = '; '.join(f'{key} {there.get(key)}, now {manifest[key]}' for key in keys)
        raise ValueError(
            f'{path}: expected a run of the same list, model and options, which goes '
            f'on; it has {told}; give another --out'
        )
