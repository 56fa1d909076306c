"""The data sets that a config's test set is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.config import Config
from mmpose.registry import DATASETS

from bernoulli_mmpose.datasets.head_pose_dataset import HeadPoseDataset
from bernoulli_mmpose.datasets.headless_dataset import HeadlessDataset


def build_test_set(
    config: Config, split: str = 'test', pipeline: Sequence[dict] = ()
) -> Any:
    """The data set of a config's test, or of its validation.

    Args:
        config: With ``test_dataloader`` or ``val_dataloader``.
        split: ``'test'`` or ``'val'``.
        pipeline: In the place of its own; parts of it keep theirs.

    Raises:
        ValueError: If there is none.
    """
    dataset = loader_config(config, split).dataset
    return DATASETS.build(dict(dataset, pipeline=[*pipeline]))


def loader_config(config: Config, split: str) -> Config:
    """The config of a split's data loader.

    Raises:
        ValueError: If there is none.
    """
    name = f'{split}_dataloader'
    if config.get(name) is None:
        raise ValueError(f'{config.filename}: expected a {name}, found none')
    return config[name]


def head_parts(dataset: Any) -> list[HeadPoseDataset]:
    """The data sets with heads that one of :func:`build_test_set` is made of.

    Raises:
        ValueError: If a part is neither one of head poses nor one without heads.
    """
    parts = getattr(dataset, 'datasets', [dataset])
    for part in parts:
        if not isinstance(part, HeadPoseDataset | HeadlessDataset):
            raise ValueError(
                f'expected data sets of head poses, got {type(part).__name__}'
            )
    return [part for part in parts if isinstance(part, HeadPoseDataset)]
