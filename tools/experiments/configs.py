"""The config of a run, put together of ``configs/_base_`` and the table of runs."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from .plan import Entry, Plan, Run

BASES = Path(__file__).resolve().parents[2] / 'configs' / '_base_'
_LEAF = """\
_base_ = {bases!r}
model = dict(
    backbone=dict(arch={arch!r}),
    head=dict(in_channels={channels!r}, decoder=_base_.codec, **{head!r}))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
"""
_AFLW = dict(type='AFLW2000Dataset', test_mode=True, pipeline=[dict(type='LoadImage')])


def compose(plan: Plan, run: Run, iterations: int | None = None) -> Config:
    """The whole config of a run.

    Args:
        plan: Where the run is from.
        run: The run.
        iterations: Batches of the training; None for the suite's.

    Raises:
        FileNotFoundError: If a base config is missing.
    """
    data, variant = plan.data[run.data], plan.variants.get(run.variant, {})
    iterations = iterations or plan.budget.get('iterations')
    config = _read_bases(plan, run, own_schedule=iterations is None)
    config.merge_from_dict(dict(_data_options(data)))
    _merge(config, dict(codec=plan.methods[run.method].get('codec', {})))
    _merge(config, variant)
    pipeline = config.train_dataloader.dataset.pipeline
    place = [step['type'] for step in pipeline].index('GenerateTarget')
    pipeline[place:place] = [dict(step) for step in variant.get('steps', ())]
    if 'train_sets' in data:
        sets = config.train_dataloader.dataset.datasets
        config.train_dataloader.dataset.datasets = [sets[i] for i in data['train_sets']]
    if data.get('more_tests'):
        root = Path(os.environ.get('BERNOULLI_DATA_ROOT', 'data'), 'aflw2000')
        further = dict(_AFLW, data_root=str(root))
        config.test_dataloader.dataset.datasets.append(further)
    if plan.budget.get('autocast'):
        autocast = dict(autocast=plan.budget['autocast'])
        config.merge_from_dict({'model.train_cfg': autocast})
    if iterations:
        _set_iterations(config, iterations)
    if 'shares' in data:
        config.train_dataloader.sampler = dict(
            type='SourceRatioSampler',
            batch_size=config.train_dataloader.batch_size,
            source_ratio=data['shares'],
        )
    config.randomness = dict(seed=run.seed)
    config.experiment_name = run.name
    return config


def compose_test(config: Config, test: Entry, seed: int) -> Config:
    """The config of a further test of a run's weights.

    Args:
        config: Of the run.
        test: What it changes: of the codec, or a step before or after the crop is cut.
        seed: Of the step.
    """
    changed = Config(config.to_dict())
    _merge(changed, test)
    if 'step' in test:
        pipeline = changed.test_dataloader.dataset.pipeline
        cut = [step['type'] for step in pipeline].index('TopdownAffine')
        after = test['step']['type'] != 'HeadTranslation'
        pipeline.insert(cut + after, dict(test['step'], seed=seed))
    return changed


def data_folders(config: Config) -> set[Path]:
    """Folders of the training and test sets of a config."""
    loaders = config.train_dataloader, config.test_dataloader
    wholes = [loader.dataset for loader in loaders]
    sets = [one for whole in wholes for one in whole.get('datasets', [whole])]
    return {Path(one['data_root']) for one in sets}


def _read_bases(plan: Plan, run: Run, own_schedule: bool) -> Config:
    """The config of a leaf file that names a run's bases."""
    data, method = plan.data[run.data], plan.methods[run.method]
    schedule = method.get('schedule') if own_schedule else None
    parts = (
        f'models/{method["model"]}',
        f'inputs/{data.get("input", "64x64")}',
        f'datasets/{data.get("dataset", plan.budget["dataset"])}',
        f'schedules/{schedule or "cosine_60e"}',
        'default_runtime',
    )
    widths = tuple(plan.budget['width'] * 2**level for level in range(4))
    channels = dict(finest=widths[0], all=widths, joined=sum(widths))
    leaf = _LEAF.format(
        bases=[str(BASES / f'{part}.py') for part in parts],
        arch=plan.budget['arch'],
        channels=channels[method['reads']],
        head=method.get('head', {}),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'leaf.py'
        path.write_text(leaf, encoding='utf-8')
        return Config.fromfile(path)


def _data_options(data: Entry) -> Iterator[tuple[str, Any]]:
    for loader, part in (('train', 'train'), ('val', 'test'), ('test', 'test')):
        for key, value in data.get(part, {}).items():
            yield f'{loader}_dataloader.dataset.{key}', value


def _merge(config: Config, changes: Entry) -> None:
    """Change options, and the codec in the head and where targets are made."""
    # Merging takes the marks of what is replaced out of its argument.
    config.merge_from_dict(copy.deepcopy(changes.get('options', {})))
    pipeline = config.train_dataloader.dataset.pipeline
    steps = [step for step in pipeline if step['type'] == 'GenerateTarget']
    for codec in [config.model.head.decoder, *(step['encoder'] for step in steps)]:
        codec.update(changes.get('codec', {}))


def _set_iterations(config: Config, count: int) -> None:
    """Train for a number of batches by a cosine; no validation meanwhile."""
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
