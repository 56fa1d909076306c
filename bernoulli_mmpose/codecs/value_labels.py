"""Labels of values attached to heads, as ``GenerateTarget`` hands them over."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray


def read_values(
    fields: dict[str, NDArray | None],
    key: str,
    shape: tuple[int, int],
    others: Set[str] = frozenset(),
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of heads, 0 where they are not known, and whether they are, 0 or 1.

    Args:
        fields: ``<key>`` and ``<key>_valid``, each of the shape given; without values
            none is known, without validity all are.
        key: Name of the values.
        shape: (heads, values).
        others: Further names that ``fields`` may hold.

    Returns:
        Values and validity, each of the shape given.

    Raises:
        ValueError: If a shape is another, or a valid value is not finite.
        TypeError: If ``fields`` holds another name.
    """
    known_names = {key, f'{key}_valid', *others}
    unknown = set(fields) - known_names
    if unknown:
        raise TypeError(
            f'encode: expected the keywords {sorted(known_names)}, '
            f'got {sorted(unknown)}'
        )
    given = fields.get(key)
    if given is None:
        return np.zeros(shape), np.zeros(shape)
    value = np.asarray(given, dtype=np.float64)
    flags = fields.get(f'{key}_valid')
    valid = np.ones(shape) if flags is None else np.asarray(flags)
    for name, array in ((key, value), (f'{key}_valid', valid)):
        if array.shape != shape:
            raise ValueError(f'{name}: expected shape {shape}, got {array.shape}')
    known = valid > 0
    if not np.isfinite(value[known]).all():
        raise ValueError(f'{key}: expected finite values where valid, got {value}')
    return np.where(known, value, 0), known.astype(np.float64)
