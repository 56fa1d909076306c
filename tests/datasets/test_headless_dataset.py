"""Crops without a head: clear of heads, seeds, what is taught, bad input."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmpose.registry import DATASETS

from bernoulli_mmpose.browsing import draw_sample, files_of

ROWS = [f'{i}.png,{20 + 10 * i},30,30,40' for i in range(10)] + ['0.png,150,100,20,20']


@pytest.fixture
def crowd(tmp_path):
    """Ten pictures, green but for the heads of a table, which are red."""
    images = {f'{i}.png': np.zeros((160, 240, 3), np.uint8) for i in range(10)}
    for row in ROWS:
        name, *box = row.split(',')
        x, y, w, h = map(int, box)
        images[name][y : y + h, x : x + w, 2] = 255
    for name, image in images.items():
        cv2.imwrite(str(tmp_path / name), image)
    (tmp_path / 'heads.csv').write_text('\n'.join(['image,x,y,w,h', *ROWS]))
    return str(tmp_path)


def build(root=None, **changes):
    load = [dict(type='LoadImage')]
    return DATASETS.build(
        dict(type='HeadlessDataset', data_root=root, pipeline=load, **changes)
    )


def boxes(dataset):
    return np.array([dataset.get_data_info(i)['bbox'][0] for i in range(len(dataset))])


def paths(dataset):
    return {dataset.get_data_info(i)['img_path'] for i in range(len(dataset))}


def test_crops_are_clear_of_heads_however_they_are_moved(crowd):
    dataset = build(crowd, ann_file='heads.csv', crops=6, least_size=24)
    assert len(dataset) > 50
    for record in dataset:
        box = record['bbox'][0]
        side = box[2] - box[0]
        assert side >= 23.9
        low = np.maximum(box[:2] - side / 2, 0).astype(int)
        high = np.maximum(box[2:] + side / 2, 0).astype(int)
        around = record['img'][low[1] : high[1], low[0] : high[0]]
        assert not around[..., 2].any()


def test_sizes_are_many_and_the_seed_tells_them():
    first, same, other = (build(drawn=40, seed=seed) for seed in (0, 0, 1))
    sides = np.ptp(boxes(first)[:, ::2], axis=1)
    assert sides.min() < 60
    assert sides.max() > 140
    np.testing.assert_array_equal(boxes(first), boxes(same))
    np.testing.assert_array_equal(first[3]['img'], same[3]['img'])
    assert (boxes(first) != boxes(other)).any()
    assert (first[3]['img'] != other[3]['img']).any()
    assert (first[3]['img'] != build(drawn=40, split='test')[3]['img']).any()


def test_a_folder_may_be_called_as_drawn_pictures_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path('drawn-rooms').mkdir()
    cv2.imwrite('drawn-rooms/a.png', np.full((160, 200, 3), 7, np.uint8))
    assert (build('drawn-rooms')[0]['img'] == 7).all()


def test_training_and_test_have_pictures_of_their_own(crowd):
    train, test, both = (build(crowd, split=s) for s in ('train', 'test', None))
    assert len(paths(test)) == 2
    assert paths(train) | paths(test) == paths(both)
    assert not paths(train) & paths(test)


def test_a_record_knows_that_there_is_no_head(crowd):
    record = build(crowd, dataset_name='rooms').get_data_info(0)
    np.testing.assert_array_equal(record['head_absent'], [1])
    assert not record['keypoints_visible'].any()
    assert not record['head_angles_valid'].any()
    assert record['dataset_name'] == 'rooms'


@pytest.mark.parametrize('inputs', ['64x64', '64x64_rotation', 'body_128x96'])
def test_the_head_configs_pipelines_teach_background(project_root, inputs):
    path = project_root / 'configs' / '_base_' / 'inputs' / f'{inputs}.py'
    steps = list(Config.fromfile(path).train_pipeline)
    if inputs.startswith('body'):
        convert = dict(type='KeypointConverter', num_keypoints=18, mapping=[(0, 17)])
        steps[2:2] = [convert]
    dataset = build(drawn=3)
    pipeline = Compose(steps)
    for index in range(3):
        sample = pipeline(dataset.get_data_info(index))['data_samples']
        labels, fields = sample.gt_instance_labels, sample.gt_fields
        assert labels.keypoint_weights[0, -1] == 1
        assert not labels.keypoint_weights[0, :-1].any()
        assert not labels.angle_weights.any()
        assert labels.background_weights.all()
        assert not fields.heatmaps[-1].any()
        assert not fields.angle_heatmaps.any()
        assert not fields.angle_mask.any()


def test_samples_can_be_looked_at(project_root):
    path = project_root / 'configs' / '_base_' / 'inputs' / '64x64.py'
    steps = Config.fromfile(path).train_pipeline
    steps[-1].pack_transformed = True
    dataset = build(drawn=1)
    assert files_of(dataset) == set()
    packed = Compose(steps)(dataset.get_data_info(0))
    picture = draw_sample(dataset.get_data_info(0), packed)
    assert picture.shape == (240, 6 * 240 + 5 * 4, 3)


def test_an_unreadable_picture_is_left_out_in_training(tmp_path):
    (tmp_path / 'a.png').write_bytes(b'none')
    assert build(str(tmp_path), crops=1).prepare_data(0) is None
    with pytest.raises(OSError, match=r'a\.png'):
        build(str(tmp_path), crops=1, test_mode=True).prepare_data(0)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(crops=0), 'crops >= 1'),
        (dict(least_size=1), 'least_size of 4'),
        (dict(least_size=float('nan')), 'least_size of 4 .* nan'),
        (dict(least_size=float('inf')), 'least_size of 4 .* inf'),
        (dict(crops=2.5), 'whole numbers crops >= 1'),
        (dict(drawn=2.5), 'whole numbers .* drawn >= 0'),
        (dict(split='val'), "split: expected 'train', 'test' or None, got 'val'"),
        (dict(root=None), 'expected data_root or drawn pictures, got neither'),
        (dict(root=None, drawn=1, ann_file='a.csv'), "got ann_file='a.csv' alone"),
        (dict(ann_file='heads.csv', least_size=150), 'expected room for crops of 150'),
    ],
)
def test_bad_arguments_are_named(crowd, changes, message):
    with pytest.raises(ValueError, match=message):
        build(**{'root': crowd, **changes})


@pytest.mark.parametrize(
    ('row', 'error', 'message'),
    [
        ('0.png,1,2,3', ValueError, r"row 3: expected a cell .*, got no \['h'\]"),
        ('0.png,1,2,3,', ValueError, r"row 3: expected a cell .*, got no \['h'\]"),
        ('0.png,1,2,3,4,5', ValueError, 'row 3: expected a cell .*, got more'),
        ('0.png,1,2,3,north', ValueError, "row 3, column 'h': expected a number, got"),
        ('0.png,1,2,3,0', ValueError, 'row 3: expected a head box of positive size'),
        ('none.png,1,2,3,4', FileNotFoundError, 'none.png'),
    ],
)
def test_bad_rows_are_named(crowd, row, error, message):
    text = f'image,x,y,w,h\n{ROWS[0]}\n{row}\n'
    (Path(crowd) / 'heads.csv').write_text(text)
    with pytest.raises(error, match=message):
        build(crowd, ann_file='heads.csv')


def test_missing_tables_and_pictures_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='expected pictures in'):
        build(str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r'found no .*heads\.csv'):
        build(str(tmp_path), ann_file='heads.csv')
