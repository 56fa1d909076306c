"""Scenes of many heads: labels follow what is pasted, seeds, bad input."""

import csv

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from bernoulli_headpose import rotation
from bernoulli_mmpose.datasets import head_scene_dataset
from bernoulli_mmpose.datasets.head_scene import (
    PhotographedHead,
    Place,
    background_beside,
    draw_places,
    labels_of,
    paste,
)

init_default_scope('mmpose')


def spot(center, sigma=5.0, size=(180, 150)):
    """A picture that is bright around one place."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    bright = np.exp(-((x - center[0]) ** 2 + (y - center[1]) ** 2) / (2 * sigma**2))
    return np.repeat((250 * bright).astype(np.uint8)[..., None], 3, axis=2)


def middle(image):
    weight = image[..., 0].astype(float)
    weight[weight < 60] = 0
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


def photographed(image, center, size=50.0, angles=(0.0, 0.0, 0.0)):
    return PhotographedHead(
        image,
        np.array(center),
        size,
        rotation.euler_to_matrix(angles),
        np.array(angles),
        np.ones(3),
    )


@pytest.mark.parametrize('turn', [0.0, 25.0, -40.0])
@pytest.mark.parametrize(
    ('center', 'size'), [((50.3, 60.7), 40.0), ((100.2, 80.9), 90.0)]
)
def test_a_pasted_head_is_where_its_label_says(turn, center, size):
    head = photographed(spot((95.4, 70.2)), (95.4, 70.2))
    canvas = np.zeros((160, 170, 3), np.uint8)
    paste(canvas, head, Place(np.array(center), size), turn, np.random.default_rng(0))
    np.testing.assert_allclose(middle(canvas), center, atol=0.15)


def test_a_head_may_come_with_its_body():
    image = np.full((180, 150, 3), 200, np.uint8)
    head = photographed(image, (75.0, 50.0), size=30.0)
    seen = []
    for with_body in (False, True):
        canvas = np.zeros((180, 150, 3), np.uint8)
        place = Place(np.array([75.0, 50.0]), 30.0)
        paste(canvas, head, place, 0.0, np.random.default_rng(0), with_body)
        assert canvas[50, 75, 0] == 200
        assert not canvas[10:15].any()  # nothing above the head
        seen.append(canvas[95:110, 75, 0].mean())
    assert seen[0] == 0
    assert seen[1] > 190


def test_a_turned_head_is_turned_as_its_label():
    """A mark above the head's centre (its y axis) moves as the labelled y axis."""
    center = np.array([90.0, 75.0])
    head = photographed(spot(center + [0, -18], sigma=3), center, size=60.0)
    canvas = np.zeros((160, 160, 3), np.uint8)
    place = Place(np.array([80.0, 80.0]), 60.0)
    paste(canvas, head, place, 30.0, np.random.default_rng(0))
    up = middle(canvas) - place.center
    matrix = labels_of([head], [place], [30.0])['head_rotation'][0]
    expected = matrix[:2, 1] * [1, -1]  # the image's y points down
    np.testing.assert_allclose(up / np.linalg.norm(up), expected, atol=0.02)


def test_places_do_not_hide_each_other_and_lie_inside():
    rng = np.random.default_rng(0)
    for _ in range(20):
        places = draw_places(rng, (256, 192), 16, (20, 100))
        for i, first in enumerate(places):
            assert (first.center > 0.3 * first.size).all()
            assert (first.center < np.array([256, 192]) - 0.3 * first.size).all()
            for second in places[:i]:
                apart = np.abs(first.center - second.center).max()
                assert apart >= 0.65 * (first.size + second.size) - 1e-6


@pytest.mark.parametrize(('count', 'least'), [(1, 1), (4, 4), (8, 7.8), (16, 15)])
def test_as_many_heads_are_placed_as_were_asked_for(count, least):
    rng = np.random.default_rng(0)
    scenes = [draw_places(rng, (256, 256), count, (28, 112)) for _ in range(30)]
    assert np.mean([len(places) for places in scenes]) >= least
    sizes = [place.size for places in scenes for place in places]
    assert min(sizes) >= 28
    assert max(sizes) <= 112
    assert (max(sizes) > 90) == (count <= 4)  # crowds are of small heads


