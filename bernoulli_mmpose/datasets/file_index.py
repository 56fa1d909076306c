"""Numbers read from many small files, once.

Opening 122,450 ``.mat`` files takes minutes; the numbers needed of them are a
small table. The table is kept in a cache folder (never beside the data), is read
again at the next start, and is made anew when a file was added, removed or
changed (by name, size or time of change).
"""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from mmengine.dist import barrier, get_rank, get_world_size
from numpy.typing import NDArray
from rich.progress import track

from bernoulli_headpose.files import (
    check_file,
    printable,
    read_arrays,
    remove_old_parts,
    write_whole,
)

Reader = Callable[[Path], Sequence[float] | NDArray[np.float64]]
VERSION = 2


def cache_folder(index_dir: str | Path | None = None) -> Path:
    """Where indices are kept.

    Args:
        index_dir: A folder of one's own; else ``$BERNOULLI_CACHE_DIR``, else
            ``bernoulli_mmpose`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    given = index_dir or os.environ.get('BERNOULLI_CACHE_DIR')
    if given:
        return Path(given).expanduser()
    base = os.environ.get('XDG_CACHE_HOME') or '~/.cache'
    return Path(base).expanduser() / 'bernoulli_mmpose'


def read_indexed(
    name: str,
    files: Sequence[Path],
    read: Reader,
    index_dir: str | Path | None = None,
    also: Sequence[Path] = (),
    missing_ok: bool = False,
) -> NDArray[np.float64]:
    """The numbers of each file, from the index where it is up to date.

    In a distributed run one process of each machine makes the index while the
    others wait.

    Args:
        name: Name of the index, such as the data set's.
        files: The files, N.
        read: Gives the C numbers of one file; what it raises is passed on.
        index_dir: See :func:`cache_folder`.
        also: Further files that ``read`` opens; a change of them counts too.
        missing_ok: Whether ``read`` is to tell of files that are missing.

    Returns:
        Shape (N, C).

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If one is no file.
    """
    with _first_of_the_machine_first():
        names, state = fingerprint([*files, *also], missing_ok)
        path = cache_folder(index_dir) / f'{name}-{names[:16]}.npz'
        table = _load(path, state, len(files))
        if table is None:
            rows = track(files, f'Indexing {name} ({len(files)} files)', transient=True)
            table = np.array([read(file) for file in rows], dtype=np.float64)
            _save(path, state, table)
        return table


@contextmanager
def _first_of_the_machine_first() -> Iterator[None]:
    """Let the machine's first process run alone, then the others."""
    if get_world_size() == 1:
        yield
        return
    is_first = int(os.environ.get('LOCAL_RANK', get_rank())) == 0
    if not is_first:
        barrier()
    try:
        yield
    finally:  # the others go on (to the same error) even if this one fails
        if is_first:
            barrier()


def fingerprint(files: Sequence[Path], missing_ok: bool = False) -> tuple[str, str]:
    """Digests of the files' names, and of their names, sizes and times of change.

    Raises:
        FileNotFoundError: If one is missing, and may not be.
        ValueError: If one is no file, and has to be.
    """
    names, state = hashlib.sha256(), hashlib.sha256(f'{VERSION}'.encode())
    folders: dict[Path, str] = {}
    for file in files:
        try:
            status = check_file(file)
        except (OSError, ValueError):
            if not missing_ok:
                raise
            name, told = _bytes(f'{file}\n'), b'none'
        else:
            # The same folder by another path is the same; resolved once: it is slow.
            if file.parent not in folders:
                folders[file.parent] = str(file.parent.resolve())
            name = _bytes(f'{folders[file.parent]}/{file.name}\n')
            told = f'{status.st_size} {status.st_mtime_ns}'.encode()
        names.update(name)
        state.update(name + told)
    return names.hexdigest(), state.hexdigest()


def _bytes(name: str) -> bytes:
    """Of any name that a file or a table has, UTF-8 or not."""
    return name.encode(errors='surrogatepass')


def _load(path: Path, expected: str, count: int) -> NDArray[np.float64] | None:
    """The table of so many files, or None where there is none that fits."""
    try:
        stored = read_arrays(path, ('fingerprint', 'table'))
        if str(stored['fingerprint']) == expected:
            table = stored['table']
            if table.dtype != np.float64 or table.ndim != 2 or len(table) != count:
                raise ValueError(f'{table.dtype} of shape {table.shape}')
            return table
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (KeyError, ValueError) as error:
        _warn(f'{path}: damaged index, made anew ({error})')
    return None


def _save(path: Path, state: str, table: NDArray[np.float64]) -> None:
    """Write the table whole or not at all, so that nobody reads half of it."""
    content = io.BytesIO()
    np.savez(content, fingerprint=np.array(state), table=table)
    remove_old_parts(path.parent)
    try:
        write_whole(path, content.getvalue())
    except OSError as error:
        _warn(
            f'{path}: the index could not be kept ({error}); the next start will read '
            'all files again. Name a writable folder in BERNOULLI_CACHE_DIR'
        )


def _warn(message: str) -> None:
    warnings.warn(printable(message), stacklevel=3)
