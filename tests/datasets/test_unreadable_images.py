"""An unreadable image: skipped and counted in training, an error in testing."""

import cv2
import pytest
from mmpose.registry import DATASETS
from torch.utils.data import DataLoader

LOAD = [dict(type='LoadImage')]


def build(root, **arguments):
    config = dict(type='BIWIDataset', data_root=str(root), split='train', pipeline=LOAD)
    return DATASETS.build({**config, **arguments})


@pytest.mark.parametrize('damage', ['truncated', 'missing'])
def test_training_takes_another_sample(biwi, logged, damage):
    dataset = build(biwi)
    path = biwi / '01' / 'frame_00003_rgb.png'
    path.write_bytes(b'no image') if damage == 'truncated' else path.unlink()
    assert dataset[0]['img_path'] != str(path)
    while dataset._unreadable.sum() < 9:
        assert dataset.prepare_data(0) is None
    warnings = [
        r.getMessage() for r in logged.records if 'unreadable' in r.getMessage()
    ]
    assert len(warnings) == 1
    assert str(path) in warnings[0]
    assert 'met so far: 1' in warnings[0]
    dataset.prepare_data(0)
    assert 'met so far: 10' in logged.records[-1].getMessage()


def test_workers_count_together(biwi):
    dataset = build(biwi)
    for folder in (1, 2):
        for frame in (3, 4):
            (biwi / f'{folder:02d}' / f'frame_{frame:05d}_rgb.png').write_bytes(b'')
    cv2.setNumThreads(0)  # as MMEngine does: its threads do not survive a fork
    loader = DataLoader(dataset, num_workers=2, collate_fn=len, batch_size=4)
    assert sum(loader) == len(dataset)
    assert dataset._unreadable.sum() >= 4


def test_testing_stops_and_names_the_file(biwi):
    dataset = build(biwi, split='test', test_mode=True)
    path = biwi / '03' / 'frame_00003_rgb.png'
    path.write_bytes(b'')
    with pytest.raises(OSError, match=r'03/frame_00003_rgb.png: expected an image'):
        dataset[0]


def test_other_errors_of_the_pipeline_are_not_hidden(biwi):
    dataset = build(
        biwi, pipeline=[*LOAD, dict(type='TopdownAffine', input_size=(64, 64))]
    )
    with pytest.raises(KeyError, match='bbox_scale'):
        dataset[0]


def test_subset_keeps_working(biwi):
    """MMEngine copies a data set to take a subset of it."""
    assert len(build(biwi).get_subset(3)) == 3
    assert len(build(biwi, indices=5)) == 5
