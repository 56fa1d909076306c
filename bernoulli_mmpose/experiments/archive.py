"""The logged runs in one file, small enough to go with the page made of them.

Of each run the whole config, the lines of the log that tell the training's course, the
record and the angles predicted in every test. No images, weights, names of images nor
labels are in it: a folder that is restored takes the labels from the data. It counts as
finished, but has no weights, and of its tests no scores, deviations nor centres.
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

import numpy as np
from mmengine.config import Config

from bernoulli_headpose.files import write_whole
from bernoulli_headpose.rotation import ANGLE_NAMES

from ..datasets.test_parts import build_test_parts
from ..evaluation import HeadPoseMetric, HeadPoseResults
from ..evaluation.head_pose_metric import as_sample
from ..evaluation.results import NUMBER_FORMAT
from .archive_texts import (
    from_assignments,
    from_predictions,
    to_assignments,
    to_predictions,
    with_places,
    without_places,
)
from .records import (
    CONFIG,
    RECORD,
    RESULTS,
    Finished,
    differing_settings,
    read_config,
    read_run,
)
from .robustness import PERTURBATIONS, SEEDS, dump_name
from .runs import data_folders

ARCHIVE = 'runs.tar.xz'
_MAX_BYTES = 100_000_000  # of all files; the project's own have 13 million
_HEADS = 'heads.sha256'  # of the tested heads and their labels, in their order
_COURSE = re.compile(r'(Iter|Epoch)\((train|val)\)|heads have a pose|  \d+ without: ')


def _archived_name(results: str) -> str:
    return results.replace('results', 'predictions', 1)


def _tests() -> dict[str, str]:
    """Archived names of the tests a run may have, and their files in its folder."""
    perturbed = (dump_name(name, seed) for name in PERTURBATIONS for seed in SEEDS)
    return {_archived_name(name): name for name in (RESULTS, *perturbed)}


@dataclass(frozen=True)
class _Heads:
    """The labelled heads of a test set, in the order of the results.

    Attributes:
        records: Names of the data sets with the records of the heads.
        digest: See :func:`_digest`.
    """

    records: Sequence[tuple[str, Mapping[str, Any]]]
    digest: str


def pack(runs: Iterable[Finished], target: Path) -> None:
    """Write the archive, whole or not at all; the same runs give the same bytes.

    Args:
        runs: Finished ones.
        target: The archive.

    Raises:
        ValueError: If results are damaged, or tests of a run are not of the same heads.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode='w:xz', preset=9) as archive:
        for run in runs:
            for name, text in _texts_of(run):
                content = text.encode('utf-8')
                info = tarfile.TarInfo(f'{run.folder.name}/{name}')
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    write_whole(target, packed.getvalue())


def restore(source: Path, configs: Mapping[Path, Config]) -> list[Path]:
    """Make the folders of archived runs that are missing, each whole or not at all.

    Args:
        source: The archive.
        configs: Of the wanted runs by their folder; their data is read. Runs that the
            archive has not, and folders with anything in them, are left alone.

    Returns:
        The folders that were made.

    Raises:
        FileNotFoundError: If there is no archive, or data is missing.
        ValueError: If the archive is damaged, a run in it is of another config, or the
            data has other heads or labels.
    """
    runs = _read_archive(source)
    tested: dict[str, _Heads] = {}
    made = []
    for folder, config in configs.items():
        texts = runs.get(folder.name)
        if texts is None or (folder.is_dir() and any(folder.iterdir())):
            continue
        tests = str(config.test_dataloader.dataset)
        if tests not in tested:
            tested[tests] = _heads_of(config)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix='.', dir=folder.parent) as aside:
            part = Path(aside) / folder.name
            part.mkdir()
            try:
                _fill(part, texts, config, tested[tests])
            except (ValueError, csv.Error) as error:
                raise ValueError(f'{source}, {folder.name}: {error}') from error
            part.replace(folder)
        made.append(folder)
    return made


def archived_tests(source: Path) -> dict[str, list[str]]:
    """Archived runs, and the files of results that :func:`restore` makes of each.

    None where there is no file.

    Raises:
        ValueError: If it is damaged.
    """
    runs = _read_archive(source) if source.is_file() else {}
    tests = _tests()
    return {run: [tests[n] for n in texts if n in tests] for run, texts in runs.items()}


def _texts_of(run: Finished) -> Iterator[tuple[str, str]]:
    """Names and contents of a run's files in the archive."""
    config = read_config(run.folder).to_dict()
    yield CONFIG, to_assignments(without_places(config))
    for log in sorted(run.folder.glob('*.log')):
        lines = log.read_text(encoding='utf-8').splitlines(keepends=True)
        yield log.name, ''.join(line for line in lines if _COURSE.search(line))
    heads = _digest(run.results())
    yield _HEADS, f'{heads}\n'
    for name, test in _tests().items():
        if (run.folder / test).is_file():
            results = run.results(test)
            if _digest(results) != heads:
                raise ValueError(
                    f'{run.folder / test}: expected the heads of {RESULTS}, got others'
                )
            yield name, to_predictions(results)
    yield RECORD, (run.folder / RECORD).read_text(encoding='utf-8')


