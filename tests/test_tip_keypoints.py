"""Tips of the axes as keypoints, and the meta information that draws them."""

import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from bernoulli_headpose.drawing import tips_to_angles
from bernoulli_mmpose.datasets import HeadPoseTableDataset
from bernoulli_mmpose.tip_keypoints import (
    TIP_NAMES,
    append_tips,
    meta_with_tips,
    meta_without_tips,
)
from bernoulli_mmpose.visualization import without_tips

ANGLES = np.array([[10, -20, 30], [-5, 110, 0]], dtype=np.float32)
BODY = dict(
    dataset_name='body',
    keypoint_info={
        0: dict(name='left_eye', id=0, color=[1, 2, 3], type='', swap='right_eye'),
        1: dict(name='right_eye', id=1, color=[4, 5, 6], type='', swap='left_eye'),
        2: dict(name='head_center', id=2, color=[7, 8, 9], type='', swap=''),
    },
    skeleton_info={0: dict(link=('left_eye', 'right_eye'), id=0, color=[9, 9, 9])},
    joint_weights=[1.0, 1.0, 1.0],
    sigmas=[0.1, 0.1, 0.1],
)


def heads():
    keypoints = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    return InstanceData(
        keypoints=keypoints,
        keypoint_scores=np.full((2, 3), 0.5, np.float32),
        keypoints_visible=np.full((2, 3), 0.5, np.float32),
        head_angles=ANGLES,
        head_scores=np.array([0.9, 0.8], np.float32),
        bboxes=np.array([[0, 0, 50, 100], [10, 10, 50, 40]], np.float32),
    )


def test_tips_follow_the_models_own_keypoints():
    instances = heads()
    append_tips(instances, share=0.4)
    assert instances.keypoints.shape == (2, 6, 2)
    np.testing.assert_array_equal(instances.keypoints[:, :3], heads().keypoints)
    np.testing.assert_array_equal(instances.keypoints[:, 3:], instances.head_axis_tips)
    for scores in (instances.keypoint_scores, instances.keypoints_visible):
        np.testing.assert_allclose(
            scores, [[0.5] * 3 + [0.9] * 3, [0.5] * 3 + [0.8] * 3]
        )
    centers, tips = instances.keypoints[:, 2], instances.keypoints[:, 3:]
    np.testing.assert_allclose(tips_to_angles(centers, tips), ANGLES, atol=1e-4)
    # A row of a rotation has unit length: the x of the tips tell the axes' length.
    lengths = np.linalg.norm(tips[..., 0] - centers[:, :1], axis=1)
    np.testing.assert_allclose(lengths, [40, 16], rtol=1e-6)


def test_without_tips_gives_back_what_was():
    instances = heads()
    append_tips(instances, share=0.4)
    own = without_tips(instances)
    assert set(own.keys()) == set(heads().keys())
    for name, value in heads().items():
        np.testing.assert_array_equal(own[name], value)
    assert instances.keypoints.shape == (2, 6, 2)
    assert without_tips(heads()).keypoints.shape == (2, 3, 2)


def test_angle_that_is_not_finite_is_refused():
    instances = heads()
    instances.head_angles[1, 0] = np.nan
    with pytest.raises(ValueError, match='finite'):
        append_tips(instances, share=0.4)


@pytest.mark.parametrize(
    ('metainfo', 'count', 'links'),
    [
        (HeadPoseTableDataset.METAINFO, 1, [(0, 1), (0, 2), (0, 3)]),
        (BODY, 3, [(0, 1), (2, 3), (2, 4), (2, 5)]),
    ],
)
def test_meta_information_draws_tips_and_tells_the_networks_keypoints(
    metainfo, count, links
):
    meta = parse_pose_metainfo(metainfo)
    extended = meta_with_tips(meta)
    assert [extended['keypoint_id2name'][count + i] for i in range(3)] == [*TIP_NAMES]
    assert extended['keypoint_colors'].shape == (count + 3, 3)
    assert extended['skeleton_links'] == links
    assert extended['skeleton_link_colors'].shape == (len(links), 3)
    assert extended['num_keypoints'] == count
    assert extended['flip_indices'] == meta['flip_indices']
    assert meta_with_tips(extended).keys() == extended.keys()
    assert len(meta_with_tips(extended)['keypoint_colors']) == count + 3
    back = meta_without_tips(extended)
    for name, value in meta.items():
        np.testing.assert_array_equal(np.ravel(back[name]), np.ravel(value))


def test_meta_information_without_colours_stays():
    meta = dict(flip_indices=[0], dataset_name='head_pose')
    assert meta_with_tips(meta) == meta_without_tips(meta) == meta
