"""Batches in few pieces: the same content, also from another process."""

import pickle

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.structures import PoseDataSample

from bernoulli_mmpose.datasets import stacked_collate


def sample(index, size=(4, 6)):
    data = PoseDataSample(metainfo=dict(img_id=index))
    data.gt_fields = PixelData(heatmaps=torch.full((2, 3, 3), float(index)))
    data.gt_instance_labels = InstanceData(weights=torch.ones(1, 3) * index)
    data.gt_instances = InstanceData(angles=np.full((1, 3), index))
    return dict(
        inputs=torch.full((3, *size), index, dtype=torch.uint8), data_samples=data
    )


class Samples(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return sample(index)


def check(batch):
    assert batch['inputs'].shape == (4, 3, 4, 6)
    assert batch['inputs'].dtype == torch.uint8
    for index, data in enumerate(batch['data_samples']):
        assert isinstance(data, PoseDataSample)
        assert data.img_id == index
        assert (batch['inputs'][index] == index).all()
        assert (data.gt_fields.heatmaps == float(index)).all()
        assert (data.gt_instance_labels.weights == index).all()
        assert (data.gt_instances.angles == index).all()


def test_content_here_and_after_pickling():
    batch = stacked_collate([sample(index) for index in range(4)])
    check(batch)
    batch['data_samples'] = pickle.loads(pickle.dumps(batch['data_samples']))
    check(batch)
    batch['data_samples'][0].gt_fields.heatmaps += 1  # writable


def test_from_a_worker():
    loader = torch.utils.data.DataLoader(
        Samples(), batch_size=4, num_workers=1, collate_fn=stacked_collate
    )
    (batch,) = loader
    check(batch)


def test_inputs_of_two_sizes():
    with pytest.raises(
        ValueError, match=r'of one size, got \[\(3, 4, 6\), \(3, 5, 6\)'
    ):
        stacked_collate([sample(0), sample(1, size=(5, 6))])