def _digest(results: HeadPoseResults) -> str:
    """SHA-256 of the heads of a test: data sets, names of images, labels."""
    digest = hashlib.sha256()
    for dataset, path, labels in zip(
        results.dataset, results.img_path, results.labels, strict=True
    ):
        angles = ' '.join(f'{angle:{NUMBER_FORMAT}}' for angle in labels)
        digest.update(f'{dataset} {PurePath(path).name} {angles}\n'.encode())
    return digest.hexdigest()


def _read_archive(source: Path) -> dict[str, dict[str, str]]:
    """Contents of the archive by run and file."""
    if not source.is_file():
        raise FileNotFoundError(f'{source}: expected an archive of runs, found none')
    runs: dict[str, dict[str, str]] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpack(source)), mode='r:') as archive:
            for member in archive:
                run, name, text = _text_in(archive, member)
                runs.setdefault(run, {})[name] = text
    except (
        tarfile.TarError,
        lzma.LZMAError,
        EOFError,
        ValueError,
        OverflowError,
    ) as error:
        raise ValueError(f'{source}: expected an archive of runs, {error}') from error
    needed = {CONFIG, RECORD, _HEADS, _archived_name(RESULTS)}
    for run, texts in runs.items():
        if not needed <= set(texts):
            missing = ', '.join(sorted(needed.difference(texts)))
            raise ValueError(f'{source}, {run}: expected also {missing}')
    return runs


def _unpack(source: Path) -> bytes:
    """What an archive unpacks to, within limits.

    Raises:
        ValueError: If that is too much, or it is cut off.
    """
    packed = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_BYTES)
    with source.open('rb') as file:
        content = packed.decompress(file.read(_MAX_BYTES), _MAX_BYTES)
    if not packed.eof:
        raise ValueError(f'got one cut off, or of more than {_MAX_BYTES / 1e6:.0f} MB')
    return content


def _text_in(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[str, str, str]:
    """Run, name and content of a file in the archive.

    Raises:
        ValueError: If it is no file of a run.
    """
    run, name = (*PurePosixPath(member.name).parts, '')[:2]
    known = name in {CONFIG, RECORD, _HEADS, *_tests()}
    plain = member.isfile() and not member.issparse()
    content = archive.extractfile(member) if plain else None
    expected = known or re.fullmatch(r'\w+\.log', name)
    if content is None or not expected or member.name != f'{run}/{name}':
        raise ValueError(f'got {member.name} in it')
    return run, name, content.read().decode('utf-8')


def _heads_of(config: Config) -> _Heads:
    """The labelled heads of a config's test set."""
    keyed = []
    for dataset in build_test_parts(config):
        name = dataset.metainfo.get('dataset_name', '')
        for index in range(len(dataset)):
            record = dataset.get_data_info(index)
            if record['head_angles_valid'].any():
                keyed.append((name, int(record['id']), record['img_path'], record))
    keyed.sort(key=lambda one: one[:3])
    records = [(name, record) for name, *_, record in keyed]
    nothing = np.zeros((len(records), len(ANGLE_NAMES)))
    return _Heads(records, _digest(_results_of(records, nothing)))


def _results_of(
    records: Sequence[tuple[str, Mapping[str, Any]]], predicted: Iterable[np.ndarray]
) -> HeadPoseResults:
    """Results of heads, their labels beside what was predicted."""
    metric = HeadPoseMetric()
    samples = [
        as_sample(record, name, angles)
        for (name, record), angles in zip(records, predicted, strict=True)
    ]
    metric.process(None, samples)
    return HeadPoseResults.from_records(metric.results)


def _fill(
    folder: Path, texts: Mapping[str, str], config: Config, heads: _Heads
) -> None:
    """Write a run's files.

    Raises:
        ValueError: If they are damaged or of another config, or the test set has other
            heads.
    """
    if texts[_HEADS].strip() != heads.digest:
        raise ValueError(
            f'expected the heads that it was tested on, got {len(heads.records)} heads '
            'of which some, their order or labels are others'
        )
    before = _config_here(texts[CONFIG], config, folder.name)
    write_whole(folder / CONFIG, to_assignments(before))
    for name, test in _tests().items():
        if name in texts:
            predicted = from_predictions(
                texts[name], name, [one for one, _ in heads.records]
            )
            _results_of(heads.records, predicted).write(folder / test)
    for name in texts:
        if name == RECORD or name.endswith('.log'):
            write_whole(folder / name, texts[name])
    read_run(folder)


def _config_here(text: str, config: Config, run: str) -> dict[str, Any]:
    """A run's archived config, with the data where it is now.

    Raises:
        ValueError: If it is damaged, or differs from the one that is wanted.
    """
    roots = {root.name: str(root) for root in data_folders(config)}
    before = with_places(from_assignments(text), roots)
    try:
        differing = differing_settings(Config(before), config, run)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f'{CONFIG}: expected that of a run, {error}') from error
    if '_base_' in before or before.get('custom_imports') != config.custom_imports:
        differing.append('code')  # which who trains by it would run
    if differing:
        raise ValueError(f'expected a run of this config, its {differing[0]} differs')
    return before
