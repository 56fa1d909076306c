"""The data sets of a config's test."""

import pytest
from benchmarks.test_parts import build_test_set, head_parts
from mmengine.config import Config


def test_a_set_without_heads_is_no_part_with_heads():
    rooms = dict(type='HeadlessDataset', drawn=2, test_mode=True)
    dataset = build_test_set(Config(dict(val_dataloader=dict(dataset=rooms))), 'val')
    assert len(dataset) == 2
    assert head_parts(dataset) == []


@pytest.mark.parametrize('split', ['test', 'val'])
def test_a_config_without_it_is_named(split):
    with pytest.raises(ValueError, match=f'expected a {split}_dataloader, found none'):
        build_test_set(Config(dict(train_dataloader=dict())), split)
