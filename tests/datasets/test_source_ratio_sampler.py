"""Batches of given shares, and shares that would never end."""

from collections import Counter
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmpose.registry import DATA_SAMPLERS, DATASETS

CONFIGS = Path(__file__).parents[2] / 'configs'


class Numbers(BaseDataset):
    """As many records as asked for, in the place of a data set of poses."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(test_mode=True, serialize_data=False)

    def load_data_list(self):
        return [dict(number=i) for i in range(self.count)]


def build(counts=(7, 5, 90), **options):
    dataset = DATASETS.build(
        dict(type='CombinedHeadPoseDataset', datasets=[], lazy_init=True)
    )
    dataset.datasets = [Numbers(count) for count in counts]
    dataset._lens = list(counts)
    dataset._len = sum(counts)
    config = dict(type='SourceRatioSampler', batch_size=10, seed=0)
    options = {'source_ratio': [0.5, 0.2, 0.3], **options}
    return DATA_SAMPLERS.build(
        {**config, **options}, default_args=dict(dataset=dataset)
    )


@pytest.mark.parametrize(
    ('ratio', 'expected'),
    [
        ([0.5, 0.2, 0.3], (5, 2, 3)),
        ([5, 2, 3], (5, 2, 3)),
        ([0.05, 0.55, 0.4], (1, 5, 4)),
    ],
)
def test_every_batch_holds_the_shares(ratio, expected):
    indices = list(build(source_ratio=ratio))
    assert len(indices) >= 102
    sets = [sum(i >= start for start in (7, 12)) for i in indices]
    for start in range(0, len(sets), 10):
        assert Counter(sets[start : start + 10]) == dict(enumerate(expected))


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (
            dict(source_ratio=[0.5, 0.05, 0.45]),
            r'a batch of 10, got none of data set 1 \(Numbers\) by \[0.5, 0.05',
        ),
        (dict(source_ratio=[0.5, 0, 0.5]), 'positive share for each of 3.*0.5, 0, 0.5'),
        (dict(source_ratio=[0.5, -1, 1.5]), 'positive share for each of 3'),
        (dict(source_ratio=[0.5, float('nan'), 0.5]), 'positive share for each of 3'),
        (dict(source_ratio=[0.5, '1', 0.5]), 'positive share for each of 3'),
        (dict(source_ratio=[0.5, 0.5]), r'each of 3 data sets.*got \[0.5, 0.5\]'),
        (dict(source_ratio=0.5), 'each of 3 data sets.*got 0.5'),
        (dict(batch_size=0), 'batch_size: expected 1 or more, got 0'),
        (dict(batch_size=2), 'a batch of 2, got none of data set'),
        (dict(counts=(7, 0, 3)), r'data set 1 \(Numbers\): expected samples, got an'),
    ],
)
def test_shares_that_would_never_end(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


def test_one_data_set_has_no_shares():
    config = dict(type='SourceRatioSampler', batch_size=2, source_ratio=[1])
    with pytest.raises(ValueError, match='expected a CombinedDataset.* got Numbers'):
        DATA_SAMPLERS.build(config, default_args=dict(dataset=Numbers(3)))


def test_batches_of_the_configs_are_those_of_their_loaders():
    found = 0
    for path in CONFIGS.rglob('*.py'):
        if '_base_' in path.parts:
            continue
        loader = Config.fromfile(path).train_dataloader
        if loader.sampler.type == 'SourceRatioSampler':
            assert loader.sampler.batch_size == loader.batch_size, path
            found += 1
    assert found >= 5
