"""One long table of tested heads, a row a head and test, and its form in git.

Columns: ``run``, ``setting``, ``seed``, ``data``, ``method``, ``variant``, ``test``
(empty for the plain one), ``repeat``, ``dataset``, ``head`` (number in the test set),
``subject``, ``interval``, the signed errors ``pitch``, ``yaw``, ``roll`` and
``geodesic`` (without a label of roll, of where the head faces) in degrees, NaN where
there is no label. ``interval`` is that of the
head's largest absolute angle, by its lower end: 15 is [15, 30) degrees.

In git (``errors.csv.bz2``) a row is a test of one set, and a cell holds the numbers of
all its heads, in tenths of a degree. Labels and predictions are not there: labels
belong to the data sets, and predictions less errors would be labels. Heads stand in the
order of their pictures' SHA-256, so that an interval tells nothing to who has not the
pictures.
"""

from __future__ import annotations

import hashlib
import re
import reprlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bernoulli_headpose.files import whole_file
from bernoulli_headpose.rotation import direction_error, euler_to_matrix

from .plan import Entry, Run

ANGLES = ['pitch', 'yaw', 'roll']
TABLE = 'errors.csv.bz2'
TEST = ['run', 'test', 'repeat', 'dataset']  # what tells tests apart
_NUMBERS = [*ANGLES, 'geodesic']
_LISTS = ['subject', 'interval', *_NUMBERS]
_STEP = 15  # degrees of an interval
_NAME = r'[\w.+-]{1,99}'
_NUMBER = r'(?:-?\d{1,4}|nan)'
_CELLS = {  # what a cell of a column is
    'run': rf'{_NAME}_seed\d{{1,4}}',
    'test': rf'(?:{_NAME})?',
    'repeat': r'\d{1,4}',
    'dataset': _NAME,
    'subject': r'\S+(?: \S+)*',
    **dict.fromkeys(_LISTS[1:], rf'(?:{_NUMBER}(?: {_NUMBER})*)?'),
}
Signed = TypeVar('Signed', pd.DataFrame, NDArray[np.float64])
_RESULTS = re.compile(r'results(?:_(.+?))?(?:_(\d+))?\.csv')


def results_name(test: str = '', repeat: int = 0) -> str:
    """File in a run's folder for the results of a test."""
    return f'results_{test}_{repeat}.csv' if test else 'results.csv'


def read_results(path: Path, unlabelled: Collection[str] = ()) -> pd.DataFrame:
    """The heads of one test, of the file that ``HeadPoseMetric`` has written.

    Rows without a label (pictures without a head) are left out.

    Args:
        path: The file.
        unlabelled: Angles that the training set does not label; their labels are not
            read.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no such file.
    """
    try:
        rows = pd.read_csv(path, dtype={'dataset': str, 'subject': str})
        rows = rows.dropna(subset=ANGLES, how='all').reset_index(drop=True)
        labels = rows[ANGLES].to_numpy(float)
        predicted = rows[[f'pred_{name}' for name in ANGLES]].to_numpy(float)
        heads = rows[['img_path', 'dataset', 'subject']].assign(
            geodesic=rows['geodesic_deg'].astype(float)
        )
    except (ValueError, KeyError) as error:
        raise ValueError(
            f'{path}: expected results of HeadPoseMetric, got: {error}'
        ) from None
    largest = np.nanmax(np.abs(labels), axis=1)
    heads['interval'] = (largest // _STEP * _STEP).astype(int)
    labels = np.where([name in unlabelled for name in ANGLES], np.nan, labels)
    # Also in files that were written before the metric did so.
    whole = np.isfinite(labels).all(axis=1)
    without_roll = np.where([True, True, False], labels, 0.0)
    directions = map(euler_to_matrix, (predicted, without_roll))
    heads['geodesic'] = heads['geodesic'].where(whole, direction_error(*directions))
    heads[ANGLES] = wrapped(predicted - labels)
    heads['subject'] = heads['subject'].fillna('-')
    return heads


def wrapped(degrees: Signed) -> Signed:
    """Signed errors, brought to [-180, 180)."""
    return (degrees + 180) % 360 - 180


def collect(
    folders: Mapping[str, Path], runs: Mapping[str, Run], data: Entry
) -> pd.DataFrame:
    """All tests of the runs that are finished, a row a test and set, as in git.

    Args:
        folders: Of finished runs, by name.
        runs: By name.
        data: Of the suite, by key.

    Raises:
        ValueError: If a file is damaged.
    """
    rows = []
    for name, folder in folders.items():
        run = runs[name]
        for path in sorted(folder.glob('results*.csv')):
            test, repeat = _RESULTS.fullmatch(path.name).groups(default='')  # type: ignore[union-attr]
            found = read_results(path, data[run.data].get('unlabelled', ()))
            found = found.iloc[in_order_of_pictures(found['img_path'])]
            for dataset, heads in found.groupby('dataset'):
                cells = {key: _to_cell(heads[key], run) for key in _LISTS}
                tested = dict(run=name, test=test, repeat=int(repeat or 0))
                rows.append(dict(tested, dataset=dataset, **cells))
    return pd.DataFrame(rows, columns=[*TEST, *_LISTS])


def in_order_of_pictures(paths: Iterable[str]) -> list[int]:
    """Places of pictures in the order of their SHA-256.

    Raises:
        OSError: If one cannot be read.
    """
    keys = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]
    return sorted(range(len(keys)), key=keys.__getitem__)


