"""Head poses from a table: a CSV or JSON file of one's own."""

from __future__ import annotations

import csv
import io
import logging
import math
import reprlib
from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.registry import DATASETS
from numpy.typing import NDArray

from bernoulli_headpose.files import (
    check_file,
    is_name,
    printable,
    read_json,
    read_text,
)
from bernoulli_headpose.heads import check_value_names
from bernoulli_headpose.rotation import ANGLE_NAMES, euler_to_matrix, matrix_to_euler

from .bad_labels import LabelError
from .file_index import read_indexed
from .head_pose_dataset import HeadLabels, HeadPoseDataset, whole_image
from .picture_dataset import known_size

BOX = ('x', 'y', 'w', 'h')
CENTER = ('cx', 'cy')
SPREAD = 'spread'
COLUMNS = ('image', *BOX, *CENTER, *ANGLE_NAMES, 'subject', 'split', SPREAD)
_NUMBERS = (*ANGLE_NAMES, *BOX, *CENTER)
_LARGEST_VALUE = 1e9
_MAY_BE_EMPTY = (*ANGLE_NAMES, SPREAD)
# Other ways of telling a box.
_OTHER_BOXES = {
    *('x0', 'y0', 'x1', 'y1', 'x2', 'y2', 'xmin', 'ymin', 'xmax', 'ymax'),
    *('x_min', 'y_min', 'x_max', 'y_max', 'left', 'top', 'right', 'bottom'),
    *('width', 'height', 'bbox', 'box'),
}
Row = tuple[int, dict[Any, Any]]  # number of the row, and its cells by column
# Above it, a table whose angles are all this small is in radians, not degrees.
PLAUSIBLE_DEGREES, PLAUSIBLE_COUNT = math.pi, 10