def test_a_background_does_not_show_the_head():
    image = np.random.default_rng(0).integers(0, 90, (120, 200, 3)).astype(np.uint8)
    image[30:90, 10:70] = 255
    head = photographed(image, (40.0, 60.0), size=60.0)
    background = background_beside(head, (64, 48), np.random.default_rng(1))
    assert background.shape == (48, 64, 3)
    assert background.max() < 100
    blank = photographed(np.zeros((120, 200, 3), np.uint8), (40.0, 60.0), size=60.0)
    assert background_beside(blank, (64, 48), np.random.default_rng(1)) is None


@pytest.fixture
def faces(tmp_path):
    """A folder of ten 'heads', the position of each known, and its data set."""
    rng = np.random.default_rng(0)
    with (tmp_path / 'annotations.csv').open('w') as file:
        rows = csv.writer(file)
        rows.writerow(['image', 'x', 'y', 'w', 'h', 'pitch', 'yaw', 'roll'])
        for i in range(10):
            image = rng.integers(0, 255, (100, 120, 3)).astype(np.uint8)
            cv2.imwrite(str(tmp_path / f'{i}.png'), image)
            roll = '' if i == 0 else i
            rows.writerow([f'{i}.png', 30, 20, 40, 40, i, -2 * i, roll])
    return dict(
        type='HeadPoseTableDataset',
        data_root=str(tmp_path),
        ann_file='annotations.csv',
        margin=0.4,
        pipeline=[dict(type='LoadImage')],
    )


def build(faces, **changes):
    config = dict(
        type='HeadSceneDataset',
        datasets=[faces],
        length=30,
        scene_size=(128, 96),
        heads=(1, 5),
        head_sizes=(16, 48),
    )
    return DATASETS.build({**config, **changes})


@pytest.mark.parametrize('mosaic_share', [0, 1])
def test_records_have_all_fields_in_one_order(faces, mosaic_share):
    scenes = build(faces, test_mode=True, mosaic_share=mosaic_share)
    assert len(scenes) == 30
    for i in range(30):
        record = scenes[i]
        count = len(record['keypoints'])
        assert 1 <= count <= 5
        assert record['img'].shape == (96, 128, 3)
        assert record['keypoints'].shape == (count, 1, 2)
        assert record['head_rotation'].shape == (count, 3, 3)
        sides = record['bbox'][:, 2:] - record['bbox'][:, :2]
        assert ((sides > 15.9) & (sides < 48.1)).all()
        middles = (record['bbox'][:, :2] + record['bbox'][:, 2:]) / 2
        np.testing.assert_allclose(record['keypoints'][:, 0], middles, atol=1e-3)


@pytest.mark.parametrize('head_sizes', [(28, 112), (16, 24)])
def test_heads_of_mosaics_are_as_large_as_asked_for(faces, head_sizes):
    changes = dict(heads=(1, 16), scene_size=(256, 256), head_sizes=head_sizes)
    scenes = build(faces, test_mode=True, mosaic_share=1, **changes)
    boxes = np.concatenate([scenes[i]['bbox'] for i in range(15)])
    sides = boxes[:, 2] - boxes[:, 0]
    assert sides.min() > 0.99 * head_sizes[0]
    assert sides.max() < 1.01 * head_sizes[1]


def test_a_head_of_a_mosaic_is_where_its_label_says(faces, tmp_path):
    for i in range(10):
        cv2.imwrite(str(tmp_path / f'{i}.png'), spot((50, 40), size=(120, 100)))
    changes = dict(test_mode=True, mosaic_share=1, scene_size=(128, 96))
    scenes = build(faces, heads=(1, 1), head_sizes=(30, 60), **changes)
    away = []
    for i in range(20):
        x, y = scenes[i]['keypoints'][0, 0]
        left, top = int(x) - 10, int(y) - 10
        part = scenes[i]['img'][max(top, 0) : top + 21, max(left, 0) : left + 21]
        away.append(middle(part) + [max(left, 0), max(top, 0)] - [x, y])
    np.testing.assert_allclose(np.mean(away, axis=0), 0, atol=0.05)
    np.testing.assert_allclose(away, 0, atol=0.3)


@pytest.mark.parametrize('mosaic_share', [0, 0.5, 1])
def test_scenes_of_a_test_come_again_and_those_of_training_do_not(faces, mosaic_share):
    changes = dict(test_mode=True, mosaic_share=mosaic_share)
    first, second = build(faces, **changes), build(faces, **changes)
    second[3]
    np.testing.assert_array_equal(first[7]['img'], second[7]['img'])
    other = build(faces, test_mode=True, seed=1)
    assert (first[7]['img'] != other[7]['img']).any()
    training = build(faces)
    np.random.seed(0)
    assert (training[7]['img'] != training[7]['img']).any()


