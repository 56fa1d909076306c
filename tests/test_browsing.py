"""Pictures of samples: what is drawn where, and the config that makes them."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.structures import PoseDataSample

from bernoulli_headpose import rotation
from bernoulli_mmpose import browsing

TILE, GAP = 240, 4
RED, BLUE = 2, 0


@pytest.fixture
def record(tmp_path):
    path = tmp_path / 'head.png'
    cv2.imwrite(str(path), np.full((120, 240, 3), 60, dtype=np.uint8))
    angles = np.array([[0, 0, 0]], dtype=np.float32)
    return {
        'img_path': str(path),
        'subject': 'F01',
        'bbox': np.array([[80, 20, 160, 100]], dtype=np.float32),
        'keypoints': np.array([[[120, 60]]], dtype=np.float32),
        'head_rotation': rotation.euler_to_matrix(angles),
        'head_angles': angles,
        'head_angles_valid': np.ones((1, 3), dtype=np.float32),
    }


def pack(record, maps=True):
    sample = PoseDataSample()
    names = ('head_rotation', 'head_angles', 'head_angles_valid')
    sample.gt_instances = InstanceData(**{name: record[name] for name in names})
    sample.gt_instances.transformed_keypoints = np.array([[[32.0, 32.0]]])
    if maps:
        heatmap = torch.zeros(1, 16, 16)
        heatmap[0, 8, 8] = 1
        values = torch.zeros(3, 16, 16)
        values[1, 8:] = -0.4
        sample.gt_fields = PixelData(heatmaps=heatmap, angle_heatmaps=values)
    inputs = torch.full((3, 64, 64), 60, dtype=torch.uint8)
    return {'inputs': inputs, 'data_samples': sample}


def tile(picture, index):
    return picture[:, index * (TILE + GAP) : index * (TILE + GAP) + TILE]


def test_row_of_image_input_and_maps(record):
    picture = browsing.draw_sample(record, pack(record))
    assert picture.shape == (TILE, 6 * TILE + 5 * GAP, 3)
    # The image of 240 x 120 lies in the middle of its square at scale 1.
    image = tile(picture, 0)
    assert image[120, 135].argmax() == RED  # x axis, to the right of (120, 120)
    np.testing.assert_array_equal(image[140, 105], [60, 60, 60])
    assert image[120, 80].max() > 200  # the box's left side
    assert tile(picture, 1)[120, 160].argmax() == RED
    centre, yaw = tile(picture, 2), tile(picture, 4)
    assert centre[127, 127].argmax() == RED
    assert yaw[200, 120].argmax() == BLUE  # a negative value
    np.testing.assert_array_equal(yaw[60, 120], [60, 60, 60])


def test_pipeline_without_targets_gives_two_pictures(record):
    picture = browsing.draw_sample(record, pack(record, maps=False))
    assert picture.shape == (TILE, 2 * TILE + GAP, 3)


def test_head_without_labels_has_no_axes(record):
    record['head_angles_valid'][:] = 0
    picture = browsing.draw_sample(record, pack(record, maps=False))
    np.testing.assert_array_equal(tile(picture, 1)[120, 160], [60, 60, 60])


def test_missing_image_is_named(record):
    packed = pack(record)
    record['img_path'] = 'nowhere/head.png'
    with pytest.raises(FileNotFoundError, match='nowhere/head.png: expected an image'):
        browsing.draw_sample(record, packed)


def test_a_composed_scene_shows_its_own_image_and_all_heads(record):
    packed = pack(record)
    scene = dict(record, img=np.full((240, 240, 3), 90, np.uint8), img_path='scene-1')
    scene['bbox'] = np.array([[10, 10, 90, 90], [120, 120, 220, 220]], np.float32)
    scene['keypoints'] = np.array([[[50, 50]], [[170, 170]]], np.float32)
    scene['head_rotation'] = np.repeat(record['head_rotation'], 2, axis=0)
    scene['head_angles_valid'] = np.array([[1, 1, 1], [0, 0, 0]], np.float32)
    image = tile(browsing.draw_sample(scene, packed), 0)
    assert image[50, 60].argmax() == RED  # the axes of the first
    assert image[50, 10].max() > 200
    assert image[170, 120].max() > 200  # the boxes of both
    np.testing.assert_array_equal(image[170, 180], [90, 90, 90])  # no axes


def test_config_keeps_transformed_keypoints_at_every_depth():
    pipeline = [{'type': 'LoadImage'}, {'type': 'mmpose.PackPoseInputs'}]
    inner = {'type': 'A', 'pipeline': pipeline}
    config = {
        'type': 'RepeatDataset',
        'dataset': {'type': 'C', 'datasets': [inner], 'pipeline': []},
    }
    kept = browsing.keep_transformed_keypoints(config)
    steps = kept['dataset']['datasets'][0]['pipeline']
    assert steps[1] == {'type': 'mmpose.PackPoseInputs', 'pack_transformed': True}
    assert pipeline[1] == {'type': 'mmpose.PackPoseInputs'}
