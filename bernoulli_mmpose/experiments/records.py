"""Folders of runs: which are finished, and what their records say.

A folder holds ``config.py`` (whole; ``mim train mmpose config.py`` repeats the
training), ``train.log``, the checkpoint, the per-head results (``results.csv``, see
:class:`.HeadPoseResults`) and ``run.json``: what was run, on what machine, how long.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import reprlib
import subprocess
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config

from bernoulli_headpose.files import (
    parse_assignments,
    read_json,
    read_text,
    whole_file,
    write_whole,
)

from ..evaluation import HeadPoseResults
from .catalogue import LANDMARKS

RESULTS, RECORD, CONFIG = 'results.csv', 'run.json', 'config.py'
_KEYS = {'name': str, 'device': str, 'heads_tested': int}  # of every record
_LARGEST = 1e12
_TRAINED = {'minutes_of_training': int | float, 'threads': int, 'crops': int | None}


@dataclass(frozen=True)
class Finished:
    """A run that was trained and tested.

    Attributes:
        folder: Its folder.
        record: The content of ``run.json``.
    """

    folder: Path
    record: dict[str, Any]
    _read: dict[str, HeadPoseResults] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def checkpoint(self) -> Path:
        """Its weights.

        Raises:
            ValueError: If the record names none.
        """
        if not self.record.get('checkpoint'):
            raise ValueError(f'{self.folder / RECORD}: expected a checkpoint, got none')
        return self.folder / self.record['checkpoint']

    @property
    def weights(self) -> Path:
        """The checkpoint, which is there.

        Raises:
            FileNotFoundError: If it is not.
            ValueError: If the record names none.
        """
        if not self.checkpoint.is_file():
            raise FileNotFoundError(
                f'{self.checkpoint}: expected the weights, found none. A run that was '
                'restored has none: remove its folder to train it'
            )
        return self.checkpoint

    def results(self, name: str = RESULTS) -> HeadPoseResults:
        """Per-head results of a test; a file is read once.

        Raises:
            ValueError: If they are not of as many heads as the record says.
        """
        if name in self._read:
            return self._read[name]
        found = HeadPoseResults.read(self.folder / name)
        tested = self.record.get('heads_tested', len(found))
        if len(found) != tested:
            raise ValueError(
                f'{self.folder / name}: expected {tested} heads, got {len(found)}'
            )
        self._read[name] = found
        return found


def find_run(folder: Path, config: Config) -> Finished | None:
    """The finished run of a folder, None where there is none.

    A test of weights that another run has replaced since is none.

    Raises:
        ValueError: If it is of another config, or its files are damaged.
    """
    if not (folder / RECORD).is_file():
        return None
    found = read_run(folder)
    try:
        differing = differing_settings(read_config(folder), config, folder.name)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f'{folder / CONFIG}: expected a config, {error}') from error
    if differing:
        raise ValueError(
            f'{folder}: holds a run of another config ({differing[0]} differs). Move '
            'it away, or choose another --out'
        )
    tested = found.record.get('weights_sha256')
    if tested and found.checkpoint.is_file() and tested != digest(found.checkpoint):
        return None
    return found


def read_config(folder: Path) -> Config:
    """The config of a run, as MMEngine has written it; it is not run.

    Raises:
        FileNotFoundError: If there is none.
        ValueError: If it holds anything but literals.
    """
    try:
        return Config(parse_assignments(read_text(folder / CONFIG)))
    except (ValueError, KeyError) as error:  # some names are Config's own
        raise ValueError(f'{folder / CONFIG}: expected a config, {error}') from None


def differing_settings(before: Config, now: Config, run: str) -> list[str]:
    """Names of what was run otherwise; of landmarks, the test data alone counts."""
    old, new = _settings(before), _settings(now)
    names = ['test data'] if run.startswith(LANDMARKS) else list(new)
    return [name for name in names if old[name] != new[name]]


def _settings(config: Config) -> dict[str, Any]:
    """What makes a training and its test what they are, but for where data is.

    Data folders may have moved since; what was trained has not.
    """
    names = ('model', 'optim_wrapper', 'train_cfg', 'param_scheduler', 'randomness')
    loader = config.train_dataloader
    return {name: config.get(name) for name in names} | {
        'batch_size': loader.batch_size,
        'data': _without_roots(loader.dataset.to_dict()),
        'test data': _without_roots(config.test_dataloader.dataset.to_dict()),
    }


def _without_roots(dataset: Any) -> Any:
    if isinstance(dataset, list | tuple):
        return [_without_roots(one) for one in dataset]
    if not isinstance(dataset, dict):
        return dataset
    return {k: _without_roots(one) for k, one in dataset.items() if k != 'data_root'}


def write_config(folder: Path, config: Config) -> None:
    """Write ``config.py`` of a folder, which is made where it is missing."""
    with whole_file(folder / CONFIG) as part:
        config.dump(part)


def write_record(folder: Path, **facts: Any) -> Finished:
    """Write ``run.json`` of a folder that holds its results: now it is finished."""
    record = dict(
        name=folder.name,
        **facts,
        heads_tested=len(HeadPoseResults.read(folder / RESULTS)),
        date=date.today().isoformat(),
        **_machine(),
    )
    text = json.dumps(record, indent=2) + '\n'
    write_whole(folder / RECORD, text)
    return Finished(folder, record)


def read_run(folder: Path) -> Finished:
    """The finished run of a folder.

    Raises:
        FileNotFoundError: If it is not finished.
        ValueError: If its record is damaged.
    """
    path = folder / RECORD
    record = read_json(path)
    if not isinstance(record, dict) or set(_KEYS).difference(record):
        got = reprlib.repr(record)
        raise ValueError(f'{path}: expected the record of a run, got {got}')
    for name, kind in (_KEYS | _TRAINED).items():
        value = record.get(name)
        is_kind = isinstance(value, kind) and not isinstance(value, bool)
        if isinstance(value, int | float):
            is_kind = is_kind and 0 <= value < _LARGEST
        if name in record and not is_kind:
            wanted = 'text' if kind is str else 'a number'
            got = reprlib.repr(value)
            raise ValueError(f'{path}: expected {wanted} as {name}, got {got}')
    if record['name'] != folder.name:
        raise ValueError(
            f'{path}: expected the record of {folder.name}, got {record["name"]}'
        )
    if 'minutes_of_training' in record and 'threads' not in record:
        raise ValueError(f'{path}: expected threads beside minutes_of_training')
    return Finished(folder, record)


def digest(checkpoint: Path) -> str:
    """SHA-256 of a file of weights."""
    return hashlib.sha256(checkpoint.read_bytes()).hexdigest()


def _machine() -> dict[str, Any]:
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return dict(
        device=gpu or f'{platform.machine()} CPU, {os.cpu_count()} cores',
        torch=torch.__version__,
    )


def revision() -> str | None:
    """Of the project, where it is a git checkout; ``-dirty`` where files differ.

    It is asked for before a training: the checkout may move on during it.
    """
    here = str(Path(__file__).parent)
    words = ['git', '-C', here, 'describe', '--always', '--dirty', '--exclude=*']
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
