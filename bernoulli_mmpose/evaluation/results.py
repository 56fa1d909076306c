"""The heads of a test as a table (pandas), and as a CSV file.

Both have one row a head and the columns of :data:`COLUMNS`: degrees and pixels;
``pitch, yaw, roll`` are the labels, empty (NaN in the table) where there is none, as
are the ``error_*`` and ``geodesic_deg`` that would need them. A row whose
``head_absent`` is 1 is a picture without a head.

pandas is imported where a table is made: it takes 0.4 s, and a prediction needs none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bernoulli_headpose.files import FileId, read_text, whole_file
from bernoulli_headpose.rotation import ANGLE_NAMES, FloatArray

from .criteria import angle_errors

if TYPE_CHECKING:
    import pandas as pd

TEXTS = ['img_path', 'dataset', 'subject']
LABELS = [*ANGLE_NAMES]
PREDICTED = [f'pred_{name}' for name in ANGLE_NAMES]
STDS = [f'std_{name}' for name in ANGLE_NAMES]
ERRORS = [f'error_{name}' for name in ANGLE_NAMES]
CENTRE = ['centre_x', 'centre_y']
BBOX = ['bbox_x1', 'bbox_y1', 'bbox_x2', 'bbox_y2']
ROTATION_STD = ['rotation_std']
HEAD_ABSENT = ['head_absent']
_OPTIONAL = [*ROTATION_STD, *HEAD_ABSENT]  # a file of an earlier version lacks them
# By their names in the records of results_table.
_NUMBERS = {
    'labels': LABELS,
    'predicted': PREDICTED,
    'std': STDS,
    'errors': ERRORS,
    'geodesic': ['geodesic_deg'],
    'score': ['score'],
    'centre': CENTRE,
    'bbox': BBOX,
    'rotation_std': ROTATION_STD,
    'head_absent': HEAD_ABSENT,
}
COLUMNS = [*TEXTS, *(name for names in _NUMBERS.values() for name in names)]
_LARGEST = 1e9
NUMBER_FORMAT = '.9g'  # all digits of a float32


def results_table(records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The table of heads, one mapping each.

    Args:
        records: ``img_path``, ``dataset`` and ``subject`` (texts); ``labels`` and
            ``predicted`` (finite) and ``std``, (3,) in degrees; ``geodesic`` and
            ``rotation_std`` in degrees and ``score``; ``centre`` (2,) and ``bbox``
            (4,) in image pixels, x1, y1, x2, y2; ``head_absent``, 1 for a picture
            without a head. NaN is "none", as is a missing ``head_absent``.
    """
    import pandas as pd

    records = [{'head_absent': np.nan, **record} for record in records]
    columns: dict[str, Any] = {n: [record[n] for record in records] for n in TEXTS}
    for name, names in _NUMBERS.items():
        if name != 'errors':
            values = np.array([record[name] for record in records], np.float64)
            columns |= dict(zip(names, values.reshape(-1, len(names)).T, strict=True))
    table = pd.DataFrame(columns)
    errors = angle_errors(table[PREDICTED], table[LABELS])
    return table.assign(**dict(zip(ERRORS, errors.T, strict=True)))[COLUMNS]


def write_results(
    table: pd.DataFrame, path: str | Path, inputs: Container[FileId] = ()
) -> None:
    """Write the CSV whole or not at all.

    Args:
        table: Of :func:`results_table`.
        path: The file; its folder is made where it is missing.
        inputs: Files that must not be overwritten.

    Raises:
        ValueError: If ``path`` is an input.
        OSError: If it cannot be written.
    """
    with whole_file(path, inputs) as part:
        table.to_csv(
            part,
            index=False,
            float_format=f'%{NUMBER_FORMAT}',
            lineterminator='\r\n',
            errors='surrogateescape',
        )


def read_results(path: str | Path) -> pd.DataFrame:
    """Read the heads of the CSV of :func:`write_results`.

    Rows without any label are left out. A file of an earlier version has no
    ``rotation_std``, which is unknown then.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing, a field is not a number, or there is no row.
    """
    records = [r for r in _read_records(Path(path)) if np.isfinite(r['labels']).any()]
    if not records:
        raise ValueError(f'{path}: expected a row for each head, got none')
    return results_table(records)