def test_training_meets_empty_scenes(faces):
    np.random.seed(0)
    training = build(faces)
    counts = [len(training[i % 30]['keypoints']) for i in range(150)]
    assert 1 <= counts.count(0) <= 20
    training = build(faces, blank_share=1)
    assert not any(len(training[i]['keypoints']) for i in range(10))


def test_backgrounds_are_drawn_in_their_share(faces, monkeypatch):
    drawn = np.full((96, 128, 3), 7, np.uint8)
    monkeypatch.setattr(head_scene_dataset, 'random_background', lambda *_, **__: drawn)
    scenes = build(faces, test_mode=True, length=60, heads=(0, 0), drawn_share=0.4)
    assert 12 <= sum((scenes[i]['img'] == 7).all() for i in range(60)) <= 36


def test_things_are_drawn_behind_heads(faces):
    changes = dict(test_mode=True, heads=(0, 0), drawn_share=1)
    plain, busy = build(faces, **changes), build(faces, things_share=1, **changes)
    edges = [
        np.mean([cv2.Canny(scenes[i]['img'], 100, 200).mean() for i in range(20)])
        for scenes in (plain, busy)
    ]
    assert edges[1] > 1.2 * edges[0]


def test_a_head_without_roll_is_never_turned(faces):
    scenes = build(faces, test_mode=True, length=60)
    for i in range(60):
        record = scenes[i]
        partly = record['head_angles_valid'][:, 2] == 0
        # The one without roll has pitch 0 and yaw 0: a turn would give it a roll.
        np.testing.assert_allclose(record['head_angles'][partly], 0, atol=1e-5)


def test_backgrounds_of_a_folder(faces, tmp_path):
    folder = tmp_path / 'rooms'
    folder.mkdir()
    cv2.imwrite(str(folder / 'room.png'), np.full((50, 300, 3), 77, np.uint8))
    scenes = build(faces, test_mode=True, backgrounds=str(folder))
    assert (scenes[0]['img'] == 77).mean() > 0.1
    (folder / 'room.png').unlink()
    with pytest.raises(FileNotFoundError, match='backgrounds'):
        build(faces, backgrounds=str(folder))


def test_the_pipeline_gives_targets(faces):
    codec = dict(
        type='MultiBernoulliHeatmap', input_size=(128, 96), heatmap_size=(32, 24)
    )
    pipeline = [
        dict(type='RandomFlip', direction='horizontal', prob=1.0),
        dict(type='TransformHeadRotation'),
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseInputs'),
    ]
    plain = build(faces, test_mode=True)[5]
    packed = build(faces, test_mode=True, pipeline=pipeline)[5]
    sample = packed['data_samples']
    fields, truth = sample.gt_fields, sample.gt_instances
    assert fields.heatmaps.shape == (1, 24, 32)
    assert fields.angle_heatmaps.shape == (4, 24, 32)
    np.testing.assert_allclose(
        truth.head_angles, plain['head_angles'] * [1, -1, -1], atol=1e-3
    )
    x = plain['keypoints'][0, 0, 0]
    assert truth.keypoints[0, 0, 0] == pytest.approx(128 - 1 - x, abs=1e-3)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(length=0), 'length'),
        (dict(heads=(3, 2)), 'heads'),
        (dict(head_sizes=(50, 20)), 'head_sizes'),
        (dict(head_sizes=(50, 200)), 'head_sizes'),
        (dict(source_ratio=[1, 1]), 'source_ratio'),
        (dict(mosaic_share=1.5), 'mosaic_share: expected 0 to 1, got 1.5'),
        (dict(drawn_share=-0.1), 'drawn_share: expected 0 to 1, got -0.1'),
    ],
)
def test_wrong_arguments_are_named(faces, changes, message):
    with pytest.raises(ValueError, match=message):
        build(faces, **changes)


def test_data_sets_that_load_no_pictures_are_told(faces):
    with pytest.raises(ValueError, match='a pipeline with LoadImage.*no img'):
        build({**faces, 'pipeline': []})[0]


def test_whole_images_are_refused(faces):
    with pytest.raises(ValueError, match="region='head'"):
        build({**faces, 'region': 'image'})
