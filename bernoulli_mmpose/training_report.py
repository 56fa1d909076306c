"""What the log of a training says: on what it learns, for how long, and its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner
from mmpose.registry import HOOKS

from bernoulli_headpose.progress import ProgressLine, clock


@HOOKS.register_module()
class TrainingReportHook(Hook):
    """Logs what is trained, on what and for how long, and at the end what came of it.

    On a terminal, a line below the log tells how many batches are done and how long the
    rest takes.
    """

    priority = 'VERY_LOW'

    def before_train(self, runner: Runner) -> None:
        """Say what begins."""
        runner.logger.info('\n'.join(describe_training(runner)))
        self._start, self._first = time.monotonic(), runner.iter
        left = runner.max_iters - runner.iter
        self._line = ProgressLine(left) if is_main_process() else None

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,  # noqa: ARG002  (MMEngine's interface)
        data_batch: Any = None,  # noqa: ARG002
        outputs: Any = None,  # noqa: ARG002
    ) -> None:
        """Say how far it is."""
        if self._line is not None:
            self._line.update(runner.iter + 1 - self._first)

    def after_train(self, runner: Runner) -> None:
        """Say what came of it."""
        if self._line is not None:
            self._line.close()
        told = [f'Trained in {clock(time.monotonic() - self._start)}.']
        known = runner.message_hub.runtime_info
        for kind in ('best', 'last'):
            if path := known.get(f'{kind}_ckpt'):
                told.append(f'The {kind} checkpoint: {path}')
        runner.logger.info('\n'.join(told))


def describe_training(runner: Runner) -> list[str]:
    """Lines on a training that is about to begin.

    Args:
        runner: With its loops built.
    """
    network = getattr(runner.model, 'module', runner.model)
    sizes = [(p.numel(), p.requires_grad) for p in network.parameters()]
    trained = sum(size for size, learns in sizes if learns)
    total = sum(size for size, _ in sizes)
    name = Path(runner.cfg.filename or type(network).__name__).stem
    loader = runner.train_dataloader
    how_long = f'{runner.max_iters:,} batches of {loader.batch_size}'
    if isinstance(runner.train_loop, EpochBasedTrainLoop):
        how_long = f'{runner.max_epochs:,} epochs, {how_long}'
    if runner.iter:
        how_long += f', from batch {runner.iter:,} on'
    lines = [
        f'Training {name}: {trained:,} of {total:,} parameters',
        f'on {describe_data(loader.dataset)}',
        f'for {how_long}',
    ]
    if runner.val_loop is not None:
        lines.append(f'validated on {describe_data(runner.val_dataloader.dataset)}')
    return [*lines, f'Results go to {runner.work_dir}']


def describe_data(dataset: Any) -> str:
    """How many samples a data set has, and of which sets they are.

    Args:
        dataset: One of MMPose's, or several joined.
    """
    parts: Sequence[Any] = getattr(dataset, 'datasets', None) or [dataset]
    named = [
        f'{(one.metainfo or {}).get("dataset_name", type(one).__name__)} {len(one):,}'
        for one in parts
    ]
    return f'{len(dataset):,} samples ({", ".join(named)})'
