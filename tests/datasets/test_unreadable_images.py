"""An unreadable image: skipped and counted in training, an error in testing."""

import json

import cv2
import numpy as np
import pytest
from mmpose.registry import DATASETS
from PIL import Image
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
        r.getMessage() for r in logged.records if 'Unreadable' in r.getMessage()
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


@pytest.fixture
def table(tmp_path):
    """Pictures of a table: one whole, one without its last bytes, one too large."""
    data = cv2.imencode('.jpg', np.full((40, 60, 3), 90, np.uint8))[1].tobytes()
    (tmp_path / 'whole.jpg').write_bytes(data)
    (tmp_path / 'cut.jpg').write_bytes(data[:-2])
    at = data.index(b'\xff\xc0') + 5
    (tmp_path / 'large.jpg').write_bytes(data[:at] + b'\x7f\xff' * 2 + data[at + 4 :])
    cv2.imwrite(str(tmp_path / 'long.png'), np.zeros((1, 40_000, 3), np.uint8))
    return tmp_path


def of_table(root, names, **arguments):
    rows = [f'{name},0,0,0' for name in names]
    (root / 'table.csv').write_text('\n'.join(['image,pitch,yaw,roll', *rows]))
    config = dict(type='HeadPoseTableDataset', data_root=str(root), pipeline=LOAD)
    return DATASETS.build({**config, 'ann_file': 'table.csv', **arguments})


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        ('cut.jpg', 'that is none (or is damaged)'),
        ('large.jpg', 'at most 250 megapixels, got one of 32767x32767 pixels'),
        ('long.png', 'sides of at most 32766 pixels, got 40000x1'),
    ],
)
def test_the_check_reads_as_the_pipeline_does(table, logged, name, text):
    dataset = of_table(table, ['whole.jpg', name])
    assert dataset.prepare_data(0)['img'].shape == (40, 60, 3)
    assert dataset.prepare_data(1) is None
    assert text in logged.records[-1].getMessage()
    with pytest.raises(OSError, match=name):
        of_table(table, [name], test_mode=True)[0]


def test_orientation_is_followed_in_training(tmp_path):
    """OpenCV does not turn a WebP."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (60, 40)).save(tmp_path / 'turned.webp', exif=exif)
    record = of_table(tmp_path, ['turned.webp'])[0]
    assert record['img'].shape == (60, 40, 3)
    assert record['bbox'].tolist() == [[0, 0, 40, 60]]


def test_coco_pictures_are_skipped_too(tmp_path, logged):
    (tmp_path / 'a.jpg').write_bytes(b'no image')
    head = dict(bbox=[5, 5, 20, 20], head_bbox=[5, 5, 20, 20], head_center=[15, 15])
    content = dict(
        images=[dict(id=1, file_name='a.jpg', width=60, height=40)],
        annotations=[dict(id=1, image_id=1, category_id=1, **head)],
        categories=[dict(id=1, name='person')],
    )
    (tmp_path / 'heads.json').write_text(json.dumps(content))
    config = dict(type='CocoHeadsDataset', data_root=str(tmp_path), pipeline=LOAD)
    dataset = DATASETS.build(dict(config, ann_file='heads.json'))
    assert dataset.prepare_data(0) is None
    assert 'a.jpg: expected an image' in logged.records[-1].getMessage()


def test_a_pipeline_without_loading_reads_no_picture(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'no image')
    assert 'img' not in of_table(tmp_path, ['a.png'], pipeline=[])[0]
