"""A training of an experiment: what it is told apart by, and its config."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Method:
    """An approach: which model of ``configs/_base_/models`` and which head.

    Attributes:
        title: As shown in tables.
        model: File name of the model's base config.
        head: Settings of its head, for any width of the backbone.
        reads: Which maps of the backbone the head reads: the ``'finest'`` alone,
            ``'all'`` four, or all four ``'joined'``.
        schedule: File name in ``schedules`` of its own, where the budget is in epochs;
            empty for the budget's.
    """

    title: str
    model: str
    head: Options = field(default_factory=dict)
    reads: str = 'finest'
    schedule: str = ''


@dataclass(frozen=True)
class Data:
    """Training and test data: base configs of ``configs/_base_``, and what differs.

    Attributes:
        title: As shown in tables.
        inputs: File name in ``inputs``.
        dataset: File name in ``datasets``.
        options: Changes to the config, keys with dots.
        more_tests: Configs of further test sets, their ``data_root`` a folder of the
            data.
        train_sets: Which of several sets to train on, by their order; None for all.
        sources: What it is trained on, as shown in tables of several.
        unlabelled: Angles that its training sets do not label.
    """

    title: str
    inputs: str
    dataset: str
    options: Options = field(default_factory=dict)
    more_tests: Sequence[Options] = ()
    train_sets: Sequence[int] | None = None
    sources: str = ''
    unlabelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Budget:
    """What every contender of a suite is given.

    Attributes:
        schedule: File name in ``configs/_base_/schedules``.
        arch: Of the backbone, and ``width``, the channels of its finest map.
        width: See ``arch``.
        iterations: Of training, with a warm-up and a cosine over them in place of the
            schedule's own; None for the schedule's epochs.
        autocast: Precision of training, None for float32.
    """

    schedule: str
    arch: str
    width: int
    iterations: int | None = None
    autocast: str | None = None


@dataclass(frozen=True)
class Run:
    """One training with its test, or a further test, and the folder of that name.

    Attributes:
        data: Key of the suite's data.
        method: Key of the methods.
        seed: Of the training.
        variant: What is changed, in a word for the folder; empty for nothing.
        codec: Changes to the codec.
        options: Changes to the config, keys with dots.
        steps: Further steps of the training pipeline, after the colours.
        weights: Name of the run whose weights are tested; empty to train.
    """

    data: str = 'head'
    method: str = 'bernoulli'
    seed: int = 0
    variant: str = ''
    codec: Options = field(default_factory=dict)
    options: Options = field(default_factory=dict)
    steps: Sequence[Options] = ()
    weights: str = ''

    @property
    def name(self) -> str:
        """Folder of the run."""
        parts = [self.data, self.method, self.variant, f'seed{self.seed}']
        return '_'.join(part for part in parts if part)


_LEAF = """\
_base_ = {bases!r}
model = dict(
    backbone=dict(arch={arch!r}),
    head=dict(in_channels={channels!r}, decoder=_base_.codec, **{head!r}))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
"""


def compose(
    run: Run, method: Method, data: Data, budget: Budget, configs: Path
) -> Config:
    """The whole config of a run.

    Args:
        run: The training.
        method: Of the run.
        data: Of the run.
        budget: Of the suite.
        configs: The project's folder of configs.

    Raises:
        FileNotFoundError: If a base config is missing.
    """
    config = _read_bases(run.name, method, data, budget, configs)
    # A copy: merging takes the marks of what is replaced out of it.
    config.merge_from_dict(copy.deepcopy({**data.options, **run.options}))
    _change_codecs(config, run.codec)
    pipeline = config.train_dataloader.dataset.pipeline
    place = [step['type'] for step in pipeline].index('GenerateTarget')
    pipeline[place:place] = [dict(step) for step in run.steps]
    _change_sets(config, data)
    if budget.autocast:
        config.merge_from_dict({'model.train_cfg': dict(autocast=budget.autocast)})
    if budget.iterations:
        _set_iterations(config, budget.iterations)
    config.randomness = dict(seed=run.seed)
    config.experiment_name = run.name
    return config


def data_folders(config: Config) -> list[Path]:
    """Folders of the training and test sets of a config."""
    loaders = config.train_dataloader, config.test_dataloader
    wholes = [loader.dataset for loader in loaders]
    sets = [one for whole in wholes for one in whole.get('datasets', [whole])]
    return [Path(one['data_root']) for one in sets]


def _read_bases(
    name: str, method: Method, data: Data, budget: Budget, configs: Path
) -> Config:
    """The config of a leaf file that would name these bases."""
    own = None if budget.iterations else method.schedule
    parts = dict(
        models=method.model,
        inputs=data.inputs,
        datasets=data.dataset,
        schedules=own or budget.schedule,
    )
    base = configs.resolve() / '_base_'
    bases = [str(base / kind / file) for kind, file in parts.items()]
    bases.append(str(base / 'default_runtime.py'))
    widths = tuple(budget.width * 2**level for level in range(4))
    channels = dict(finest=widths[0], all=widths, joined=sum(widths))
    leaf = _LEAF.format(
        bases=bases,
        arch=budget.arch,
        channels=channels[method.reads],
        head=dict(method.head),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f'{name}.py'
        path.write_text(leaf, encoding='utf-8')
        return Config.fromfile(path)


def _change_sets(config: Config, data: Data) -> None:
    """Train on some of the sets, and test on further ones."""
    if data.train_sets is not None:
        sets = config.train_dataloader.dataset.datasets
        config.train_dataloader.dataset.datasets = [sets[i] for i in data.train_sets]
    root = Path(os.environ.get('BERNOULLI_DATA_ROOT', 'data'))
    for test in data.more_tests:
        further = dict(test, data_root=str(root / test['data_root']))
        config.test_dataloader.dataset.datasets.append(further)


def _change_codecs(config: Config, changes: Options) -> None:
    """The codec stands in the head and in the pipeline that makes the targets."""
    pipeline = config.train_dataloader.dataset.pipeline
    steps = [step for step in pipeline if step['type'] == 'GenerateTarget']
    for codec in [config.model.head.decoder, *(step['encoder'] for step in steps)]:
        codec.update(changes)


def _set_iterations(config: Config, count: int) -> None:
    """Train for a number of batches, and test once, afterwards."""
    config.train_cfg = dict(
        type='IterBasedTrainLoop', max_iters=count, val_interval=count
    )
    config.val_dataloader = config.val_evaluator = config.val_cfg = None
    config.train_dataloader.sampler = dict(type='InfiniteSampler', shuffle=True)
    warm_up = min(200, max(count // 8, 1))
    config.param_scheduler = [
        dict(type='LinearLR', start_factor=0.01, end=warm_up, by_epoch=False),
        dict(type='CosineAnnealingLR', T_max=count, eta_min=0, by_epoch=False),
    ]
    before = config.default_hooks.checkpoint
    config.default_hooks.checkpoint = dict(
        type='CheckpointHook',
        by_epoch=False,
        interval=count,
        backend_args=before.backend_args,
    )
    config.log_processor.by_epoch = False
