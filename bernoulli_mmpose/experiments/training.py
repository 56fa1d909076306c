"""Train and test the runs of experiments, each in its own folder, none twice.

A folder holds ``config.py`` (whole; ``mim train mmpose config.py`` repeats the
training), ``train.log``, the checkpoint, the per-head results (``results.csv``, see
:class:`.HeadPoseResults`) and ``run.json``: what was run, on what machine, how long.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.apis import init_model
from mmpose.registry import METRICS

from ..evaluation import HeadPoseResults
from .catalogue import LANDMARKS
from .runs import Options

RESULTS, RECORD, CONFIG = 'results.csv', 'run.json', 'config.py'
_TESTING = Lock()
_KEYS = {'name', 'device', 'heads_tested'}  # of every record
_NUMBERS = 'minutes_of_training', 'threads', 'crops', 'heads_tested'


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
        before = Config.fromfile(folder / CONFIG)
        differing = differing_settings(before, config, folder.name)
    except (Exception, SystemExit) as error:  # the file is code: it may do anything
        raise ValueError(f'{folder / CONFIG}: expected a config, {error}') from error
    if differing:
        raise ValueError(
            f'{folder}: holds a run of another config ({differing[0]} differs). Move '
            'it away, or choose another --out'
        )
    tested = found.record.get('weights_sha256')
    if tested and found.checkpoint.is_file() and tested != _digest(found.checkpoint):
        return None
    return found


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


def train_and_test(config: Config, folder: Path, threads: int) -> Finished:
    """Train in a process of its own, test, and write the record.

    Several threads may call this; they test one after another. Results that an
    unfinished run has left in the folder are of other weights, and go.

    Args:
        config: Whole config.
        folder: Made where missing.
        threads: Of the training, on a processor.

    Raises:
        RuntimeError: If the training fails; its log is named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob('results*.csv'):
        left.unlink()
    config.dump(folder / CONFIG)
    start, before = time.monotonic(), revision()
    checkpoint = _train(folder, threads)
    trained = time.monotonic()
    with _TESTING:
        evaluate(config, checkpoint, folder / RESULTS)
    return write_record(
        folder,
        seed=config.randomness.seed,
        checkpoint=checkpoint.name,
        parameters=_count_parameters(checkpoint),
        crops=_count_crops(config),
        minutes_of_training=round((trained - start) / 60, 2),
        threads=threads,
        revision=before,
    )


def retest(config: Config, folder: Path, trained: Finished) -> Finished:
    """Test the weights of another run, and write the record.

    Args:
        config: Whole config, of a model that fits them.
        folder: Made where missing.
        trained: Whose weights are tested.

    Raises:
        FileNotFoundError: If they are gone.
    """
    weights = trained.weights
    folder.mkdir(parents=True, exist_ok=True)
    config.dump(folder / CONFIG)
    evaluate(config, weights, folder / RESULTS)
    return write_record(
        folder,
        seed=config.randomness.seed,
        checkpoint=os.path.relpath(trained.checkpoint, folder),
        weights_of=trained.folder.name,
        weights_sha256=_digest(trained.checkpoint),
        revision=revision(),
    )


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
    part = folder / f'{RECORD}.part'
    part.write_text(text, encoding='utf-8')
    part.replace(folder / RECORD)  # whole or not at all
    return Finished(folder, record)


def read_run(folder: Path) -> Finished:
    """The finished run of a folder.

    Raises:
        FileNotFoundError: If it is not finished.
        ValueError: If its record is damaged.
    """
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'{path}: expected the record of a run, {error}') from None
    if not isinstance(record, dict) or _KEYS.difference(record):
        raise ValueError(f'{path}: expected the record of a run, got {record!r:.60}')
    for name in _NUMBERS:
        if not isinstance(record.get(name), int | float | None):
            raise ValueError(f'{path}: expected numbers, got {name} {record[name]!r}')
    if record['name'] != folder.name:
        raise ValueError(
            f'{path}: expected the record of {folder.name}, got {record["name"]}'
        )
    if 'minutes_of_training' in record and 'threads' not in record:
        raise ValueError(f'{path}: expected threads beside minutes_of_training')
    return Finished(folder, record)


def _train(folder: Path, threads: int) -> Path:
    """Run MMPose's training command; the last checkpoint."""
    log = folder / 'train.log'
    mim = Path(sys.executable).with_name('mim')
    words = [mim, 'train', 'mmpose', folder / CONFIG, '--work-dir', folder]
    # Threads that wait actively slow each other down, and the loader's processes.
    openmp = dict(OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY='passive')
    # Each batch takes again the memory of the last, as large pages, rather than give it
    # back and clear it page by page. What the user has set goes before.
    memory = dict(
        MALLOC_MMAP_THRESHOLD_=str(2**25),  # the most that each glibc takes
        MALLOC_TRIM_THRESHOLD_=str(2**33),
        GLIBC_TUNABLES='glibc.malloc.hugetlb=1',
    )
    with log.open('w', encoding='utf-8') as stream:
        status = subprocess.run(
            [str(word) for word in words],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**memory, **os.environ, **openmp},
            check=False,
        ).returncode
    last = folder / 'last_checkpoint'
    if status or not last.is_file():
        raise RuntimeError(f'training failed with status {status}; see {log}')
    return folder / Path(last.read_text(encoding='utf-8').strip()).name


def evaluate(
    config: Config,
    checkpoint: Path,
    dump_file: Path,
    perturbation: Options | None = None,
) -> HeadPoseResults:
    """Test a checkpoint on its config's test set.

    Args:
        config: Of the model and the test set.
        checkpoint: Its weights.
        dump_file: CSV for the per-head results.
        perturbation: Transform put into the test's pipeline: ``HeadTranslation``
            before the crop is cut, any other after; None for none.
    """
    loader = Config(config.test_dataloader.to_dict())
    if perturbation is not None:
        pipeline = loader.dataset.pipeline
        cut = [step['type'] for step in pipeline].index('TopdownAffine')
        before = perturbation['type'] == 'HeadTranslation'
        pipeline.insert(cut if before else cut + 1, dict(perturbation))
    loader.persistent_workers = False
    device = 'cuda:0' if torch.cuda.is_available() else 'cpu'
    model = init_model(config, str(checkpoint), device=device)
    samples = Runner.build_dataloader(loader, seed=0)
    metric = METRICS.build(dict(type='HeadPoseMetric', dump_file=str(dump_file)))
    metric.dataset_meta = samples.dataset.metainfo
    with torch.no_grad():
        for batch in samples:
            found = model.test_step(batch)
            metric.process(batch, [sample.to_dict() for sample in found])
    metric.evaluate(len(samples.dataset))
    return HeadPoseResults.read(dump_file)


def _count_parameters(checkpoint: Path) -> int:
    """Numbers of the weights; the statistics of the norms are among them."""
    content = torch.load(checkpoint, map_location='cpu', weights_only=True)
    return sum(v.numel() for v in content['state_dict'].values())


def _digest(checkpoint: Path) -> str:
    return hashlib.sha256(checkpoint.read_bytes()).hexdigest()


def _count_crops(config: Config) -> int | None:
    """Crops seen in training; None where the schedule counts epochs."""
    count = config.train_cfg.get('max_iters')
    return None if count is None else count * config.train_dataloader.batch_size


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
