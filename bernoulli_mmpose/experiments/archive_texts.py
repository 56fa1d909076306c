"""Configs and predictions of logged runs, as the archive's texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from pprint import pformat
from typing import Any

import numpy as np

from bernoulli_headpose.files import parse_assignments
from bernoulli_headpose.rotation import ANGLE_NAMES

from ..evaluation import HeadPoseResults
from ..evaluation.results import NUMBER_FORMAT
from .records import CONFIG

COLUMNS = ('dataset', *ANGLE_NAMES)


def without_places(value: Any, key: str = '') -> Any:
    """A config with the last part alone of data folders and of absolute paths."""
    if isinstance(value, dict):
        return {name: without_places(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(without_places(one) for one in value)
    if isinstance(value, str) and (key == 'data_root' or PurePath(value).is_absolute()):
        return PurePath(value).name
    return value


def with_places(value: Any, roots: Mapping[str, str]) -> Any:
    """A config with the data folders where they are now, by their last part."""
    if isinstance(value, dict):
        moved = {name: with_places(one, roots) for name, one in value.items()}
        root = str(moved.get('data_root'))
        return moved | ({'data_root': roots[root]} if root in roots else {})
    if isinstance(value, list | tuple):
        return type(value)(with_places(one, roots) for one in value)
    return value


def to_assignments(config: Mapping[str, Any]) -> str:
    """A config as Python source without anything but literals."""
    return ''.join(f'{name} = {pformat(one)}\n' for name, one in config.items())


def from_assignments(text: str) -> dict[str, Any]:
    """The config of :func:`to_assignments`, without running it.

    Raises:
        ValueError: If it is something else.
    """
    try:
        return parse_assignments(text)
    except ValueError as error:
        raise ValueError(f'{CONFIG}: {error}') from None


def to_predictions(results: HeadPoseResults) -> str:
    """CSV of the predicted angles."""
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator='\n')
    rows.writerow(COLUMNS)
    for dataset, angles in zip(results.dataset, results.predicted, strict=True):
        rows.writerow([dataset, *(f'{angle:{NUMBER_FORMAT}}' for angle in angles)])
    return stream.getvalue()


def from_predictions(
    text: str, place: str, datasets: Sequence[str]
) -> list[np.ndarray]:
    """Predicted angles (3,) of each head, whose data sets are known.

    Raises:
        ValueError: If it is not of these heads, or has no angles; ``place`` is named.
    """
    header, *rows = csv.reader(io.StringIO(text)) if text else [[]]
    names = [row[0] if len(row) == len(COLUMNS) else '' for row in rows]
    if header != list(COLUMNS) or names != list(datasets):
        raise ValueError(
            f'{place}: expected the columns {", ".join(COLUMNS)} and a row for each '
            f'of {len(datasets)} heads, got {", ".join(header)} and {len(rows)} rows'
        )
    try:
        return [_as_written(row[1:]) for row in rows]
    except ValueError as error:
        raise ValueError(f'{place}: expected angles, {error}') from None


def _as_written(angles: Sequence[str]) -> np.ndarray:
    """Angles of their digits: the float32 that is written so, where there is one."""
    single = np.array(angles, dtype=np.float32)
    if [f'{angle:{NUMBER_FORMAT}}' for angle in single] == list(angles):
        return single
    return np.array(angles, dtype=np.float64)
