"""Labels of values attached to heads, as ``GenerateTarget`` hands them over."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bernoulli_headpose.heads import check_value_order
from bernoulli_headpose.rotation import is_rotation


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


# What a record tells of values beside the angles.
FURTHER_FIELDS = (
    *('head_values', 'head_values_valid', 'head_value_names'),
    *('flip', 'flip_direction'),
)


def read_further(
    fields: dict[str, Any], flip_signs: NDArray, count: int, names: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values beside the angles, as the flipped image shows them, and validity.

    Args:
        fields: ``FURTHER_FIELDS``, of which each may be missing or None; others are
            not looked at.
        flip_signs: Of the values, (V,).
        count: Number of heads N.
        names: Of the values, V.

    Returns:
        Values, 0 where not known, and validity, 0 or 1, each (N, V).

    Raises:
        ValueError: If a shape or the names are others, a valid value is not finite, or
            the image was flipped otherwise than horizontally.
    """
    check_value_order('value_names of the codec', names, fields.get('head_value_names'))
    given = {name: fields.get(name) for name in FURTHER_FIELDS[:2]}
    values, valid = read_values(given, 'head_values', (count, len(flip_signs)))
    if not fields.get('flip'):
        return values, valid
    direction = fields.get('flip_direction')
    if direction != 'horizontal':
        raise ValueError(
            "flip_direction: expected 'horizontal' with values beside the angles, got "
            f'{direction!r}'
        )
    return values * flip_signs, valid


def read_columns(
    fields: dict[str, Any], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Columns z and y of heads' rotations, and what of them is known.

    z is a function of pitch and yaw, its x of yaw alone; y's x one of yaw and roll.

    Args:
        fields: ``head_rotation`` (N, 3, 3) and ``head_angles_valid`` (N, 3); without
            rotations nothing is known, without validity all is.
        count: N.

    Returns:
        Columns, 0 where not known, and validity, 0 or 1, each (N, 6).

    Raises:
        ValueError: If a shape is another, or a labelled matrix is no rotation.
        TypeError: If ``fields`` holds another name.
    """
    flags = fields.get('head_angles_valid')
    flags = np.ones((count, 3)) if flags is None else np.asarray(flags)
    if flags.shape != (count, 3):
        raise ValueError(
            f'head_angles_valid: expected shape {(count, 3)}, got {flags.shape}'
        )
    pitch, yaw, roll = flags.T > 0
    z, y = yaw & pitch, yaw & pitch & roll
    known = np.stack([yaw, z, z, yaw & roll, y, y], axis=1)
    matrices = fields.get('head_rotation')
    columns = None
    if matrices is not None:
        matrices = np.asarray(matrices, dtype=np.float64)
        if matrices.shape != (count, 3, 3):
            raise ValueError(
                f'head_rotation: expected shape {(count, 3, 3)}, got {matrices.shape}'
            )
        wrong = matrices[yaw & ~is_rotation(matrices)]
        if len(wrong):
            raise ValueError(
                'head_rotation: expected a rotation (orthogonal, of determinant 1), '
                f'got {wrong[0].tolist()}'
            )
        columns = np.concatenate([matrices[..., 2], matrices[..., 1]], axis=1)
    rest = {k: v for k, v in fields.items() if k != 'head_angles_valid'}
    rest |= dict(head_rotation=columns, head_rotation_valid=known)
    return read_values(rest, 'head_rotation', (count, 6))


def read_absent(
    head_absent: NDArray | None, visible: NDArray, valid: NDArray
) -> np.float32:
    """1 for a head that is known not to be there, of which nothing is labelled, or 0.

    Args:
        head_absent: (1,), or None.
        visible: Of the head centre, (1, 1).
        valid: Of the values, (1, V).

    Raises:
        ValueError: If it is something else, or something is labelled.
    """
    absent = np.zeros(1) if head_absent is None else np.asarray(head_absent)
    if absent.shape != (1,) or absent[0] not in (0, 1):
        raise ValueError(
            f'head_absent: expected 0 or 1, of shape (1,), got {absent} of shape '
            f'{absent.shape}'
        )
    if absent[0] and (visible.any() or valid.any()):
        raise ValueError(
            'head_absent: expected neither a visible centre nor a known value where '
            f'there is no head, got visibility {visible[0, 0]:g}, validity '
            f'{valid[0].tolist()}'
        )
    return np.float32(absent[0])