def read_headless(path: str | Path) -> pd.DataFrame:
    """Read the pictures without a head of the CSV, none or more.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing or a field is not a number.
    """
    return results_table(
        [r for r in _read_records(Path(path)) if r['head_absent'] == [1]]
    )


def _read_records(source: Path) -> list[dict[str, Any]]:
    if not source.is_file():
        raise FileNotFoundError(f'{source}: no such results file')
    text = read_text(source, errors='surrogateescape')
    reader = csv.DictReader(io.StringIO(text, newline=''), strict=True)
    try:
        names = reader.fieldnames or ()
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ValueError(f'{source}: expected a CSV table, got: {error}') from None
    missing = [name for name in COLUMNS if name not in (*names, *_OPTIONAL)]
    if missing:
        raise ValueError(
            f'{source}: expected the columns of a dump of HeadPoseMetric, '
            f'missing {", ".join(missing)}'
        )
    return [_parse(row, f'{source}, line {line}') for line, row in rows]


def _parse(row: Mapping[str, str], place: str) -> dict[str, Any]:
    """One row of the CSV as a record; ``place`` is told in errors."""
    if None in row or None in row.values():
        got = 'more' if None in row else 'fewer'
        raise ValueError(f'{place}: expected a cell for each column, got {got}')
    record: dict[str, Any] = {name: row[name] for name in TEXTS}
    for name, columns in _NUMBERS.items():
        try:
            record[name] = [_number(row.get(column, '')) for column in columns]
        except ValueError:
            found = [row.get(column) for column in columns]
            raise ValueError(
                f'{place}: expected numbers in {", ".join(columns)}, got {found}'
            ) from None
    if not np.isfinite(record['predicted']).all():
        raise ValueError(f'{place}: expected finite pred_pitch, pred_yaw, pred_roll')
    return record


def _number(cell: str) -> float:
    """A number of degrees, pixels ...; NaN where there is none."""
    number = float(cell or 'nan')
    if abs(number) > _LARGEST:
        raise ValueError(f'{cell} is absurd')
    return number


# Results of several tests by the name to show.
Runs = Mapping[str, 'pd.DataFrame']


def found_by_all(runs: Runs) -> dict[str, pd.DataFrame]:
    """The heads that every run has, with a score above 0: for each the same ones.

    Args:
        runs: Results of heads by the name to show, on the same data sets.

    Raises:
        ValueError: If there is no such head.
    """
    import pandas as pd

    keys = {
        name: pd.MultiIndex.from_frame(run[['dataset', 'img_path', *BBOX]].fillna(0))
        for name, run in runs.items()
    }
    scored = [keys[name][run['score'] > 0] for name, run in runs.items()]
    common = set(scored[0]).intersection(*scored[1:])
    if not common:
        raise ValueError(
            f'{", ".join(runs)}: expected heads that all have with a score above 0, '
            'got none'
        )
    return {name: run[keys[name].isin(common)] for name, run in runs.items()}


def errors_and_stds(table: pd.DataFrame) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Errors and their deviations of what has both: the rotation, and each angle.

    That of a rotation is of turns about three axes, so that the error of a head without
    a label of roll, which has no turns about one of them, does not go with it.

    Returns:
        Degrees by name, (N,) each, NaN where unknown.
    """
    columns = [('geodesic_deg', *ROTATION_STD), *zip(ERRORS, STDS, strict=True)]
    pairs = {
        name: (table[error].to_numpy(np.float64), table[std].to_numpy(np.float64))
        for name, (error, std) in zip(('rotation', *ANGLE_NAMES), columns, strict=True)
    }
    whole = table[LABELS].notna().all(axis=1).to_numpy()
    pairs['rotation'] = (
        np.where(whole, pairs['rotation'][0], np.nan),
        *pairs['rotation'][1:],
    )
    return {k: pair for k, pair in pairs.items() if np.isfinite(sum(pair)).any()}


def data_name(table: pd.DataFrame) -> str:
    """The data sets' names, joined."""
    return ' + '.join(sorted(set(table['dataset'])))
