"""Heads by the runtime are those of MMPose, for every kind of model."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import soft_images
from mmengine.config import Config
from mmpose.apis import init_model

from bernoulli_headpose import HeadPose
from bernoulli_headpose.boxes import check_boxes
from bernoulli_headpose.detectors import WholeImage
from bernoulli_headpose.onnx import OnnxEstimator, OnnxModel
from bernoulli_headpose.rotation import geodesic_error
from bernoulli_headpose.run_options import RunOptions
from bernoulli_headpose.sources import Picture
from bernoulli_mmpose import export
from bernoulli_mmpose.inferencers.mmpose_estimator import MMPoseEstimator

CONFIGS = Path(__file__).parents[2] / 'configs'
FLIP = {'model.test_cfg.flip_test': True}
NO_FLIP = {'model.test_cfg.flip_test': False}
BOXES = np.array([[20, 20, 90, 100], [60, 10, 150, 110], [-9, 50, 40, 130]], np.float32)


def build(name, options, folder):
    """A model with random weights, in MMPose and in a file."""
    torch.manual_seed(0)
    config = Config.fromfile(CONFIGS / f'{name}.py')
    config.merge_from_dict(options)
    config.model.backbone.pop('init_cfg', None)
    for stage in config.model.backbone.get('extra', {}).values():  # a small one will do
        stage.update(num_modules=1, num_blocks=(1,) * stage.num_branches)
    model = init_model(config, device='cpu')
    head = getattr(model, 'head_pose', model.head)
    torch.nn.init.normal_(head.final_layer.weight, std=1.0)
    path = folder / 'model.onnx'
    export.save_onnx(export.model_to_onnx(model), path)
    return MMPoseEstimator(model), path


@pytest.fixture(scope='module')
def full_turn(tmp_path_factory):
    folder = tmp_path_factory.mktemp('model')
    return build('bernoulli_hrnet-small_full-turn', NO_FLIP, folder)


def assert_same(found, expected):
    assert found.arrays().keys() == expected.arrays().keys()
    assert found.value_names == expected.value_names
    apart = geodesic_error(found.rotations, expected.rotations)
    assert apart.max(initial=0) < 0.01
    kept = found.keypoints.shape[1]  # without a body that has a head of its own
    for name, values in expected.arrays().items():
        own = values[:, -kept:] if name.startswith('keypoint') else values
        # near 90 degrees of yaw the others magnify the last bit
        if name not in ('head_angles', 'head_angles_std'):
            np.testing.assert_allclose(getattr(found, name), own, atol=3e-3, rtol=1e-4)


@pytest.mark.parametrize(
    ('name', 'options'),
    [
        ('bernoulli_hrnet-small_full-turn', FLIP),
        ('bernoulli_hrnet-small_pointing04_genki4k', FLIP),
        ('bernoulli_hrnet-small_gaze', NO_FLIP),
        ('bernoulli_hrnet-small_coco-head_256x192', FLIP),
        ('hrnet-w32-udp_head-pose_256x192', NO_FLIP),
    ],
)
def test_heads_in_boxes_are_those_of_mmpose(name, options, tmp_path):
    own, path = build(name, options, tmp_path)
    light = OnnxEstimator(OnnxModel(path))
    assert light.of_faces == own.of_faces
    assert not light.finds_heads
    pictures = [
        Picture(f'{i}', '', one) for i, one in enumerate(soft_images(3, (160, 120)))
    ]
    pictures[2].image[:] = 99
    faces = [
        (BOXES[rows], np.ones(len(rows), np.float32)) for rows in ([0, 1, 2], [], [1])
    ]
    expected = own(pictures, faces)
    for one, other in zip(light(pictures, faces), expected, strict=True):
        assert_same(one, other)
    assert (expected[2].head_scores == 0).all()  # nothing can be seen there
    if light.model.info['keypoints']:
        assert light.skeleton == own.skeleton
        assert len(light.skeleton.links) > 10


def test_a_body_s_boxes_are_people_and_the_whole_picture_one(tmp_path):
    own, path = build('bernoulli_hrnet-small_coco-head_256x192', NO_FLIP, tmp_path)
    names = OnnxModel(path).info['keypoints']
    assert (len(names), names[0], names[-1]) == (17, 'nose', 'right_ankle')
    estimate = HeadPose(path)
    assert isinstance(estimate.detector, WholeImage)
    (image,) = soft_images(1, (160, 120))
    (head,) = estimate(image)
    assert head.box == (0, 0, 160, 120)
    assert head.keypoints.shape == (17, 2)
    picture = Picture('one', 'one', image)
    own.pads_whole = False
    (expected,) = own([picture], [WholeImage()(image)])
    np.testing.assert_allclose(head.keypoints, expected.keypoints[0, :-1], atol=1e-2)
    (found,) = estimate.run(image, RunOptions(return_vis=True))
    assert (found.drawn[0] != image).any()


def test_margins_and_whole_pictures(full_turn):
    own, path = full_turn
    (image,) = soft_images(1, (160, 120))
    picture = Picture('one', 'one', image)
    boxes = check_boxes([[0, 0, 160, 120], [10, 10, 90, 90]], picture.size, 'one')
    faces = [(boxes, np.ones(2, np.float32))]
    for margin, pads in ((None, False), (0.1, True), (0.0, True)):
        light = OnnxEstimator(OnnxModel(path), margin)
        same = MMPoseEstimator(own.model, margin)
        light.pads_whole = same.pads_whole = pads
        assert_same(light([picture], faces)[0], same([picture], faces)[0])


def test_a_copy_opens_the_file_again(full_turn, monkeypatch):
    monkeypatch.chdir(full_turn[1].parent)
    estimate = HeadPose('model.onnx', threads=1)
    monkeypatch.chdir('/')
    (image,) = soft_images(1, (160, 120))
    expected = estimate.predict(image, BOXES)
    for copied in (copy.deepcopy(estimate), pickle.loads(pickle.dumps(estimate))):
        assert copied.predict(image, BOXES) == expected


def test_a_picture_beyond_what_opencv_can_warp(full_turn):
    own, path = full_turn
    (head,) = soft_images(1, (160, 120))
    image = np.full((200, 40_000, 3), 90, np.uint8)
    image[40:160, 39_600:39_760] = head
    picture = Picture('wide', 'wide', image)
    box = np.array([[39_620, 50, 39_730, 150]], np.float32)
    faces = [(box, np.ones(1, np.float32))]
    light = OnnxEstimator(OnnxModel(path))
    assert_same(light([picture], faces)[0], own([picture], faces)[0])


def test_weights_that_are_no_numbers_are_named(tmp_path):
    own, path = build('bernoulli_hrnet-small_pointing04_genki4k', NO_FLIP, tmp_path)
    with torch.no_grad():
        own.model.head.final_layer.bias[:1] = torch.nan
    export.save_onnx(export.model_to_onnx(own.model), path)
    (image,) = soft_images(1, (160, 120))
    with pytest.raises(ValueError, match='array 0: expected finite keypoint_scores'):
        HeadPose(path).predict(image, BOXES)
