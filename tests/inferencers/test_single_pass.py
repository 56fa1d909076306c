"""Our inferencer and MMPose's with a model that finds all heads itself."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import MMPoseInferencer, init_model
from mmpose.registry import KEYPOINT_CODECS

from bernoulli_headpose.drawing import tips_to_angles
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.inferencers.loading import set_input_size

CONFIG = (
    Path(__file__).parents[2] / 'configs/bernoulli_hrnet-small_many-heads_256x256.py'
)
ANGLES = (10.0, -20.0, 30.0)


def answer(model, centers, size=64.0, angles=ANGLES, codec=None):
    """Let a model see heads at these places of its input, whatever it looks at."""
    codec = codec or model.head.decoder
    heads = np.array(centers, dtype=float).reshape(-1, 2)
    encoded = codec.encode(
        heads[:, None],
        bbox=np.concatenate([heads - size / 2, heads + size / 2], axis=1),
        head_angles=np.tile(angles, (len(heads), 1)),
    )
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    model.head.forward = lambda _: torch.from_numpy(maps)[None]


@pytest.fixture(scope='module')
def inferencer(tmp_path_factory):
    untrained = tmp_path_factory.mktemp('model') / 'untrained.pth'
    model = init_model(str(CONFIG), device='cpu')
    torch.save({'state_dict': model.state_dict()}, untrained)
    return HeadPoseInferencer(str(CONFIG), untrained, device='cpu')


def test_heads_of_a_picture_come_in_its_pixels(inferencer):
    answer(inferencer.model, [(60, 100), (180, 120)])
    heads = inferencer.predict(np.zeros((512, 512, 3), np.uint8))
    heads.sort(key=lambda head: head['center'][0])
    np.testing.assert_allclose(
        [head['center'] for head in heads], [(120, 200), (360, 240)], atol=1
    )
    left, _, right, _ = heads[0]['bbox']
    assert right - left == pytest.approx(128, rel=1e-3)
    assert [heads[0][k] for k in ('pitch', 'yaw', 'roll')] == pytest.approx(ANGLES)
    json.dumps(heads, allow_nan=False)


def test_a_picture_without_heads(inferencer):
    answer(inferencer.model, [])
    assert inferencer.predict(np.zeros((40, 70, 3), np.uint8)) == []


def test_input_size_is_that_of_the_network(tmp_path):
    model = init_model(str(CONFIG), device='cpu')
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'untrained.pth')
    weights = tmp_path / 'untrained.pth'
    inferencer = HeadPoseInferencer(str(CONFIG), weights, device='cpu', input_size=96)
    seen = []
    forward = inferencer.model.head.forward
    inferencer.model.head.forward = lambda f: seen.append(f[0].shape) or forward(f)
    inferencer.predict(np.zeros((40, 70, 3), np.uint8))
    assert seen[0][2:] == (24, 24)  # a quarter of the input
    for wrong, got in ((50, '50'), (0, '0'), (-32, '-32'), ((96, 96), r'\(96, 96\)')):
        message = f'input_size: expected a multiple of 32 pixels, got {got}'
        with pytest.raises(ValueError, match=message):
            set_input_size(inferencer.estimator.pipeline, wrong)
    with pytest.raises(ValueError, match='input_size: expected none, .* takes crops'):
        HeadPoseInferencer(device='cpu', input_size=96)


def test_heads_come_in_the_pictures_pixels_at_another_input_size(tmp_path):
    config = Config.fromfile(CONFIG)
    model = init_model(config, device='cpu')
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'untrained.pth')
    weights = tmp_path / 'untrained.pth'
    inferencer = HeadPoseInferencer(str(CONFIG), weights, device='cpu', input_size=128)
    sizes = dict(input_size=(128, 128), heatmap_size=(32, 32))
    codec = KEYPOINT_CODECS.build({**config.codec, **sizes})
    answer(inferencer.model, [(60, 40)], size=32.0, codec=codec)
    (head,) = inferencer.predict(np.zeros((256, 512, 3), np.uint8))
    # 512 pixels are 128 of the input; above and below it are 32 pixels of padding.
    np.testing.assert_allclose(head['center'], (240, 32), atol=1)
    left, _, right, _ = head['bbox']
    assert right - left == pytest.approx(128, rel=1e-3)


def test_boxes_and_maps_are_refused(inferencer):
    image = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(ValueError, match='bboxes: expected none'):
        inferencer.predict(image, bboxes=[0, 0, 9, 9])
    with pytest.raises(ValueError, match='bboxes: expected none'):
        list(inferencer(image, bboxes=[0, 0, 9, 9]))
    with pytest.raises(ValueError, match='single heads'):
        inferencer.predict_maps(image)


def test_a_video_keeps_heads_apart(inferencer, tmp_path):
    video = cv2.VideoWriter(
        str(tmp_path / 'film.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 10, (256, 256)
    )
    for _ in range(5):
        video.write(np.zeros((256, 256, 3), np.uint8))
    video.release()
    tracks = []
    answer(inferencer.model, [(60, 100), (180, 120)])
    for result in inferencer(str(tmp_path / 'film.avi'), smooth=True):
        (heads,) = result['predictions']
        tracks.append({h['track_id']: round(h['center'][0]) for h in heads})
    assert len(tracks) == 5
    assert all(track == tracks[0] for track in tracks)
    assert len(tracks[0]) == 2


def test_mmpose_inferencer_carries_the_angles(tmp_path):
    config = Config.fromfile(CONFIG)
    inferencer = MMPoseInferencer(pose2d=config, device='cpu')
    answer(inferencer.inferencer.model, [(60, 100), (180, 120)])
    cv2.imwrite(str(tmp_path / 'two.png'), np.zeros((256, 256, 3), np.uint8))
    next(inferencer(str(tmp_path / 'two.png'), out_dir=str(tmp_path)))
    people = json.loads((tmp_path / 'predictions/two.json').read_text())
    assert len(people) == 2
    for person in people:
        center, *tips = person['keypoints']
        np.testing.assert_allclose(tips_to_angles(center, tips), ANGLES, atol=0.5)
    drawn = cv2.imread(str(tmp_path / 'visualizations/two.png'))
    assert drawn[80:120, 40:80].any()
