"""Keypoints of the body sets: MMPose's own, and the head centre as the last."""

import numpy as np
import pytest
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import DATASETS

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
