"""The logged runs in one file, small enough to go with the page made of them.

Of each run the config, the lines of the log that tell the training's course, the record
and the predictions of every test. There are no images in it, no weights and no labels:
a folder that is restored takes the labels from the data, and counts as finished.
"""

from __future__ import annotations

import csv
import io
import lzma
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from mmengine.config import Config

from ..datasets.config_parts import build_test_parts
from ..evaluation import HeadPoseResults
from ..evaluation.head_pose_metric import HeadPoseMetric, as_sample
from ..rotation import ANGLE_NAMES
from .runs import data_folders
from .training import CONFIG, RECORD, RESULTS, Finished

ARCHIVE = 'runs.tar.xz'
_COLUMNS = ('dataset', 'image', *ANGLE_NAMES)
_COURSE = re.compile(r'(Iter|Epoch)\((train|val)\)|heads have a pose|  \d+ without: ')
_TESTS, _PREDICTIONS = Path(RESULTS).stem, 'predictions'  # results*.csv here and there

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class _Head:
    """A head of a test set, its image by the path in its data set."""

    dataset: str
    image: str
    record: Mapping[str, Any]


def pack(runs: Iterable[Finished], target: Path) -> None:
    """Write the archive, whole or not at all; the same runs give the same bytes.

    Args:
        runs: Finished ones.
        target: The archive.

    Raises:
        ValueError: If results are damaged.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f'{target.name}.part')
    with tarfile.open(part, 'w:xz', preset=9) as archive:
        for run in runs:
            for name, text in _texts_of(run):
                content = text.encode('utf-8')
                info = tarfile.TarInfo(f'{run.folder.name}/{name}')
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    part.replace(target)


def restore(source: Path, configs: Mapping[Path, Config]) -> list[Path]:
    """Write the folders of archived runs that are missing.

    Args:
        source: The archive.
        configs: Of the wanted runs by their folder; their data is read. Runs that the
            archive has not, and folders that hold a run, are left alone.

    Returns:
        The folders that were written.

    Raises:
        FileNotFoundError: If there is no archive, or data is missing.
        ValueError: If the archive is damaged, or the data has other heads.
    """
    runs = _read(source)
    heads: dict[str, list[_Head]] = {}
    restored = []
    for folder, config in configs.items():
        texts = runs.get(folder.name)
        if texts is None or (folder / RECORD).is_file():
            continue
        tests = str(config.test_dataloader.dataset)
        if tests not in heads:
            heads[tests] = _labelled_heads(config)
        _write(folder, texts, config, heads[tests], source)
        restored.append(folder)
    return restored


def _write(
    folder: Path,
    texts: Mapping[str, str],
    config: Config,
    heads: Sequence[_Head],
    source: Path,
) -> None:
    """Make a run's folder of its archived files; its record, which ends it, last."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(texts, key=lambda name: name == RECORD):
        text, place = texts[name], f'{source}, {folder.name}/{name}'
        if name.startswith(_PREDICTIONS):
            rows = list(csv.reader(io.StringIO(text)))
            target = folder / name.replace(_PREDICTIONS, _TESTS)
            _with_labels(rows, heads, place).write(target)
            continue
        for root in data_folders(config) if name == CONFIG else ():
            text = text.replace(f"'data/{root.name}'", f"'{root}'")
        (folder / name).write_text(text, encoding='utf-8')


def _texts_of(run: Finished) -> Iterator[tuple[str, str]]:
    """Names and contents of a run's files, without where the data is."""
    config = Config.fromfile(run.folder / CONFIG)
    roots = data_folders(config)
    text = (run.folder / CONFIG).read_text(encoding='utf-8')
    for parent in {root.parent for root in roots}:
        text = re.sub(rf"'{re.escape(str(parent))}(?=['/])", "'data", text)
    yield CONFIG, text
    for log in sorted(run.folder.glob('*.log')):
        lines = log.read_text(encoding='utf-8').splitlines(keepends=True)
        yield log.name, ''.join(line for line in lines if _COURSE.search(line))
    for path in sorted(run.folder.glob(f'{_TESTS}*.csv')):
        rows = _predictions(run.results(path.name), roots)
        stream = io.StringIO()
        csv.writer(stream, lineterminator='\n').writerows([_COLUMNS, *rows])
        yield path.name.replace(_TESTS, _PREDICTIONS), stream.getvalue()
    yield RECORD, (run.folder / RECORD).read_text(encoding='utf-8')


def _predictions(
    results: HeadPoseResults, roots: Sequence[Path]
) -> Iterator[list[str]]:
    for dataset, path, angles in zip(
        results.dataset, results.img_path, results.predicted, strict=True
    ):
        # Nine digits are all of a float32.
        yield [dataset, _below(path, roots), *(f'{angle:.9g}' for angle in angles)]


def _below(path: str, roots: Sequence[Path]) -> str:
    """An image's path in its data set."""
    found = [root for root in roots if Path(path).is_relative_to(root)]
    if not found:
        raise ValueError(
            f'{path}: expected an image below {", ".join(map(str, roots))}'
        )
    return Path(path).relative_to(max(found, key=lambda r: len(r.parts))).as_posix()


def _read(source: Path) -> dict[str, dict[str, str]]:
    """Contents of the archive by run and file."""
    runs: dict[str, dict[str, str]] = {}
    try:
        with tarfile.open(source) as archive:
            for member in archive:
                content = archive.extractfile(member)
                run, name = PurePosixPath(member.name).parts
                if content is None or run in ('..', '/') or name == '..':
                    raise ValueError(f'unexpected {member.name}')
                runs.setdefault(run, {})[name] = content.read().decode('utf-8')
    except (tarfile.TarError, lzma.LZMAError, EOFError, ValueError) as error:
        raise ValueError(f'{source}: expected an archive of runs, {error}') from error
    for run, texts in runs.items():
        if not {CONFIG, RECORD, f'{_PREDICTIONS}.csv'} <= set(texts):
            raise ValueError(f'{source}: expected the files of a run, {run} lacks some')
    return runs


def _labelled_heads(config: Config) -> list[_Head]:
    """The heads of a config's test set that have a label, in the results' order."""
    keyed = []
    for dataset in build_test_parts(config):
        name = dataset.metainfo.get('dataset_name', '')
        roots = [Path(dataset.data_root)]
        for index in range(len(dataset)):
            record = dataset.get_data_info(index)
            if record['head_angles_valid'].any():
                path = record['img_path']
                head = _Head(name, _below(path, roots), record)
                keyed.append(((name, int(record['id']), path), head))
    return [head for _, head in sorted(keyed, key=lambda pair: pair[0])]


def _with_labels(rows: Rows, heads: Sequence[_Head], place: str) -> HeadPoseResults:
    """Results of predictions, beside the labels of their heads."""
    header, *predictions = rows
    expected = [[head.dataset, head.image] for head in heads]
    if header != list(_COLUMNS) or [row[:2] for row in predictions] != expected:
        raise ValueError(
            f'{place}: expected predictions of the {len(heads)} heads of the test set, '
            f'in its order, got {len(predictions)}, or of others'
        )
    metric = HeadPoseMetric()
    metric.process(
        None,
        [
            as_sample(head.record, head.dataset, np.array(row[2:], dtype=float))
            for head, row in zip(heads, predictions, strict=True)
        ],
    )
    return HeadPoseResults.from_records(metric.results)
