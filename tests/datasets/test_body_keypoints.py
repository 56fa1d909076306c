"""Keypoints of the body sets: MMPose's own, and the head centre as the last."""

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

from bernoulli_mmpose.datasets import body_keypoints

SETS = [
    ('CocoHeadPoseDataset', 'CocoDataset', 17),
    ('CocoWholeBodyHeadPoseDataset', 'CocoWholeBodyDataset', 133),
]


@pytest.mark.filterwarnings('ignore:The metainfo config file')
@pytest.mark.parametrize(('name', 'original', 'count'), SETS)
def test_body_part_is_mmposes(name, original, count):
    own = parse_pose_metainfo(DATASETS.get(name).METAINFO)
    theirs = parse_pose_metainfo(DATASETS.get(original).METAINFO)
    assert theirs['num_keypoints'] == count
    assert own['num_keypoints'] == count + 1
    ids = own['keypoint_id2name']
    assert ids == {**theirs['keypoint_id2name'], count: 'head_center'}
    for key in ('lower_body_ids', 'flip_pairs', 'skeleton_links'):
        assert own[key] == theirs[key]
    for key in ('flip_indices', 'upper_body_ids'):
        assert own[key] == [*theirs[key], count]
    for key in ('sigmas', 'dataset_keypoint_weights', 'keypoint_colors'):
        np.testing.assert_array_equal(own[key][:-1], theirs[key])
    colors = 'skeleton_link_colors'
    np.testing.assert_array_equal(own[colors], theirs[colors])


def test_another_file_of_that_name_is_not_read(tmp_path, monkeypatch):
    folder = tmp_path / 'configs' / '_base_' / 'datasets'
    folder.mkdir(parents=True)
    (folder / 'coco.py').write_text('dataset_info = dict(keypoint_info={})')
    monkeypatch.chdir(tmp_path)
    assert len(DATASETS.get('CocoHeadPoseDataset').METAINFO['keypoint_info']) == 18


def test_a_clone_of_mmpose_serves_too(tmp_path, monkeypatch):
    source = body_keypoints.find_metainfo('coco')
    clone = tmp_path / 'configs' / '_base_' / 'datasets' / 'coco.py'
    clone.parent.mkdir(parents=True)
    clone.write_bytes(source.read_bytes())
    monkeypatch.setattr('mmpose.__file__', str(tmp_path / 'mmpose' / '__init__.py'))
    assert body_keypoints.find_metainfo('coco') == clone


def test_an_mmpose_without_configs_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr('mmpose.__file__', str(tmp_path / 'mmpose' / '__init__.py'))
    with pytest.raises(FileNotFoundError, match="coco.py: expected MMPose's configs"):
        _ = DATASETS.get('CocoHeadPoseDataset').METAINFO
