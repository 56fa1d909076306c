"""Morphable head files, read and checked.

A file is a NumPy ``.npz`` in centimetres, x right, y up, z towards the viewer:
``vertices`` (V, 3), ``triangles`` (T, 3), ``part`` (T,) with ``part_names`` (P,),
``identity`` (I, V, 3) and ``expression`` (E, V, 3) offsets for weights of about
N(0, 1) and in [0, 1], ``landmarks68`` (68,) vertex indices in iBUG order.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bernoulli_headpose.files import read_arrays

_SHAPES = {
    'vertices': ('V', 3),
    'triangles': ('T', 3),
    'part': ('T',),
    'part_names': ('P',),
    'identity': ('I', 'V', 3),
    'expression': ('E', 'V', 3),
    'landmarks68': (68,),
}
# Arrays of indices, and the axis they count along.
_INDICES = {'triangles': 'V', 'landmarks68': 'V', 'part': 'P'}
_NUMBERS = ('vertices', 'identity', 'expression')


def load_morphable_file(path: Path) -> dict[str, NDArray]:
    """The arrays of a file, checked against each other.

    Raises:
        FileNotFoundError: If there is no such file.
        KeyError: If an array is missing.
        ValueError: If the file is not an ``.npz``, or an array's shape, kind or
            indices do not fit.
    """
    if not path.is_file():
        raise FileNotFoundError(f'head model: expected an .npz file, found no {path}')
    arrays = read_arrays(path, _SHAPES)
    _check_values(path, arrays, _check_shapes(path, arrays))
    return arrays


def _check_shapes(path: Path, arrays: dict[str, NDArray]) -> dict[str, int]:
    """Sizes of the axes that the shapes name, the same in every array."""
    sizes: dict[str, int] = {}
    for name, axes in _SHAPES.items():
        shape = arrays[name].shape
        wanted = tuple(sizes.get(n, n) if isinstance(n, str) else n for n in axes)
        fits = len(shape) == len(wanted) and all(
            isinstance(want, str) or want == have
            for want, have in zip(wanted, shape, strict=True)
        )
        if not fits:
            raise ValueError(
                f'head model {path}: {name}: expected shape {wanted}, got {shape}'
            )
        pairs = zip(axes, shape, strict=True)
        sizes |= {n: have for n, have in pairs if isinstance(n, str)}
    return sizes


def _check_values(
    path: Path, arrays: dict[str, NDArray], sizes: dict[str, int]
) -> None:
    for name, axis in _INDICES.items():
        values, limit = arrays[name], sizes[axis]
        if not np.issubdtype(values.dtype, np.integer):
            raise ValueError(
                f'head model {path}: {name}: expected integers, got {values.dtype}'
            )
        if values.size and (values.min() < 0 or values.max() >= limit):
            raise ValueError(
                f'head model {path}: {name}: expected indices from 0 to {limit - 1}, '
                f'got {values.min()} to {values.max()}'
            )
    for name in _NUMBERS:
        values = arrays[name]
        if values.dtype.kind not in 'fiu' or not np.isfinite(values).all():
            raise ValueError(
                f'head model {path}: {name}: expected finite numbers, got '
                f'{values.dtype} with others'
            )
