"""Train and test the runs of experiments, each in its own folder (:mod:`.records`)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock

import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.apis import init_model
from mmpose.registry import METRICS

from bernoulli_headpose.files import remove_old_parts

from ..evaluation import HeadPoseResults
from .records import (
    CONFIG,
    RESULTS,
    Finished,
    digest,
    revision,
    write_config,
    write_record,
)
from .runs import Options

_TESTING = Lock()


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
    for left in folder.glob('results*.csv'):
        left.unlink()
    remove_old_parts(folder, age_s=0)
    write_config(folder, config)
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
    write_config(folder, config)
    evaluate(config, weights, folder / RESULTS)
    return write_record(
        folder,
        seed=config.randomness.seed,
        checkpoint=os.path.relpath(trained.checkpoint, folder),
        weights_of=trained.folder.name,
        weights_sha256=digest(trained.checkpoint),
        revision=revision(),
    )


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


def _count_crops(config: Config) -> int | None:
    """Crops seen in training; None where the schedule counts epochs."""
    count = config.train_cfg.get('max_iters')
    return None if count is None else count * config.train_dataloader.batch_size
