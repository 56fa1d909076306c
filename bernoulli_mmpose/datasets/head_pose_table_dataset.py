"""Head poses from a table: a CSV or JSON file of one's own."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import DATASETS
from numpy.typing import NDArray

from ..rotation import ANGLE_NAMES, euler_to_matrix, matrix_to_euler
from .file_index import read_indexed
from .head_pose_dataset import HeadLabels, HeadPoseDataset, whole_image
from .picture_dataset import known_size

BOX = ('x', 'y', 'w', 'h')
CENTER = ('cx', 'cy')
# Above it, a table whose angles are all this small is in radians, not degrees.
PLAUSIBLE_DEGREES, PLAUSIBLE_COUNT = math.pi, 10


@DATASETS.register_module()
class HeadPoseTableDataset(HeadPoseDataset):
    """Head poses from a CSV (with a header) or a JSON list of objects.

    Columns: ``image`` (a path below ``data_root``), ``pitch``, ``yaw``, ``roll``;
    optional ``x, y, w, h`` (head box: top-left corner, width and height in pixels;
    without it the whole image is the box), ``cx, cy`` (head centre; else the box's),
    ``subject`` and ``split``. An empty angle is unknown, and is left out of loss and
    metric. :mod:`bernoulli_mmpose.rotation` states the angle convention.

    Args:
        data_root: Folder to which the image paths are relative (below
            ``data_prefix=dict(img=...)``, if that is given).
        ann_file: The table, relative to ``data_root`` or absolute.
        split: Take the rows whose ``split`` is this; None takes all.
        subjects: Take the rows of these people only (leave-people-out).
        exclude_subjects: Leave out the rows of these people.
        angle_unit: ``'degree'`` or ``'radian'``.
        pitch_zero: Degrees of pitch that the table gives a head which the package's
            convention (300W-LP's and AFLW2000's zero) calls level; labels are turned
            back by it, about the head's own axis. Data sets differ here by several
            degrees. It needs all three angles in every row.
        dataset_name: Name in results; the table's name by default.
        **kwargs: Arguments of :class:`HeadPoseDataset`.

    Raises:
        ValueError: If a column is missing or a cell is not what it should be, if
            nothing is left of the table, or if the angles look like radians.
        FileNotFoundError: If table or images are missing.
    """

    UNUSED_ARGUMENTS = ('bbox_file',)

    def __init__(
        self,
        data_root: str,
        ann_file: str,
        split: str | None = None,
        subjects: Sequence[str] | None = None,
        exclude_subjects: Sequence[str] = (),
        angle_unit: str = 'degree',
        pitch_zero: float = 0.0,
        dataset_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if angle_unit not in ('degree', 'radian'):
            raise ValueError(
                f"angle_unit: expected 'degree' or 'radian', got {angle_unit!r}"
            )
        self.split = split
        self.subjects = None if subjects is None else set(subjects)
        self.exclude_subjects = set(exclude_subjects)
        self.angle_unit = angle_unit
        self.pitch_zero = pitch_zero
        name = dataset_name or Path(ann_file).stem
        super().__init__(
            data_root,
            ann_file=ann_file,
            metainfo={**self.METAINFO, 'dataset_name': name},
            **kwargs,
        )

    def load_labels(self) -> HeadLabels:
        """Read and check the table."""
        table = Path(self.ann_file)
        rows = self._choose(read_table(table), table)
        angles = _read_cells(table, rows, ANGLE_NAMES)
        if self.angle_unit == 'radian':
            angles = np.rad2deg(angles)
        else:
            _check_not_radians(table, angles)
        _check_range(table, angles, self.angle_unit)
        if self.pitch_zero:
            angles = _move_zero(table, angles, self.pitch_zero)
        paths = [Path(self.data_prefix['img']) / str(row['image']) for _, row in rows]
        size = read_indexed(f'sizes-{table.stem}', paths, known_size, self.index_dir)
        box = whole_image(size)
        if set(BOX) <= set(rows[0][1]):
            cells = _read_cells(table, rows, BOX, required=True)
            box = np.concatenate([cells[:, :2], cells[:, :2] + cells[:, 2:]], axis=1)
        center = (box[:, :2] + box[:, 2:]) / 2
        if set(CENTER) <= set(rows[0][1]):
            center = _read_cells(table, rows, CENTER, required=True)
        return HeadLabels(
            img_path=[str(path) for path in paths],
            angles=angles,
            box=box,
            center=center,
            image_size=size,
            subject=[str(row.get('subject') or '') for _, row in rows],
        )

    def _choose(
        self, rows: list[tuple[int, dict]], table: Path
    ) -> list[tuple[int, dict]]:
        """The rows of the chosen split and people, with their row numbers."""
        columns = set(rows[0][1]) - {None}  # None holds cells beyond the header
        needed = {'image', *ANGLE_NAMES}
        needed |= {'split'} if self.split is not None else set()
        by_person = self.subjects is not None or self.exclude_subjects
        needed |= {'subject'} if by_person else set()
        partial = [group for group in (BOX, CENTER) if columns & set(group)]
        missing = sorted((needed | {c for g in partial for c in g}) - columns)
        if missing:
            raise ValueError(
                f'{table}: expected the columns {missing}, got {sorted(columns)}'
            )
        _check_cells(table, rows, columns)
        nameless = [number for number, row in rows if not row['image']]
        if nameless:
            raise ValueError(f'{table}, row {nameless[0]}: expected an image, got none')
        by_name = {*(self.subjects or ()), *self.exclude_subjects}
        unknown = by_name - {row.get('subject') for _, row in rows}
        if unknown:
            raise ValueError(
                f'{table}: expected rows of the subjects {sorted(unknown)}, got none'
            )
        chosen = [
            (number, row)
            for number, row in rows
            if (self.split is None or row['split'] == self.split)
            and (self.subjects is None or row['subject'] in self.subjects)
            and row.get('subject') not in self.exclude_subjects
        ]
        if not chosen:
            found = sorted({str(row.get('split')) for _, row in rows})
            raise ValueError(
                f'{table}: expected rows of split {self.split!r} (and of the chosen '
                f'subjects), got none; the splits are {found}'
            )
        return chosen


def read_table(path: Path) -> list[tuple[int, dict]]:
    """Rows of a CSV or JSON table with their row numbers (a CSV's header is row 1).

    Raises:
        FileNotFoundError: If the table is missing.
        ValueError: If it is empty, or not of that form.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'ann_file: expected a CSV or JSON file, found no {path}'
        )
    if path.suffix.lower() == '.json':
        try:
            rows = json.loads(path.read_text(encoding='utf-8'))
        except json.JSONDecodeError as error:
            raise ValueError(f'{path}: expected JSON, got: {error}') from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f'{path}: expected a JSON list of objects')
        numbered = list(enumerate(rows, start=1))
    else:
        try:
            with path.open(newline='', encoding='utf-8-sig') as stream:
                numbered = list(enumerate(csv.DictReader(stream), start=2))
        except UnicodeDecodeError as error:
            raise ValueError(f'{path}: expected UTF-8 text, got: {error}') from None
        except csv.Error as error:
            raise ValueError(f'{path}: expected a CSV table, got: {error}') from None
    if not numbered:
        raise ValueError(f'{path}: expected a table with rows, got an empty one')
    return numbered


