"""Arrays of NumPy's ``.npz`` files."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MOST = 2**28  # bytes of all arrays together


def read_arrays(path: Path, names: Collection[str]) -> dict[str, NDArray]:
    """Arrays of an ``.npz`` file by their names; nothing in it is executed.

    Raises:
        FileNotFoundError: If there is no such file.
        KeyError: If an array is missing.
        ValueError: If it is no such file, is damaged, or its arrays are of more than
            256 MiB together.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _MOST:
            raise ValueError(f'{size} bytes of arrays, of at most {_MOST}')
        with np.load(path, allow_pickle=False) as stored:
            missing = sorted(set(names) - set(stored.files))
            arrays = {} if missing else {name: stored[name] for name in names}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError('a member that is no array')
    except (FileNotFoundError, NotADirectoryError):
        raise
    except Exception as error:  # zipfile, zlib, tokenize: all have errors of their own
        raise ValueError(
            f'{path}: expected a NumPy .npz file of plain arrays, got: {error}'
        ) from error
    if missing:
        raise KeyError(
            f'{path}: expected the arrays {sorted(names)}, missing {missing}'
        )
    return arrays
