"""What the metrics read of data samples, as ``PoseDataSample.to_dict()`` gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from bernoulli_headpose.arrays import FloatArray
from bernoulli_headpose.rotation import is_rotation

# Of an array; None is any shape.
_Shape = tuple[int, ...] | None


def sample_key(
    sample: Mapping[str, Any], dataset_meta: Mapping[str, Any] | None
) -> tuple[str, int, str]:
    """Data set, id and image of a sample, by which padded samples are told.

    Raises:
        KeyError: If it has no ``id``.
    """
    path = str(sample.get('img_path', ''))
    if 'id' not in sample:
        raise KeyError(
            f"image {path!r}: expected 'id' in the data sample's metainfo, by which "
            f'padded samples are told; got {sorted(sample)}'
        )
    name = sample.get('dataset_name', (dataset_meta or {}).get('dataset_name', ''))
    return str(name), int(sample['id']), path


def read_array(
    fields: Mapping[str, Any], name: str, place: str, shape: _Shape = None
) -> FloatArray:
    """A field as float64, of just this shape.

    Args:
        fields: Of instances.
        name: Of the field.
        place: Told in errors.
        shape: Wanted; None for any.

    Raises:
        KeyError: If it is missing.
        ValueError: If its shape is another.
    """
    if name not in fields:
        raise KeyError(f'{place}: expected {name}, got {sorted(fields)}')
    value = fields[name]
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    array = np.asarray(value, dtype=np.float64)
    if shape is not None and array.shape != shape:
        raise ValueError(f'{place}: expected {name} of {shape}, got {array.shape}')
    return array


def read_finite(
    fields: Mapping[str, Any], name: str, place: str, shape: _Shape = None
) -> FloatArray:
    """A field of finite numbers; see :func:`read_array`."""
    array = read_array(fields, name, place, shape)
    if not np.isfinite(array).all():
        raise ValueError(f'{place}: expected finite {name}, got {array.tolist()}')
    return array


def read_optional(
    fields: Mapping[str, Any], name: str, place: str, shape: tuple[int, ...]
) -> FloatArray:
    """A field, NaN where it is absent; see :func:`read_array`."""
    if name not in fields:
        return np.full(shape, np.nan)
    return read_array(fields, name, place, shape)


def read_rotations(
    fields: Mapping[str, Any], place: str, count: int, labels: bool = False
) -> FloatArray:
    """``head_rotation``, (N, 3, 3), of half precision or better.

    Predictions may lack it, which is NaN then; ``labels`` may not.

    Raises:
        KeyError: If it is missing among labels.
        ValueError: If its shape is another, or a matrix is no rotation.
    """
    read = read_array if labels else read_optional
    matrices = read(fields, 'head_rotation', place, (count, 3, 3))
    wrong = matrices[~is_rotation(matrices, tolerance=0.01)]
    if 'head_rotation' in fields and len(wrong):
        raise ValueError(
            f'{place}: expected rotations in head_rotation, got {wrong[0].tolist()}'
        )
    return matrices
