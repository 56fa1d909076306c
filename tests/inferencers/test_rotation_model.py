"""A model whose maps hold rotations, through the inferencer."""

import copy

import numpy as np
import pytest
import torch
from mmpose.apis import init_model

from bernoulli_headpose.rotation import euler_to_matrix, geodesic_error
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.inferencers.mmpose_estimator import MMPoseEstimator

BOXES = np.array([[20, 20, 84, 84], [70, 10, 150, 110]], np.float32)


@pytest.fixture(scope='module')
def inferencer(project_root, tmp_path_factory):
    config = project_root / 'configs' / 'bernoulli_hrnet-small_full-turn.py'
    torch.manual_seed(0)
    model = init_model(str(config), device='cpu')
    torch.nn.init.normal_(model.head.final_layer.weight, std=1.0)
    meta = dict(dataset_meta=dict(flip_indices=[0]))
    weights = tmp_path_factory.mktemp('weights') / 'random.pth'
    torch.save(dict(state_dict=model.state_dict(), meta=meta), weights)
    return HeadPoseInferencer(str(config), str(weights), device='cpu', detector='none')


@pytest.fixture(scope='module')
def image():
    return np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)


def test_heads_have_the_angles_of_their_rotations(inferencer, image):
    heads = inferencer.predict(image, BOXES)
    assert len(heads) == 2
    for head in heads:
        angles = [head[name] for name in ('pitch', 'yaw', 'roll')]
        assert np.isfinite(angles).all()
        assert 0 < head['roll_std'] <= 103.93
        if 'rotation' in head:
            assert geodesic_error(euler_to_matrix(angles), head['rotation']) < 0.01


def test_maps_are_shown_as_angles(inferencer, image):
    for maps in inferencer.predict_maps(image, BOXES):
        assert maps.angle_maps.shape == (3, 16, 16)
        assert np.isfinite(maps.angle_maps).all()
        assert np.abs(maps.angle_maps).max() <= 180


def test_a_blank_picture_has_no_head(inferencer):
    (head,) = inferencer.predict(np.full((90, 90, 3), 127, np.uint8), [10, 10, 80, 80])
    assert head['score'] == 0
    assert head['yaw_std'] == pytest.approx(103.92, abs=0.01)
    assert head.get('rotation_std', 131.78) == pytest.approx(131.78, abs=0.01)


def test_damaged_weights_are_named(inferencer):
    """Their maps are those of no head, of a score of 0 in every picture."""
    damaged = copy.deepcopy(inferencer.model)
    damaged.head.final_layer.bias.data[3] = torch.nan
    with pytest.raises(ValueError, match=r'NaN or inf in head\.final_layer\.bias'):
        MMPoseEstimator(damaged)
