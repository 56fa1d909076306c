"""The data sets that a config's test set is made of."""

from __future__ import annotations

from typing import Any

from mmengine.config import Config
from mmpose.registry import DATASETS

from .head_pose_dataset import HeadPoseDataset
from .headless_dataset import HeadlessDataset


def build_test_parts(config: Config) -> list[HeadPoseDataset]:
    """The test set's data sets of heads, without their pipelines.

    Raises:
        ValueError: If there is none, or one is not a head-pose data set.
    """
    if config.get('test_dataloader') is None:
        raise ValueError(f'{config.filename}: expected a test_dataloader, found none')
    whole: dict[str, Any] = config.test_dataloader.dataset
    parts = []
    for part in whole.get('datasets', [whole]):
        dataset = DATASETS.build(dict(part, pipeline=[]))
        if isinstance(dataset, HeadlessDataset):
            continue
        if not isinstance(dataset, HeadPoseDataset):
            raise ValueError(
                'test_dataloader: expected data sets of head poses, got '
                f'{type(dataset).__name__}'
            )
        parts.append(dataset)
    return parts