def write_table(rows: pd.DataFrame, path: Path) -> None:
    """Write the table of :func:`collect`, whole or not at all."""
    with whole_file(path) as part:
        rows.sort_values(TEST).to_csv(part, index=False, compression='bz2')


def read_rows(path: Path) -> pd.DataFrame:
    """The table of :func:`write_table`, its cells as text.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is damaged.
    """
    try:
        rows = pd.read_csv(path, keep_default_na=False, dtype=str)[[*TEST, *_LISTS]]
    except FileNotFoundError:
        raise FileNotFoundError(
            f'{path}: expected a table of tests, found none'
        ) from None
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise ValueError(f'{path}: expected a table of tests, got: {error}') from None
    for key, expected in _CELLS.items():
        for cell in rows[key][~rows[key].astype(str).str.fullmatch(expected)]:
            raise ValueError(
                f'{path}: expected names or whole numbers as {key}, got '
                f'{reprlib.repr(cell)}'
            )
    return rows.astype({'repeat': int})


def read_table(path: Path) -> pd.DataFrame:
    """The long table of heads.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it is damaged.
    """
    rows = read_rows(path)
    lists = {key: rows[key].str.split() for key in _LISTS}
    counts = lists['interval'].str.len()
    columns = {key: rows[key].repeat(counts).array for key in TEST}
    columns['head'] = np.concatenate([np.arange(count) for count in counts])
    columns['subject'] = np.concatenate(lists['subject'].to_list())
    for key in ('interval', *_NUMBERS):
        cells = zip(lists[key], counts, strict=True)
        filled = [cell or ['nan'] * count for cell, count in cells]
        columns[key] = np.concatenate(filled).astype(float)
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError(f'{path}: expected as many numbers in all cells of a row')
    heads = pd.DataFrame(columns)
    heads[_NUMBERS] /= 10
    return _with_parts(heads)


def _with_parts(heads: pd.DataFrame) -> pd.DataFrame:
    """Heads with what the names of their runs say."""
    names = heads['run'].str.extract(r'(?P<setting>.+)_seed(?P<seed>\d+)')
    names['seed'] = names['seed'].astype(int)
    parts = names['setting'].str.split('_', n=2, expand=True).reindex(columns=range(3))
    parts.columns = ['data', 'method', 'variant']
    heads = pd.concat([heads, names, parts.fillna('')], axis=1)
    texts = ['run', 'test', 'dataset', 'subject', 'setting', *parts.columns]
    return heads.astype(dict.fromkeys(texts, 'category'))


def _to_cell(values: pd.Series, run: Run) -> str:
    """Text of a cell; empty where nothing is labelled."""
    if values.name == 'subject':
        return ' '.join(values.str.replace(r'\s', '-', regex=True))
    if values.name == 'interval':
        return ' '.join(map(str, values))
    if values.isna().all():
        return ''
    if run.method == 'landmarks':
        # Where no pose fits, 0 is predicted, and an error is the label: each angle's
        # errors are in order of size, so that no head can be told.
        values = values.abs().sort_values()
    # Rounded by their running sum, so that the MAE of a test stays what it was.
    sums = values.abs().mul(10).cumsum().round()
    tenths = sums.diff().fillna(sums) * np.sign(values)
    return ' '.join(tenths.add(0).map('{:.0f}'.format))  # 0 for -0
