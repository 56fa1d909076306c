"""The per-head results of a test, as arrays and as a CSV file.

The CSV has one row a head and the columns of :data:`COLUMNS`: degrees and
pixels; ``pitch, yaw, roll`` are the labels, empty where there is none, as are the
``error_*`` and ``geodesic_deg`` that would need them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from bernoulli_headpose.files import FileId, read_text, whole_file
from bernoulli_headpose.rotation import ANGLE_NAMES, FloatArray

from .criteria import angle_errors

_TEXTS = ('img_path', 'dataset', 'subject')
_NUMBERS = {
    'labels': ANGLE_NAMES,
    'predicted': tuple(f'pred_{name}' for name in ANGLE_NAMES),
    'std': tuple(f'std_{name}' for name in ANGLE_NAMES),
    'errors': tuple(f'error_{name}' for name in ANGLE_NAMES),
    'geodesic': ('geodesic_deg',),
    'score': ('score',),
    'centre': ('centre_x', 'centre_y'),
    'bbox': ('bbox_x1', 'bbox_y1', 'bbox_x2', 'bbox_y2'),
}
COLUMNS = (*_TEXTS, *(name for group in _NUMBERS.values() for name in group))
_LARGEST = 1e9
NUMBER_FORMAT = '.9g'  # all digits of a float32


@dataclass(frozen=True)
class HeadPoseResults:
    """What a network said of N heads, beside their labels; NaN is "none".

    Attributes:
        img_path: Image files, N.
        dataset: Data set names, N.
        subject: People, N; empty where unknown.
        labels: (pitch, yaw, roll) in degrees, shape (N, 3).
        predicted: The same of the network, shape (N, 3), always finite.
        std: The decoded standard deviations in degrees, shape (N, 3).
        geodesic: Rotation errors in degrees, shape (N,).
        score: Confidence of the head, shape (N,).
        centre: Predicted head centre in image pixels (x, y), shape (N, 2).
        bbox: The crop's box in image pixels (x1, y1, x2, y2), shape (N, 4).
    """

    img_path: list[str]
    dataset: list[str]
    subject: list[str]
    labels: FloatArray
    predicted: FloatArray
    std: FloatArray
    geodesic: FloatArray
    score: FloatArray
    centre: FloatArray
    bbox: FloatArray

    @classmethod
    def from_records(cls, records: Sequence[Mapping[str, Any]]) -> HeadPoseResults:
        """Stack one mapping a head, with the attributes' names as keys."""
        columns: dict[str, Any] = {}
        for name in (field.name for field in fields(cls)):
            column: Any = [record[name] for record in records]
            if name not in _TEXTS:
                width = len(_NUMBERS[name])
                shape = (len(records), width) if width > 1 else (len(records),)
                column = np.asarray(column, dtype=np.float64).reshape(shape)
            columns[name] = column
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.img_path)

    @property
    def errors(self) -> FloatArray:
        """Absolute angle errors in degrees, shape (N, 3)."""
        return angle_errors(self.predicted, self.labels)

    @property
    def name(self) -> str:
        """The data sets' names, joined."""
        return ' + '.join(sorted(set(self.dataset)))

    def select(self, rows: Sequence[int] | np.ndarray) -> HeadPoseResults:
        """The results of some heads, by their row numbers."""
        columns: dict[str, Any] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            is_text = field.name in _TEXTS
            columns[field.name] = [column[i] for i in rows] if is_text else column[rows]
        return HeadPoseResults(**columns)

    def write(self, path: str | Path, inputs: Container[FileId] = ()) -> None:
        """Write the CSV whole or not at all.

        Args:
            path: The file; its folder is made where it is missing.
            inputs: Files that must not be overwritten.

        Raises:
            ValueError: If ``path`` is an input.
            OSError: If it cannot be written.
        """
        numbers = np.column_stack([getattr(self, name) for name in _NUMBERS])
        with (
            whole_file(path, inputs) as part,
            part.open(
                'w', newline='', encoding='utf-8', errors='surrogateescape'
            ) as file,
        ):
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            texts = zip(*(getattr(self, name) for name in _TEXTS), strict=True)
            for text, row in zip(texts, numbers, strict=True):
                writer.writerow([*text, *map(_format, row)])

    @classmethod
    def read(cls, path: str | Path) -> HeadPoseResults:
        """Read the CSV of :meth:`write`; rows without any label are left out.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If a column is missing, a field is not a number, or there
                is no row.
        """
        source = Path(path)
        if not source.is_file():
            raise FileNotFoundError(f'{source}: no such results file')
        text = read_text(source, errors='surrogateescape')
        reader = csv.DictReader(io.StringIO(text, newline=''), strict=True)
        try:
            names = reader.fieldnames or ()
            rows = [(reader.line_num, row) for row in reader]
        except csv.Error as error:
            raise ValueError(f'{source}: expected a CSV table, got: {error}') from None
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise ValueError(
                f'{source}: expected the columns of a dump of HeadPoseMetric, '
                f'missing {", ".join(missing)}'
            )
        records = [_parse(row, f'{source}, line {line}') for line, row in rows]
        records = [r for r in records if np.isfinite(r['labels']).any()]
        if not records:
            raise ValueError(f'{source}: expected a row for each head, got none')
        return cls.from_records(records)


# Results of several tests by the name to show.
Runs = Mapping[str, HeadPoseResults]


def _format(value: float) -> str:
    return '' if np.isnan(value) else f'{value:{NUMBER_FORMAT}}'


def _number(cell: str) -> float:
    """A number of degrees, pixels ...; NaN where there is none."""
    number = float(cell or 'nan')
    if abs(number) > _LARGEST:
        raise ValueError(f'{cell} is absurd')
    return number


def _parse(row: Mapping[str, str], place: str) -> dict[str, Any]:
    """One row of the CSV as a record; ``place`` is told in errors."""
    if None in row or None in row.values():
        got = 'more' if None in row else 'fewer'
        raise ValueError(f'{place}: expected a cell for each column, got {got}')
    record: dict[str, Any] = {name: row[name] for name in _TEXTS}
    for name, columns in _NUMBERS.items():
        try:
            record[name] = [_number(row[column]) for column in columns]
        except ValueError:
            found = [row[column] for column in columns]
            raise ValueError(
                f'{place}: expected numbers in {", ".join(columns)}, got {found}'
            ) from None
    if not np.isfinite(record['predicted']).all():
        raise ValueError(f'{place}: expected finite pred_pitch, pred_yaw, pred_roll')
    return record
