"""Landmarks from files: MATLAB files as of 300W-LP, ``.pts`` files, and tables.

A table is a CSV with the columns ``image`` and ``x0, y0`` to ``x67, y67`` (pixels; both
empty where a point is not visible), or a JSON list of objects with ``image`` and
``landmarks``, a list of 68 ``[x, y]`` or nulls. Both may have ``subject`` and
``split``.
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bernoulli_headpose.files import is_name, is_system_file, read_text
from bernoulli_headpose.rotation import FloatArray

from ..datasets.bad_labels import LARGEST_PIXEL
from ..datasets.head_pose_table_dataset import read_table
from ..datasets.mat_file import read_mat_arrays

POINTS = ('pt3d_68', 'pt2d')
_PICTURES = ('.jpg', '.png', '.jpeg')
_COLUMNS = [f'{axis}{i}' for i in range(68) for axis in 'xy']


@dataclass(frozen=True)
class FaceLandmarks:
    """Landmarks of a face.

    Attributes:
        image: Its picture, as the file names it or relative to the folder read.
        points: (68, 2) pixels, iBUG order; NaN where not visible.
        subject: Name of the person; may be empty.
        split: Part of the data set; may be empty.
    """

    image: str
    points: FloatArray
    subject: str = ''
    split: str = ''


def list_landmark_files(path: Path) -> list[Path]:
    """The ``.mat`` or ``.pts`` files below a folder, sorted; or the one file.

    Folders in which no such file has its picture beside it are passed over: the
    archives of 300W-LP and AFLW2000 hold code and other landmarks in some.

    Raises:
        FileNotFoundError: If there is no such file or folder, or none in it.
        ValueError: If there are both kinds.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise FileNotFoundError(f'input: expected a file or a folder, found no {path}')
    found = [_with_pictures(path, suffix) for suffix in ('.mat', '.pts')]
    if all(found):
        raise ValueError(
            f'{path}: expected .mat files or .pts files, got {len(found[0])} and '
            f'{len(found[1])}; give a folder with one kind'
        )
    if not any(found):
        raise FileNotFoundError(
            f'{path}: expected .mat or .pts files beside their pictures '
            f'({", ".join(_PICTURES)}), found none'
        )
    return found[0] or found[1]


def _with_pictures(root: Path, suffix: str) -> list[Path]:
    """Files below a root, sorted, but for folders where none has a picture."""
    files = sorted(f for f in root.rglob(f'*{suffix}') if not is_system_file(f))
    folders: set[Path] = set()
    for file in files:
        if file.parent not in folders and _find_picture(file) is not None:
            folders.add(file.parent)
    return [file for file in files if file.parent in folders]


def _find_picture(file: Path) -> Path | None:
    pictures = (file.with_suffix(suffix) for suffix in _PICTURES)
    return next((picture for picture in pictures if picture.is_file()), None)


def read_file(path: Path, root: Path, variables: Sequence[str]) -> FaceLandmarks:
    """Landmarks of one ``.mat`` or ``.pts`` file.

    Args:
        path: The file.
        root: Folder to which the picture's path is relative.
        variables: Of a ``.mat`` file; the first that is there is read.

    Raises:
        FileNotFoundError: If there is no picture of the same name beside it.
        ValueError: If the file is not of that kind.
    """
    is_mat = path.suffix.lower() == '.mat'
    points = read_mat_points(path, variables) if is_mat else read_pts(path)
    picture = _find_picture(path)
    if picture is None:
        name = path.with_suffix(_PICTURES[0]).name
        raise FileNotFoundError(
            f'{path}: expected a picture beside it, found no {name} nor one '
            f'that ends in {", ".join(_PICTURES[1:])}'
        )
    return FaceLandmarks(picture.relative_to(root).as_posix(), points)


