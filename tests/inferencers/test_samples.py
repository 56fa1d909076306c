"""Heads from MMPose's data samples, and back."""

import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_headpose.sources import Picture
from bernoulli_mmpose.inferencers.samples import to_heads, to_sample

ANGLES = [(0, 10, 0), (5, 135, -5), (0, -179, 0)]


def samples(**fields):
    """Samples of one head each; fields of all heads."""
    n = len(ANGLES)
    every = dict(
        keypoints=np.zeros((n, 1, 2), np.float32),
        keypoint_scores=np.ones((n, 1), np.float32),
        head_angles=np.array(ANGLES, np.float32),
        head_angles_std=np.ones((n, 3), np.float32),
        head_scores=np.ones(n, np.float32),
        bboxes=np.zeros((n, 4), np.float32),
        bbox_scores=np.ones(n, np.float32),
        **fields,
    )
    made = [PoseDataSample() for _ in range(n)]
    for i, sample in enumerate(made):
        own = {name: values[i : i + 1] for name, values in every.items()}
        sample.pred_instances = InstanceData(**own)
    return made


def test_rotations_of_the_model_are_taken_and_given_on():
    matrices = euler_to_matrix(np.add(ANGLES, 1)).astype(np.float32)
    fields = dict(head_rotation=matrices, head_rotation_std=np.float32([1, 2, 3]))
    heads = to_heads(samples(**fields), 'photo')
    np.testing.assert_allclose(heads.rotations, matrices)
    picture = Picture('photo', 'photo', np.zeros((9, 9, 3), np.uint8))
    given = to_sample(picture, heads).pred_instances
    np.testing.assert_array_equal(given.head_rotation, matrices)
    assert [head['rotation_std'] for head in heads.to_dicts()] == [1, 2, 3]
    fields['head_rotation'][1, 0] = np.nan
    with pytest.raises(ValueError, match='photo: expected finite head_rotation from'):
        to_heads(samples(**fields), 'photo')


def test_rotations_of_angles_are_made_of_them():
    heads = to_heads(samples(), 'photo')
    np.testing.assert_allclose(heads.rotations, euler_to_matrix(ANGLES), atol=1e-6)
    assert 'head_rotation' not in heads.arrays()
