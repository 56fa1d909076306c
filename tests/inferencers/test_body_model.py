"""Body and head of one model, through our inferencer and MMPose's."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer, init_model

from bernoulli_headpose.cli_arguments import read_arguments
from bernoulli_headpose.cli_model import open_runner
from bernoulli_headpose.detectors import WholeImage
from bernoulli_headpose.drawing import tips_to_angles
from bernoulli_mmpose import HeadPoseInferencer

CONFIG = (
    Path(__file__).parents[2] / 'configs/bernoulli_hrnet-small_coco-head_256x192.py'
)
ANGLES = (10.0, -20.0, 30.0)
# Input pixels (192x256) of the 17 keypoints, on a grid, and of the head centre.
BODY = np.array([(40 + 28 * (i % 5), 60 + 40 * (i // 5)) for i in range(17)], float)
CENTER = np.array([[96.0, 40.0]])


def answer(model, center=CENTER):
    """Let a model see this body in its input, whatever it looks at."""
    encoded = model.head.decoder.encode(
        np.concatenate([BODY, center])[None],
        head_angles=np.array([ANGLES]),
        head_angles_valid=np.ones((1, 3)),
    )
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    maps = torch.from_numpy(maps)[None]
    model.head.forward = lambda feats: maps.expand(len(feats[0]), -1, -1, -1)
    model.test_cfg['flip_test'] = False


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp('model') / 'untrained.pth'
    model = init_model(str(CONFIG), device='cpu')
    torch.save(
        dict(state_dict=model.state_dict(), meta=dict(dataset_meta=model.dataset_meta)),
        path,
    )
    return path


@pytest.fixture(scope='module')
def inferencer(weights):
    return HeadPoseInferencer(str(CONFIG), weights, device='cpu')


def test_our_inferencer_gives_body_and_head_in_image_pixels(inferencer):
    answer(inferencer.model)
    # A box of 192x256 is enlarged by MMPose's 1.25: 1.25 image pixels an input pixel.
    image = np.zeros((400, 500, 3), np.uint8)
    box = np.array([150.0, 50, 342, 306])
    (person,) = inferencer.predict(image, bboxes=box)
    to_image = ((BODY - [96, 128]) * 1.25) + [246, 178]
    np.testing.assert_allclose(person['keypoints'], to_image, atol=1.5)
    assert len(person['keypoint_scores']) == 17
    np.testing.assert_allclose(person['center'], [246, 68], atol=1.5)
    assert [person[k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx(ANGLES)
    json.dumps(person, allow_nan=False)

    result = next(inferencer(image, bboxes=box, return_vis=True))
    drawn = result['visualization'][0]
    middle_of_a_link = (to_image[5] + to_image[6]) / 2  # shoulder to shoulder
    x, y = middle_of_a_link.astype(int)
    assert drawn[y - 2 : y + 3, x - 2 : x + 3].any()


def people(inferencer, boxes):
    """Heads of people in an image of 500x400, checked to be of finite numbers."""
    found = inferencer.predict(
        np.random.default_rng(0).integers(0, 256, (400, 500, 3), np.uint8), bboxes=boxes
    )
    json.dumps(found, allow_nan=False)
    return found


def test_two_people_five_pixels_apart_stay_two(inferencer):
    answer(inferencer.model)
    box = np.array([150.0, 50, 342, 306])
    first, second = people(inferencer, np.stack([box, box + [5, 0, 5, 0]]))
    moved = np.subtract(second['center'], first['center'])
    np.testing.assert_allclose(moved, [5, 0], atol=1e-3)
    moved = np.subtract(second['keypoints'], first['keypoints'])
    np.testing.assert_allclose(moved, np.tile([5, 0], (17, 1)), atol=1e-3)


def test_more_people_than_go_through_the_network_at_once(inferencer):
    answer(inferencer.model)
    lefts = np.arange(70.0)
    boxes = np.stack([lefts, lefts * 0, lefts + 192, lefts * 0 + 256], axis=1)
    found = people(inferencer, boxes)
    centers = [person['center'][0] for person in found]
    np.testing.assert_allclose(centers, lefts + 96, atol=1.5)


def test_the_command_takes_the_whole_image_for_a_person(weights):
    options = ['--model', str(CONFIG), '--weights', str(weights), '--device', 'cpu']
    with open_runner(read_arguments(['photo.jpg', *options])) as runner:
        assert isinstance(runner.detector, WholeImage)


def test_an_image_without_anybody(inferencer):
    assert people(inferencer, np.zeros((0, 4))) == []


def test_a_person_without_a_visible_head_has_a_low_score(inferencer):
    answer(inferencer.model, center=np.array([[-500.0, -500]]))
    (person,) = people(inferencer, [150, 50, 342, 306])
    assert person['score'] < 0.01
    assert min(person['keypoint_scores']) > 0.8


def test_a_head_cut_by_the_border_keeps_its_angles(inferencer):
    answer(inferencer.model, center=np.array([[96.0, -8]]))
    (person,) = people(inferencer, [150, 50, 342, 306])
    assert [person[k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx(ANGLES)
    assert 0.2 < person['score'] < 0.9


def test_a_keypoint_that_is_no_number_is_named(inferencer):
    answer(inferencer.model)
    maps = inferencer.model.head.forward([torch.zeros(1)])
    broken = maps.clone()
    broken[:, 3] = float('nan')
    inferencer.model.head.forward = lambda _: broken
    with pytest.raises(ValueError, match='expected finite keypoint_scores'):
        people(inferencer, [150, 50, 342, 306])


def test_the_whole_image_is_one_person(inferencer):
    answer(inferencer.model)
    assert len(inferencer.predict(np.zeros((256, 192, 3), np.uint8))) == 1


def test_mmpose_inferencer_gives_body_and_angles_in_one_json(weights, tmp_path):
    inferencer = MMPoseInferencer(
        pose2d=Config.fromfile(CONFIG),
        pose2d_weights=str(weights),
        det_model='whole_image',
        device='cpu',
    )
    answer(inferencer.inferencer.model)
    cv2.imwrite(str(tmp_path / 'one.png'), np.zeros((256, 192, 3), np.uint8))
    next(inferencer(str(tmp_path / 'one.png'), out_dir=str(tmp_path)))
    (person,) = json.loads((tmp_path / 'predictions/one.json').read_text())
    *body, center, x, y, z = person['keypoints']
    assert len(body) == 17
    np.testing.assert_allclose(tips_to_angles(center, [x, y, z]), ANGLES, atol=0.5)
    assert cv2.imread(str(tmp_path / 'visualizations/one.png')).any()
