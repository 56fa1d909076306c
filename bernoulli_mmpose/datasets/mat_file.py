"""Arrays of numbers in MATLAB files (version 5, what MATLAB saves with ``-v6, -v7``).

SciPy reads a file's sizes and kinds as they stand, and a broken file can end the whole
process. Here each size is held against the bytes that there are before they are read.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .bad_labels import LabelError

_HEADER = 128  # bytes: text, version, order of bytes
_ORDERS = {b'IM': '<', b'MI': '>'}
_LARGEST_FILE, _LARGEST_ARRAY = 2**28, 2**22  # bytes
_NAMED = 1024  # bytes that hold the name of an array
_MATRIX, _COMPRESSED = 14, 15
_COMPLEX = 0x800
_NUMERIC = range(6, 16)  # classes: double, single, integers
# Kinds of stored numbers; a double may be stored as a small integer.
_DTYPES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 9: 'f8'}
_DTYPES |= {12: 'i8', 13: 'u8'}

_Element = tuple[int, memoryview, int]  # kind, content, where it ends


def read_mat_arrays(
    path: Path, names: Collection[str]
) -> dict[str, NDArray[np.float64]]:
    """Arrays of real numbers of a ``.mat`` file by their names, where they are there.

    Raises:
        ValueError: If it is no such file, or is damaged, or one of the arrays holds
            something else than real numbers.
    """
    size = path.stat().st_size
    if size > _LARGEST_FILE:
        raise LabelError(path, f'a file of at most {_LARGEST_FILE} bytes', size)
    data = memoryview(path.read_bytes())
    try:
        order = _read_order(data)
        found: dict[str, NDArray[np.float64]] = {}
        for body in _matrices(data, order, names):
            name, array = _read_array(body, order)
            found[name] = array
    except (ValueError, zlib.error) as error:
        raise LabelError(path, 'a MATLAB file', f'{error}') from None
    return found


def _read_order(data: memoryview) -> str:
    """The order of bytes, for ``struct`` and NumPy."""
    order = _ORDERS.get(bytes(data[126:128]))
    if order is None or struct.unpack_from(f'{order}H', data, 124)[0] >> 8 != 1:
        raise ValueError("no file of version 5 (save it with '-v7')")
    return order


def _matrices(
    data: memoryview, order: str, names: Collection[str]
) -> Iterator[memoryview]:
    """Contents of the arrays with these names."""
    at = _HEADER
    while at < len(data):
        kind, body, at = _element(data, at, order)
        if kind == _COMPRESSED:
            packed = body
            body = _inflate(packed, _NAMED)[0][8:]
            if _read_header(body, order)[0] not in names:
                continue
            whole, is_whole = _inflate(packed, _LARGEST_ARRAY)
            if not is_whole:
                raise ValueError(
                    f'a compressed array that is cut off, or of more than '
                    f'{_LARGEST_ARRAY} bytes'
                )
            kind, body, _ = _element(whole, 0, order)
        if kind != _MATRIX:
            raise ValueError(f'an element of kind {kind} where an array is expected')
        if _read_header(body, order)[0] in names:
            yield body


def _inflate(data: memoryview, most: int) -> tuple[memoryview, bool]:
    """At most so many bytes of compressed ones, and whether these are all."""
    stream = zlib.decompressobj()
    return memoryview(stream.decompress(data, most)), stream.eof


def _element(data: memoryview, at: int, order: str) -> _Element:
    """The element that begins at a byte; a short one is in its own tag."""
    if at + 8 > len(data):
        raise ValueError('a file that is cut off')
    kind, size = struct.unpack_from(f'{order}II', data, at)
    start = at + 8
    if kind >> 16:
        kind, size, start = kind & 0xFFFF, kind >> 16, at + 4
    end = start + size
    if end > len(data) or (start == at + 4 and size > 4):
        raise ValueError(f'an element of {size} bytes, of which there are fewer')
    return kind, data[start:end], max(end, at + 8)


def _read_header(body: memoryview, order: str) -> tuple[str, int, list[int], int]:
    """Name, flags, shape of an array, and where its numbers begin."""
    _, flags, at = _element(body, 0, order)
    _, dims, at = _element(body, at + -at % 8, order)
    _, name, at = _element(body, at + -at % 8, order)
    if len(flags) != 8 or len(dims) % 4:
        raise ValueError('an array with a broken header')
    shape = np.frombuffer(dims, f'{order}i4').tolist()
    bits = struct.unpack_from(f'{order}I', flags)[0]
    return bytes(name).decode('latin1'), bits, shape, at + -at % 8


def _read_array(body: memoryview, order: str) -> tuple[str, NDArray[np.float64]]:
    """Name and numbers of an array, in the shape that MATLAB gives them."""
    name, flags, shape, at = _read_header(body, order)
    if flags & 0xFF not in _NUMERIC or flags & _COMPLEX:
        raise ValueError(f'{name} that is no array of real numbers')
    kind, numbers, _ = _element(body, at, order)
    if kind not in _DTYPES:
        raise ValueError(f'{name} with numbers of kind {kind}')
    dtype = np.dtype(order + _DTYPES[kind])
    if min(shape, default=0) < 0 or len(numbers) != math.prod(shape) * dtype.itemsize:
        raise ValueError(f'{name} of shape {shape} in {len(numbers)} bytes')
    array = np.frombuffer(numbers, dtype).astype(np.float64)
    return name, array.reshape(shape, order='F')