def read_mat_points(path: Path, variables: Sequence[str] = POINTS) -> FloatArray:
    """68 landmarks (68, 2) of a ``.mat`` file.

    A point of ``pt2d`` that is not above 0 is not visible, and NaN.

    Raises:
        ValueError: If it is no ``.mat`` file, or has no 68 points.
    """
    content = read_mat_arrays(path, variables)
    name = next((name for name in variables if name in content), None)
    if name is None:
        raise ValueError(
            f'{path}: expected a variable {" or ".join(variables)}, found none'
        )
    points = content[name]
    rows = 3 if name == 'pt3d_68' else 2
    if points.shape != (rows, 68):
        raise ValueError(
            f'{path}: {name}: expected 68 points, numbers of shape ({rows}, 68), got '
            f'shape {points.shape}'
        )
    pixels = points[:2].T.copy()
    if not (np.abs(pixels) <= LARGEST_PIXEL).all():
        raise ValueError(
            f'{path}: {name}: expected finite numbers of pixels, got others'
        )
    if name == 'pt2d':
        pixels[(pixels <= 0).any(axis=1)] = np.nan
    return pixels


def read_pts(path: Path) -> FloatArray:
    """68 landmarks (68, 2) of a ``.pts`` file of 300W, whose first pixel is (1, 1).

    Raises:
        ValueError: If it is not of that form.
    """
    try:
        _, _, rest = read_text(path).partition('{')
        inside, end, _ = rest.partition('}')
        rows = [line.split() for line in inside.split('\n')]
        points = np.array([row for row in rows if row], dtype=np.float64)
    except ValueError as error:
        raise ValueError(f'{path}: expected a .pts file, got: {error}') from None
    usable = (np.abs(points) <= LARGEST_PIXEL).all()
    if points.shape != (68, 2) or not usable or not end:
        raise ValueError(
            f'{path}: expected 68 lines of two finite numbers in braces, got shape '
            f'{points.shape}{"" if end else " and no closing brace"}'
        )
    return points - 1.0


def read_landmark_table(path: Path) -> list[FaceLandmarks]:
    """Landmarks of a table, see the module's docstring.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column, a point or a number is not what it should be.
    """
    faces = []
    is_json = path.suffix.lower() == '.json'
    for number, row in read_table(path):
        where = f'{path}, row {number}'
        points = (_json_points if is_json else _csv_points)(row, where)
        image = row.get('image')
        if not image or not is_name(image):
            got = reprlib.repr(image) if image else 'none'
            raise ValueError(f"{where}: expected an 'image', got {got}")
        extra = [row.get(name) for name in ('subject', 'split')]
        names = ['' if name is None else str(name) for name in extra]
        if not all(isinstance(n, str | int | None) and is_name(str(n)) for n in extra):
            got = reprlib.repr(extra)
            raise ValueError(
                f"{where}: expected names as 'subject', 'split', got {got}"
            )
        faces.append(FaceLandmarks(image, points, *names))
    return faces


def _csv_points(row: dict, where: str) -> FloatArray:
    missing = [name for name in _COLUMNS if name not in row]
    if missing:
        raise ValueError(
            f'{where}: expected the columns x0, y0 to x67, y67, missing '
            f'{len(missing)}: {missing[:3]} ...'
        )
    if None in row or None in row.values():
        got = 'more' if None in row else 'fewer'
        raise ValueError(f'{where}: expected a cell for each column, got {got}')
    return _as_points([row[name].strip() or None for name in _COLUMNS], where)


def _json_points(row: dict, where: str) -> FloatArray:
    points = row.get('landmarks')
    if not isinstance(points, list) or len(points) != 68:
        got = len(points) if isinstance(points, list) else reprlib.repr(points)
        raise ValueError(f"{where}: 'landmarks': expected a list of 68, got {got}")
    flat: list = []
    for index, point in enumerate(points):
        pair = [None, None] if point is None else point
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(
                f'{where}, point {index}: expected [x, y] or null, got '
                f'{reprlib.repr(point)}'
            )
        flat += pair
    return _as_points(flat, where)


def _as_points(values: list[Any], where: str) -> FloatArray:
    """(68, 2) of 136 cells, NaN for None; a point is there as a whole or not."""
    numbers = np.full(136, np.nan)
    for index, value in enumerate(values):
        if value is None and values[index ^ 1] is None:
            continue
        with suppress(TypeError, ValueError, OverflowError):
            numbers[index] = float(value)
        if not abs(numbers[index]) <= LARGEST_PIXEL:
            raise ValueError(
                f'{where}, point {index // 2}: expected two finite numbers, or none '
                f'where it is not visible, got {reprlib.repr(value)} for '
                f'{"xy"[index % 2]}'
            )
    return numbers.reshape(68, 2)
