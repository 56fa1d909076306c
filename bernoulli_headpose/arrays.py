"""Numbers that a caller gave, as arrays, or an error that says what is wrong."""

from __future__ import annotations

import reprlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Shape = tuple[int | None, ...]
"""Of an array; None is any length."""


def as_numbers(
    name: str, value: ArrayLike, shape: Shape | None = None, what: str = 'numbers'
) -> FloatArray:
    """Numbers as float64; None becomes NaN.

    Args:
        name: Of the argument, for the error.
        value: Numbers, or sequences of these.
        shape: Wanted; None is any.
        what: What is wanted, for the error.

    Raises:
        ValueError: If they are none (text, sequences of different lengths, complex
            numbers, those that float64 does not have), or of another shape.
    """
    try:
        array = np.asarray(value)
        if array.dtype.kind not in 'biufO':
            raise TypeError(array.dtype)
        array = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        shown = reprlib.repr(value)
        raise ValueError(f'{name}: expected {what}, got {shown}') from None
    if shape is not None and not _has_shape(array, shape):
        raise ValueError(f'{name}: expected shape {_text(shape)}, got {array.shape}')
    return array


def as_finite(name: str, value: ArrayLike, shape: Shape) -> FloatArray:
    """Finite numbers as float64.

    Args:
        name: Of the argument, for the error.
        value: Numbers, or sequences of these.
        shape: Wanted.

    Raises:
        ValueError: If they are none, of another shape, or not finite.
    """
    array = as_numbers(name, value)
    if not _has_shape(array, shape) or not np.isfinite(array).all():
        raise ValueError(
            f'{name}: expected finite numbers of shape {_text(shape)}, '
            f'got {array} of shape {array.shape}'
        )
    return array


def as_later(time_s: float, last: float) -> float:
    """Seconds that are later than those of the call before.

    Args:
        time_s: Given.
        last: Of the call before, -inf at first.

    Raises:
        ValueError: If time stands still or is not finite.
    """
    seconds = float(as_numbers('time_s', time_s, ()))
    if not (np.isfinite(seconds) and seconds > last):
        raise ValueError(
            'time_s: expected seconds that grow from call to call, '
            f'got {time_s} after {last}'
        )
    return seconds


def _has_shape(array: FloatArray, shape: Shape) -> bool:
    return array.ndim == len(shape) and all(
        wanted in (None, got) for wanted, got in zip(shape, array.shape, strict=True)
    )


def _text(shape: Shape) -> str:
    return str(shape).replace('None', 'N')