def _read_cells(
    table: Path,
    rows: list[tuple[int, dict]],
    columns: tuple[str, ...],
    required: bool = False,
) -> NDArray[np.float64]:
    """Numbers of some columns, (N, C); NaN for empty cells where allowed."""

    def number(row: int, column: str, cell: Any) -> float:
        text = '' if cell is None else str(cell).strip()
        if not text and not required:
            return np.nan
        try:
            value = float(text)
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            hint = '' if required else ' (leave it empty where it is unknown)'
            raise ValueError(
                f'{table}, row {row}, column {column!r}: expected a number{hint}, got '
                f'{text!r}'
            )
        return value

    return np.array(
        [[number(i, column, row.get(column)) for column in columns] for i, row in rows]
    )


def _check_cells(table: Path, rows: list[tuple[int, dict]], columns: set[str]) -> None:
    """Refuse rows of another length; a truncated one must not read as unknown."""
    for number, row in rows:
        cut = table.suffix.lower() != '.json' and None in row.values()
        lacking = sorted(columns - set(row))
        if cut or None in row or lacking:
            got = f'no {lacking}' if lacking else 'fewer' if cut else 'more'
            raise ValueError(
                f'{table}, row {number}: expected {len(columns)} cells, got {got}'
            )


def _move_zero(table: Path, angles: NDArray, pitch_zero: float) -> NDArray:
    """Angles (N, 3) in degrees of heads turned back about their own x axis."""
    if np.isnan(angles).any():
        raise ValueError(
            f'{table}: pitch_zero={pitch_zero}: expected all three angles in every '
            f'row, got {int(np.isnan(angles).any(axis=1).sum())} rows without'
        )
    back = euler_to_matrix((-pitch_zero, 0.0, 0.0))
    return matrix_to_euler(euler_to_matrix(angles) @ back, near=angles)


def _check_not_radians(table: Path, angles: NDArray[np.float64]) -> None:
    known = np.abs(angles[np.isfinite(angles)])
    if len(known) >= PLAUSIBLE_COUNT and 0 < known.max() <= PLAUSIBLE_DEGREES:
        raise ValueError(
            f'{table}: expected angles in degrees, got {len(known)} angles of at most '
            f"{known.max():.3f}; are they radians? Then set angle_unit='radian'"
        )


def _check_range(table: Path, angles: NDArray[np.float64], unit: str) -> None:
    known = np.abs(angles[np.isfinite(angles)])
    if len(known) and known.max() > 360:
        got = np.deg2rad(known.max()) if unit == 'radian' else known.max()
        raise ValueError(
            f'{table}: expected angles in {unit}s (angle_unit), within a full turn, '
            f'got one of {got:g}'
        )
