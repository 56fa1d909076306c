"""Our inferencer and MMPose's with a model that finds all heads itself."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer, init_model
from seen_discs import ANGLES, draw_discs, see_discs

from bernoulli_headpose.detectors import no_faces
from bernoulli_headpose.drawing import tips_to_angles
from bernoulli_headpose.heads import Heads
from bernoulli_headpose.sources import Picture
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.inferencers import mmpose_estimator

CONFIG = Path(__file__).parents[2] / 'configs/rotation_hrnet-small_heads.py'


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp('model') / 'untrained.pth'
    torch.save({'state_dict': init_model(str(CONFIG), device='cpu').state_dict()}, path)
    return path


@pytest.fixture(scope='module')
def inferencer(weights):
    inferencer = HeadPoseInferencer(str(CONFIG), weights, device='cpu')
    see_discs(inferencer.model)
    return inferencer


def check_places(heads, discs, atol):
    """Each disc is a head of its size, and there are no others."""
    found = [(*head['center'], head['bbox'][2] - head['bbox'][0]) for head in heads]
    apart = np.abs(np.subtract(np.array(found)[:, None], np.array(discs)[None]))
    nearest = apart.max(axis=2).argmin(axis=1)
    assert sorted(nearest) == list(range(len(discs)))
    assert apart.max(axis=2).min(axis=1).max() < atol


def test_heads_of_a_picture_come_in_its_pixels(inferencer):
    discs = [(60, 100, 30), (180, 120, 50), (280, 60, 14)]
    heads = inferencer.predict(draw_discs((400, 240), discs))
    check_places(heads, discs, 2)
    for head in heads:
        assert [head[k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx(ANGLES)
    json.dumps(heads, allow_nan=False)


@pytest.mark.parametrize('size', [(70, 40), (1, 1), (2000, 3), (640, 480)])
def test_a_picture_without_heads(inferencer, size):
    assert inferencer.predict(draw_discs(size, [])) == []


def test_a_head_that_fills_the_picture_is_one(inferencer):
    (head,) = inferencer.predict(draw_discs((400, 400), [(200, 200, 380)]))
    np.testing.assert_allclose(head['center'], (200, 200), atol=4)


def test_a_large_picture_is_looked_at_in_tiles(weights):
    fine = HeadPoseInferencer(str(CONFIG), weights, device='cpu', input_size=2400)
    see_discs(fine.model)
    places_of = np.random.default_rng(0).permutation(8 * 12)[:60]
    discs = [(100 + 200 * (i % 12), 90 + 200 * (i // 12), 20 + i) for i in places_of]
    heads = fine.predict(draw_discs((2400, 1600), discs))
    check_places(heads, discs, 4)


def test_200_heads(inferencer):
    discs = [(20 + 32 * (i % 20), 20 + 40 * (i // 20), 20) for i in range(200)]
    heads = inferencer.predict(draw_discs((660, 420), discs))
    check_places(heads, discs, 2)


def test_a_strip_is_seen_as_large_as_it_is(inferencer):
    discs = [(50, y, 40) for y in range(100, 8000, 400)]
    heads = inferencer.predict(draw_discs((100, 8000), discs))
    check_places(heads, discs, 4)


def test_heads_that_the_border_cuts(inferencer):
    discs = [(4, 100, 40), (398, 30, 40), (200, 238, 40)]
    check_places(inferencer.predict(draw_discs((400, 240), discs)), discs, 20)


def test_heads_of_five_pixels_want_a_larger_input(weights, inferencer):
    discs = [(60, 60, 5), (160, 100, 5)]
    image = draw_discs((240, 160), discs)
    for head in inferencer.predict(image):  # found or not, but where one is
        assert min(np.hypot(*np.subtract(head['center'], d[:2])) for d in discs) < 4
    fine = HeadPoseInferencer(str(CONFIG), weights, device='cpu', input_size=960)
    see_discs(fine.model)
    check_places(fine.predict(image), discs, 2)


@pytest.mark.parametrize('side', [0, -32, (96, 96)])
def test_input_size_is_checked(weights, side):
    with pytest.raises(ValueError, match='input_size: expected the longer side'):
        HeadPoseInferencer(str(CONFIG), weights, device='cpu', input_size=side)


def test_a_larger_input_than_twice_the_picture_adds_nothing(weights):
    greatest = HeadPoseInferencer(str(CONFIG), weights, device='cpu', input_size=10**6)
    see_discs(greatest.model)
    discs = [(60, 60, 30), (140, 100, 12)]
    check_places(greatest.predict(draw_discs((240, 160), discs)), discs, 2)


def test_the_least_score_counts_for_the_models_own_heads(weights):
    faint = HeadPoseInferencer(str(CONFIG), weights, device='cpu')
    see_discs(faint.model, peak=0.2)
    image = draw_discs((240, 160), [(60, 60, 30)])
    assert faint.predict(image) == []
    assert len(faint.predict(image, bbox_thr=0.15)) == 1
    (found,) = faint([image], bbox_thr=0.15)
    assert len(found['predictions'][0]) == 1
    (found,) = faint([image])
    assert found['predictions'] == [[]]


@pytest.mark.parametrize('threshold', [-0.1, 1.1, 5, np.nan])
def test_scores_that_cannot_be_are_refused(inferencer, threshold):
    image = np.zeros((64, 64, 3), np.uint8)
    for call in (inferencer.predict, lambda *a, **k: next(inferencer(*a, **k))):
        with pytest.raises(ValueError, match='bbox_thr: expected a score of 0 to 1'):
            call(image, bbox_thr=threshold)


def test_a_margin_would_not_be_used(weights):
    with pytest.raises(ValueError, match='margin: expected none'):
        HeadPoseInferencer(str(CONFIG), weights, device='cpu', margin=0.2)


@pytest.mark.parametrize('detector', ['heads', 'mtcnn', 'none', 'haar'])
def test_a_model_that_finds_heads_takes_no_detector(weights, detector):
    with pytest.raises(ValueError, match="detector: expected 'auto' with a model that"):
        HeadPoseInferencer(str(CONFIG), weights, device='cpu', detector=detector)


@pytest.mark.parametrize('detector', ['mtcnn', 'none', lambda image: image])
def test_other_detectors_take_no_input_size(detector):
    with pytest.raises(ValueError, match='input_size: expected none with the detector'):
        HeadPoseInferencer(device='cpu', detector=detector, input_size=640)


def test_a_copy_of_a_head_takes_no_other_away(inferencer, monkeypatch):
    """A box of a lower score that is the same head's holds one of another head."""
    boxes = np.array([[0, 0, 100, 100], [5, 5, 125, 125], [103, 103, 123, 123]])
    found = Heads.none(1)
    found = replace(
        found,
        **{
            name: np.zeros((3, *values.shape[1:]), np.float32)
            for name, values in found.arrays().items()
        },
    )
    found.bboxes, found.bbox_scores = (
        boxes.astype(np.float32),
        np.array([0.9, 0.8, 0.6]),
    )
    monkeypatch.setattr(mmpose_estimator, 'to_heads', lambda *_: found)
    (heads,) = inferencer.estimator(
        [Picture('a', 'a', np.zeros((200, 200, 3), np.uint8))], [no_faces()]
    )
    assert heads.bboxes[:, 0].tolist() == [0, 103]