@DATASETS.register_module()
class HeadPoseTableDataset(HeadPoseDataset):
    """Head poses from a CSV (with a header) or a JSON list of objects.

    Columns: ``image`` (a path below ``data_root``), ``pitch``, ``yaw``, ``roll``;
    optional ``x, y, w, h`` (head box: top-left corner, width and height in pixels;
    without it the whole image is the box), ``cx, cy`` (head centre; else the box's),
    ``subject``, ``split`` and ``spread`` (degrees by which those who gave the angles
    differ). An empty angle is unknown, and is left out of loss and metric. A JSON's
    rows may differ in the optional ones.
    :mod:`bernoulli_headpose.rotation` states the angle convention.
    ``value_columns`` names further ones.

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
        max_spread: Rows whose ``spread`` is larger are left out; None for none. One
            that is empty stays.
        box_image_side: Longer side, in pixels, of the images that boxes and centres
            were taken in, where these were resized since; None if they were not.
        box_scale: Factor of the boxes' sides, about their middles, for a table whose
            boxes are of another kind than those of the data sets beside it.
        value_columns: Columns of further values, each a number, or empty where it is
            unknown; they become ``head_values``, in this order, which is that of the
            codec's ``value_names`` after pitch, yaw and roll.
        dataset_name: Name in results; the table's name by default.
        **kwargs: Arguments of :class:`HeadPoseDataset`.

    Raises:
        ValueError: If a column is missing, twice there or ours by another name, or a
            cell is not what it should be (see ``bad_labels``), if nothing is left of
            the table, or if the angles look like radians.
        FileNotFoundError: If table or images are missing.
    """

    UNUSED_ARGUMENTS: tuple[str, ...] = ('bbox_file',)
    NEEDED: tuple[str, ...] = ('image', *ANGLE_NAMES)  # columns that a table must have

    def __init__(
        self,
        data_root: str,
        ann_file: str,
        split: str | None = None,
        subjects: Sequence[str] | None = None,
        exclude_subjects: Sequence[str] = (),
        angle_unit: str = 'degree',
        pitch_zero: float = 0.0,
        max_spread: float | None = None,
        box_image_side: float | None = None,
        box_scale: float = 1.0,
        value_columns: Sequence[str] = (),
        dataset_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if angle_unit not in ('degree', 'radian'):
            raise ValueError(
                f"angle_unit: expected 'degree' or 'radian', got {angle_unit!r}"
            )
        for argument, value, unit in (
            ('max_spread', max_spread, 'degrees'),
            ('box_image_side', box_image_side, 'pixels'),
            ('box_scale', box_scale, 'a factor'),
        ):
            if value is not None and not 0 < value < math.inf:
                raise ValueError(
                    f'{argument}: expected None or {unit} above 0, got {value}'
                )
        self.value_columns = check_value_names('value_columns', value_columns, COLUMNS)
        self.split = split
        self.subjects = None if subjects is None else set(map(str, subjects))
        self.exclude_subjects = set(map(str, exclude_subjects))
        self.angle_unit = angle_unit
        self.pitch_zero = pitch_zero
        self.max_spread = max_spread
        self.box_image_side, self.box_scale = box_image_side, box_scale
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
        rows = read_table(table)
        columns = {name for _, row in rows for name in row if name is not None}
        is_csv = table.suffix.lower() != '.json'
        needed = (*self.NEEDED, *self.value_columns)
        if is_csv:
            check_names(table, columns, needed)
        self._check_columns(table, columns)
        rows = self._keep(table, rows, _check_row, is_csv, needed)[0]
        rows = self._choose(table, rows)
        rows, found = self._keep(table, rows, self._read_numbers)
        rows, numbers = self._agreed(table, rows, np.array(found))
        angles, box, center, values = np.split(numbers, [3, 7, 9], axis=1)
        folder = Path(self.data_prefix['img'])
        paths = [folder / row['image'] for _, row in rows]
        size = read_indexed(f'sizes-{table.stem}', paths, known_size, self.index_dir)
        if self.box_image_side is not None:
            longer = size.max(axis=1, keepdims=True)  # 0 of an unreadable image
            zoom = np.where(longer > 0, longer / self.box_image_side, 1.0)
            box, center = box * zoom, center * zoom
        box[:, :2] -= (self.box_scale - 1) / 2 * box[:, 2:]
        box[:, 2:] *= self.box_scale
        box, center = _places(box, center, size, table)
        return HeadLabels(
            img_path=list(map(str, paths)),
            angles=self._angles(table, angles),
            box=box,
            center=center,
            image_size=size,
            subject=[_name(row.get('subject')) for _, row in rows],
            values=values if self.value_columns else None,
            value_names=self.value_columns,
        )

    def _keep(
        self, table: Path, rows: list[Row], read: Callable[..., Any], *arguments: Any
    ) -> tuple[list[Row], list[Any]]:
        """The rows that are good, and what is read of each.

        Raises:
            ValueError: If one is bad, or all are where these are left out.
        """
        kept, found = [], []
        for number, row in rows:
            where = f'{table}, row {number}'
            content = self.bad_labels.judge(read, where, row, *arguments)
            if content is not None:
                kept.append((number, row))
                found.append(content)
        if not kept:
            self.bad_labels.close(table, 0)
        return kept, found

    def _check_columns(self, table: Path, columns: set[str]) -> None:
        """Refuse tables without what a choice needs; tell of names like ours."""
        needed = {'split'} if self.split is not None else set()
        if self.max_spread is not None:
            needed.add(SPREAD)
        if self.subjects is not None or self.exclude_subjects:
            needed.add('subject')
        missing = sorted(needed - columns)
        if missing:
            raise ValueError(
                f'{table}: expected the columns {missing}, got {sorted(columns)}'
            )
        absent = sorted(set(COLUMNS) - columns)
        for column in sorted(columns - {*COLUMNS, *self.value_columns}):
            if alike := get_close_matches(column, absent, cutoff=0.75):
                print_log(
                    f'{table}: the column {column!r} is not read; is it {alike[0]!r}?',
                    logger='current',
                    level=logging.WARNING,
                )

    def _read_numbers(self, where: str, row: dict) -> list[float]:
        """Angles, box, centre, values and spread of a row; NaN where unknown.

        Raises:
            FileNotFoundError: If its image is missing.
            LabelError: If a cell holds something else.
        """
        try:
            check_file(Path(self.data_prefix['img']) / row['image'])
        except (OSError, ValueError) as error:
            raise FileNotFoundError(f'{where}: {printable(error)}') from None
        columns = (*_NUMBERS, *self.value_columns, SPREAD)
        numbers = [self._read_cell(where, row, column) for column in columns]
        known = int(np.isfinite(numbers[: len(ANGLE_NAMES)]).sum())
        if self.pitch_zero and 0 < known < len(ANGLE_NAMES):
            raise LabelError(where, 'all three angles or none (for pitch_zero)', known)
        return numbers

    def _read_cell(self, where: str, row: dict, column: str) -> float:
        """A number of a row; NaN for a column that it lacks, and what is unknown."""
        if column not in row:
            return math.nan
        place, is_angle = f'{where}, column {column!r}', column in ANGLE_NAMES
        is_value = column in self.value_columns
        number = read_number(place, row[column], is_value or column in _MAY_BE_EMPTY)
        full_turn = 360 if self.angle_unit == 'degree' else 2 * math.pi
        if is_angle and abs(number) > full_turn:
            what = f'an angle in {self.angle_unit}s (angle_unit), within a full turn'
            raise LabelError(place, what, number)
        if is_value and abs(number) > _LARGEST_VALUE:
            raise LabelError(place, f'a number within {_LARGEST_VALUE:g}', number)
        if column == SPREAD and number < 0:
            raise LabelError(place, '0 degrees or more', number)
        return number

    def _agreed(
        self, table: Path, rows: list[Row], numbers: NDArray[np.float64]
    ) -> tuple[list[Row], NDArray[np.float64]]:
        """The rows within ``max_spread``, and their numbers without it."""
        numbers, spread = numbers[:, :-1], numbers[:, -1]
        if self.max_spread is None:
            return rows, numbers
        kept = np.flatnonzero(~(spread > self.max_spread))
        if not len(kept):
            raise ValueError(
                f'{table}: expected rows of a spread up to {self.max_spread} degrees, '
                f'got none; the least is {spread.min()}'
            )
        return [rows[i] for i in kept], numbers[kept]

    def _choose(self, table: Path, rows: list[Row]) -> list[Row]:
        """The rows of the chosen split and people."""
        by_name = {*(self.subjects or ()), *self.exclude_subjects}
        unknown = by_name - {_name(row.get('subject')) for _, row in rows}
        if unknown:
            raise ValueError(
                f'{table}: expected rows of the subjects {sorted(unknown)}, got none'
            )
        chosen = [
            (number, row)
            for number, row in rows
            if (self.split is None or _name(row.get('split')) == self.split)
            and (self.subjects is None or _name(row.get('subject')) in self.subjects)
            and _name(row.get('subject')) not in self.exclude_subjects
        ]
        if not chosen:
            found = sorted({_name(row.get('split')) for _, row in rows})
            raise ValueError(
                f'{table}: expected rows of split {self.split!r} (and of the chosen '
                f'subjects), got none; the splits are {found}'
            )
        return chosen

    def _angles(self, table: Path, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Degrees (N, 3) in the package's convention, of those of the table."""
        if self.angle_unit == 'radian':
            angles = np.rad2deg(angles)
        else:
            _check_not_radians(table, angles)
        if not self.pitch_zero:
            return angles
        back = euler_to_matrix((-self.pitch_zero, 0.0, 0.0))
        known = np.isfinite(angles).all(axis=1)
        turned = euler_to_matrix(angles[known]) @ back
        angles[known] = matrix_to_euler(turned, near=angles[known])
        return angles


def read_table(path: Path) -> list[Row]:
    """Rows of a CSV or JSON table with their numbers.

    A CSV's row has the number of its line in the file, a JSON's counts from 1.

    Raises:
        FileNotFoundError: If the table is missing.
        ValueError: If it is empty, or not of that form.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f'ann_file: expected a CSV or JSON file, found no {path}'
        )
    if path.suffix.lower() == '.json':
        rows = read_json(path, finite=False)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f'{path}: expected a JSON list of objects')
        numbered = list(enumerate(rows, start=1))
    else:
        numbered = _read_csv(path)
    if not numbered:
        raise ValueError(f'{path}: expected a table with rows, got an empty one')
    return numbered


def _read_csv(path: Path) -> list[Row]:
    # Not strict, a quote that is never closed would swallow all rows after it.
    text = io.StringIO(read_text(path), newline='')
    reader = csv.DictReader(text, strict=True)
    rows: list[Row] = []
    try:
        names = [name for name in reader.fieldnames or () if name]
        for row in reader:
            rows.append((reader.line_num, row))
    except csv.Error as error:
        last = f' (after row {rows[-1][0]})' if rows else ''
        raise ValueError(f'{path}: expected a CSV table, got: {error}{last}') from None
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f'{path}: expected each column once, got {twice} again')
    return rows


def check_names(
    where: object, names: Collection[str], needed_names: Collection[str]
) -> None:
    """Refuse a CSV's header, or a JSON's row, that lacks or misnames what is ours.

    Raises:
        LabelError: If it does.
    """
    needed = set(needed_names)
    for group in (BOX, CENTER):
        needed |= set(group) if set(names) & set(group) else set()
    missing = sorted(needed.difference(names))
    if missing:
        raise LabelError(where, f'the columns {missing}', sorted(names))
    as_ours = {name: name.strip().lower() for name in names}
    others = sorted(name for name, ours in as_ours.items() if ours in _OTHER_BOXES)
    if others and not set(BOX) & set(names):
        what = 'the head box in the columns x, y, w, h (top-left corner, width, height)'
        raise LabelError(where, what, others)
    for name, ours in sorted(as_ours.items()):
        if ours in COLUMNS and ours not in names:
            raise LabelError(where, f'the column {ours!r}', repr(name))


def _check_row(where: str, row: dict, is_csv: bool, needed: Collection[str]) -> bool:
    """Refuse rows of another length, and what is no text where text belongs.

    Raises:
        LabelError: If it is such a row.
    """
    if is_csv and (None in row or None in row.values()):  # must not read as unknown
        count = len(row.keys() - {None})
        got = 'more' if None in row else 'fewer'
        raise LabelError(where, f'{count} cells', got)
    if not is_csv:
        check_names(where, row, needed)
    if not row['image']:
        raise LabelError(where, 'an image', 'none')
    for name in ('image', 'subject', 'split'):
        cell = row.get(name)
        text = cell if name == 'image' else _name(cell)
        if not is_name(text):
            raise LabelError(f'{where}, column {name!r}', 'text', reprlib.repr(cell))
    return True


def _name(cell: Any) -> Any:
    """A person's or a split's name, which JSON may have as a number."""
    is_number = isinstance(cell, int | float)
    return '' if cell is None else str(cell) if is_number else cell


def read_number(place: str, cell: Any, may_be_empty: bool) -> float:
    """A finite number of a cell; NaN for an empty one, where it may be."""
    text = '' if cell is None else str(cell).strip()
    if may_be_empty and not text:
        return math.nan
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        hint = ' (leave it empty where it is unknown)' if may_be_empty else ''
        raise LabelError(place, f'a number{hint}', reprlib.repr(text))
    return number


def _places(
    box: NDArray, center: NDArray, size: NDArray, table: Path
) -> tuple[NDArray, NDArray]:
    """Head boxes (N, 4), corners, and centres (N, 2) in pixels.

    Args:
        box: x, y, w, h of the rows, (N, 4); NaN where they have none.
        center: cx, cy of the rows, (N, 2); NaN where they have none.
        size: (w, h) of the images, (N, 2).
        table: The file, for a warning if only some rows have boxes.
    """
    without = np.isnan(box).any(axis=1)
    if without.any() and not without.all():
        print_log(
            f'{table}: {without.sum()} of {len(box)} rows have no x, y, w, h; the '
            'whole image is their head box',
            logger='current',
            level=logging.WARNING,
        )
    corners = np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1)
    corners = np.where(np.isnan(box), whole_image(size), corners)
    middle = (corners[:, :2] + corners[:, 2:]) / 2
    return corners, np.where(np.isnan(center), middle, center)


def _check_not_radians(table: Path, angles: NDArray[np.float64]) -> None:
    known = np.abs(angles[np.isfinite(angles)])
    if len(known) >= PLAUSIBLE_COUNT and 0 < known.max() <= PLAUSIBLE_DEGREES:
        raise ValueError(
            f'{table}: expected angles in degrees, got {len(known)} angles of at most '
            f"{known.max():.3f}; are they radians? Then set angle_unit='radian'"
        )
