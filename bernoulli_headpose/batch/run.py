"""A run over a collection: what is to be done, its course, and what came of it."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import __version__
from ..estimation.finding import SinglePassDetector
from ..files.pictures import LIMIT_VARIABLE
from ..head_pose import HeadPose
from ..onnx import FINDER
from ..terminal import show
from .engine import cluster, run_shards
from .folder import RunFolder, Totals
from .inputs import Shard, cut, list_paths
from .worker import Job, model_of

_EVERY_S = 10.0  # from one line of progress to the next, seconds


class BatchRun:
    """Runs the command ``head-pose-batch``.

    Args:
        args: Of :func:`~bernoulli_headpose.batch.__main__.read_arguments`.

    Raises:
        FileNotFoundError: If an input or a model is not there.
        ValueError: If one is not what it should be.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.folder = RunFolder(Path(args.out).absolute())
        self.places = list_paths(args.inputs, args.column)
        self.shards = cut(self.places, args.shard_size)
        is_file = args.model and Path(args.model).is_file()
        model = str(Path(args.model).absolute()) if is_file else args.model
        network = dict(
            model=FINDER if args.one_pass else model, input_size=args.input_size
        )
        # Here it also shows what is wrong with them, before workers are started.
        self.models = _digests(HeadPose(threads=1, **network))
        self.job = Job(
            folder=str(self.folder.path),
            base='' if all(map(os.path.isabs, self.places)) else str(Path.cwd()),
            network=dict(network, device=args.device),
            threshold=args.bbox_thr,
            video=dict(smooth=args.smooth, detect_every=args.detect_every),
            max_megapixels=os.environ.get(LIMIT_VARIABLE, ''),
        )

    def run(self) -> int:
        """Do what is not there yet; returns the exit code."""
        with self.folder.lock():
            self.folder.begin(self._manifest())
            done = self.folder.done(len(self.shards))
            left = [shard for shard in self.shards if shard.number not in done]
            if done:
                told = f'{len(done)} of {len(self.shards)} shards are there already'
                print(told, file=sys.stderr)
            start = time.perf_counter()
            pictures = self._work(left) if left else 0
            seconds = time.perf_counter() - start
            totals = self.folder.finish(len(self.shards))
        show(_summary(totals, pictures, seconds))
        return int(bool(totals.broken))

    def _manifest(self) -> dict[str, Any]:
        """What the results depend on."""
        return dict(
            version=__version__,
            paths=len(self.places),
            list=_digest_of(self.places),
            base=self.job.base,
            shard_size=self.args.shard_size,
            models=self.models,
            input_size=self.args.input_size,
            bbox_thr=self.args.bbox_thr,
            max_megapixels=self.job.max_megapixels,
            **self.job.video,
        )

    def _work(self, left: Sequence[Shard]) -> int:
        """Let workers do what is left; returns the number of pictures and frames."""
        pictures = 0
        on_gpu = self.args.device == 'cuda'
        with cluster(self.args.address, self.args.workers) as workers:
            start = last = time.perf_counter()
            written = run_shards(left, self.job, workers, on_gpu)
            for count, more in enumerate(written, 1):
                pictures += more
                now = time.perf_counter()
                if now - last >= _EVERY_S:
                    last = now
                    speed = pictures / (now - start)
                    told = f'{count} of {len(left)} shards, {pictures} pictures'
                    print(f'{told}, {speed:.1f} a second', file=sys.stderr)
        return pictures


def _digest_of(places: Mapping[str, int]) -> str:
    """What tells a list from others: its paths, and their places."""
    digest = hashlib.sha256(os.fsencode('\0'.join(places)))
    digest.update(array('q', places.values()).tobytes())
    return digest.hexdigest()


def _digests(estimate: HeadPose) -> dict[str, str]:
    """What tells the models apart that are used, by the names of their files."""
    estimators = [estimate.estimator]
    if isinstance(estimate.detector, SinglePassDetector):
        estimators.append(estimate.detector.estimator)
    files = [Path(model_of(one).name) for one in estimators]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _summary(totals: Totals, pictures: int, seconds: float) -> str:
    told = [
        f'{totals.pictures} pictures and frames',
        f'{totals.heads} heads',
        f'no head in {totals.without}',
        f'{len(totals.broken)} broken',
    ]
    if totals.damaged:
        told.append(f'{totals.damaged} damaged, used as far as they can be read')
    speed = f'{pictures / seconds:.1f} a second' if pictures else 'nothing left to do'
    return f'{", ".join(told)}; this run: {seconds:.0f} s, {speed}'