def test_boxes_and_maps_are_refused(inferencer):
    image = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(ValueError, match='bboxes: expected none'):
        inferencer.predict(image, bboxes=[0, 0, 9, 9])
    with pytest.raises(ValueError, match='bboxes: expected none'):
        list(inferencer(image, bboxes=[0, 0, 9, 9]))
    with pytest.raises(ValueError, match='single heads'):
        inferencer.predict_maps(image)


def test_a_video_keeps_heads_apart(inferencer, tmp_path):
    path = str(tmp_path / 'film.avi')
    video = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 10, (256, 256))
    for step in range(5):
        discs = [(60 + 8 * step, 100, 40), (180 - 8 * step, 180, 40)]
        video.write(draw_discs((256, 256), discs))
    video.release()
    tracks = []
    for result in inferencer(path, smooth=False):
        (heads,) = result['predictions']
        tracks.append({h['track_id']: round(h['center'][1], -1) for h in heads})
    assert len(tracks) == 5
    assert all(track == tracks[0] for track in tracks)
    assert sorted(tracks[0].values()) == [100, 180]


def test_heads_that_cross_in_a_video_keep_their_numbers(inferencer, tmp_path):
    path = str(tmp_path / 'film.avi')
    video = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 20, (320, 240))
    for step in range(20):
        x = 40 + 12 * step
        video.write(draw_discs((320, 240), [(x, 90, 44), (300 - x, 136, 40)]))
    video.release()
    places = {}
    for result in inferencer(path, smooth=False):
        (heads,) = result['predictions']
        for head in heads:
            places.setdefault(head['track_id'], []).append(head['center'])
    assert len(places) == 2
    for (first, *_), (*_, last) in zip(places.values(), places.values(), strict=True):
        assert abs(last[0] - first[0]) > 200  # from one side to the other
        assert abs(last[1] - first[1]) < 6


def test_mmpose_inferencer_carries_the_angles(tmp_path):
    config = Config.fromfile(CONFIG)
    inferencer = MMPoseInferencer(pose2d=config, device='cpu')
    see_discs(inferencer.inferencer.model)
    cv2.imwrite(
        str(tmp_path / 'two.png'),
        draw_discs((256, 256), [(60, 100, 40), (180, 120, 40)]),
    )
    next(inferencer(str(tmp_path / 'two.png'), out_dir=str(tmp_path)))
    people = json.loads((tmp_path / 'predictions/two.json').read_text())
    assert len(people) == 2
    for person in people:
        center, *tips = person['keypoints']
        np.testing.assert_allclose(tips_to_angles(center, tips), ANGLES, atol=0.5)
    drawn = cv2.imread(str(tmp_path / 'visualizations/two.png'))
    assert (drawn[80:120, 40:80] != 255).any()
