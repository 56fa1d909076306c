"""The shipped model in MMPose and as a file: results, batches, files, bad input."""

import copy
import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import inference_topdown, init_model
from mmpose.registry import INFERENCERS

from bernoulli_headpose import HeadPose
from bernoulli_headpose.detectors import WholeImage
from bernoulli_headpose.heads import round_heads
from bernoulli_headpose.rotation import ANGLE_NAMES, euler_to_matrix
from bernoulli_headpose.run_options import RunOptions
from bernoulli_headpose.runner import HeadPoseRunner
from bernoulli_mmpose.inferencers import HeadPoseInferencer
from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config

KEYS = {
    *ANGLE_NAMES,
    *(f'{name}_std' for name in ANGLE_NAMES),
    *('rotation', 'rotation_std', 'center', 'score', 'bbox', 'bbox_score'),
}
BOXES = np.array([[20, 20, 90, 100], [60, 10, 150, 110]], np.float32)


def two_faces(_):
    return BOXES, np.array([0.9, 0.6], np.float32)


@pytest.fixture(scope='module')
def inferencer() -> HeadPoseInferencer:
    return HeadPoseInferencer(device='cpu', detector=two_faces)


@pytest.fixture(scope='module', params=['MMPose', 'ONNX'])
def runner(request, inferencer) -> HeadPoseRunner:
    if request.param == 'MMPose':
        return inferencer
    return HeadPose(finder=two_faces, threads=1)


def run(runner, inputs, **options):
    return [*runner.run(inputs, RunOptions(**options))]


@pytest.fixture(scope='module')
def image(rendered_head) -> np.ndarray:
    """A picture with something of a head in each of the two boxes."""
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    image = cv2.resize(noise, (160, 120), interpolation=cv2.INTER_CUBIC)
    for x in (0, 60):
        image[10:110, x : x + 100] = cv2.resize(rendered_head, (100, 100))
    return image


# Apart, each with a head in it and its margin.
FILM_BOXES = np.array([[24, 24, 64, 64], [96, 24, 136, 64]], np.float32)


@pytest.fixture
def film(tmp_path, image, rendered_head) -> Path:
    path = tmp_path / 'film.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 20, (160, 120))
    frame = image.copy()
    for x in (8, 80):
        frame[8:80, x : x + 72] = cv2.resize(rendered_head, (72, 72))
    for shift in range(12):
        writer.write(np.roll(frame, shift, axis=1))
    writer.release()
    return path


def assert_same(first: list[dict], second: list[dict], tolerance: float = 1e-3):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert one.keys() == other.keys()
        for key, value in one.items():
            np.testing.assert_allclose(value, other[key], atol=tolerance)


def test_heads_equal_those_of_mmpose(runner, image):
    model = init_model(str(shipped_config()), str(shipped_checkpoint()), device='cpu')
    size = BOXES[:, 2:] - BOXES[:, :2]
    crops = BOXES + 0.4 * np.concatenate([-size, size], axis=1)
    heads = runner.predict(image)
    assert len(heads) == 2
    for head, box, sample in zip(
        heads, BOXES, inference_topdown(model, image, crops), strict=True
    ):
        expected = sample.pred_instances
        got = [head[name] for name in ANGLE_NAMES]
        std = [head[f'{name}_std'] for name in ANGLE_NAMES]
        np.testing.assert_allclose(got, expected.head_angles[0], atol=1e-3)
        np.testing.assert_allclose(std, expected.head_angles_std[0], atol=1e-3)
        np.testing.assert_allclose(head['center'], expected.keypoints[0, 0], atol=1e-3)
        np.testing.assert_allclose(
            head['score'], min(1, expected.head_scores[0]), atol=1e-4
        )
        assert head['bbox'] == box.tolist()


def test_a_head_is_plain_python(runner, image):
    head = runner.predict(image, bboxes=BOXES[0])[0]
    assert set(head) == KEYS
    for value in head.values():
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            numbers = part if isinstance(part, list) else [part]
            assert all(type(number) is float for number in numbers)
    angles = [head[name] for name in ANGLE_NAMES]
    np.testing.assert_allclose(head['rotation'], euler_to_matrix(angles), atol=1e-6)
    assert 0 <= head['score'] <= 1
    json.dumps(head, allow_nan=False)


def test_batches_change_nothing(runner, image):
    images = [image, image[::-1].copy(), image[:, ::-1].copy(), image // 2, image]
    alone = [runner.predict(item) for item in images]
    results = run(runner, images, batch_size=3)
    assert [len(result.dicts) for result in results] == [3, 2]
    together = [heads for result in results for heads in result.dicts]
    for one, other in zip(alone, together, strict=True):
        assert_same(one, other)


def test_an_image_without_a_face_in_a_batch(runner, image):
    boxes = [BOXES, [], BOXES[:1]]
    (result,) = run(runner, [image] * 3, bboxes=boxes, return_vis=True)
    assert [len(heads) for heads in result.dicts] == [2, 0, 1]
    np.testing.assert_array_equal(result.drawn[1], image)
    (result,) = run(runner, image, bboxes=[[]])
    assert result.heads[0].head_angles.shape == (0, 3)
    assert result.heads[0].keypoints.shape == (0, 1, 2)


def test_what_a_call_of_the_inferencer_gives(inferencer, image):
    (result,) = inferencer([image], bboxes=[[]], return_vis=True)
    np.testing.assert_array_equal(result['visualization'][0], image[..., ::-1])
    assert (result['names'], result['predictions']) == (['array 0'], [[]])
    (result,) = inferencer(image, bboxes=[[]], return_datasamples=True)
    empty = result['predictions'][0].pred_instances
    assert empty.head_angles.shape == empty.head_angles_std.shape == (0, 3)
    assert empty.keypoints.shape == (0, 1, 2)
    assert empty.bboxes.shape == (0, 4)
    with pytest.raises(ValueError, match="unknown argument 'smoth'"):
        next(inferencer(image, smoth=True))


@pytest.mark.parametrize(
    'kind', ['grey', 'alpha', '16 bits', 'float', 'black', '1x1', 'path']
)
def test_images_of_any_kind(runner, image, tmp_path, kind):
    path = tmp_path / 'photo.png'
    cv2.imwrite(str(path), image)
    expected = image
    if kind == 'grey':
        expected = np.repeat(image[..., :1], 3, axis=2)
    elif kind in ('black', '1x1'):
        expected = np.zeros((1, 1, 3) if kind == '1x1' else image.shape, np.uint8)
    given = {
        'grey': image[..., 0],
        'alpha': np.dstack([image, image[..., 0]]),
        '16 bits': image.astype(np.uint16) * 257,
        'float': image / 255,
        'black': expected,
        '1x1': expected,
        'path': str(path),
    }[kind]
    boxes = [[0, 0, *expected.shape[1::-1]]]
    heads = runner.predict(given, bboxes=boxes)
    assert np.isfinite([head['yaw'] for head in heads]).all()
    assert_same(heads, runner.predict(expected, bboxes=boxes))


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        (
            {'draw': 'sphere', 'return_vis': True},
            "draw: expected one of .*got 'sphere'",
        ),
        ({'batch_size': 0}, 'batch_size: expected 1 or more, got 0'),
        ({'bboxes': [[BOXES], [BOXES]]}, 'got 2 entries'),
        ({'bboxes': [[[0, 0, 0, 9]]]}, 'array 0, box 0: expected x1 < x2'),
        ({'bboxes': [[[500, 0, 600, 9]]]}, 'array 0, box 0: .*160x120 pixels'),
    ],
)
def test_bad_arguments(runner, image, options, text):
    with pytest.raises(ValueError, match=text):
        run(runner, image, **options)


def test_video(runner, film, tmp_path, monkeypatch):
    scores = np.array([0.9, 0.6], np.float32)
    monkeypatch.setattr(runner, 'detector', lambda _: (FILM_BOXES, scores))
    folders = dict(vis_out_dir=str(tmp_path / 'a'), pred_out_dir=str(tmp_path / 'b'))
    results = run(runner, film, smooth=True, detect_every=4, **folders)
    assert [result.pictures[0].index for result in results] == [*range(12)]
    tracks = [[head['track_id'] for head in r.dicts[0]] for r in results]
    assert tracks == [[0, 1]] * 12
    lines = (tmp_path / 'b' / 'film.jsonl').read_text('utf-8').splitlines()
    assert len(lines) == 12
    last = json.loads(lines[-1])
    assert last['heads'] == round_heads(results[-1].dicts[0])
    assert last['time_s'] == pytest.approx(11 / 20, abs=0.01)
    info = runner.video_info
    assert (info['n_read'], info['n_broken'], info['size']) == (12, 0, (160, 120))
    drawn = cv2.VideoCapture(info['files'][0])
    assert Path(info['files'][0]) == tmp_path / 'a' / 'film.mp4'
    assert drawn.get(cv2.CAP_PROP_FRAME_COUNT) == 12


def test_a_video_in_one_folder(inferencer, film, tmp_path):
    results = [*inferencer(film, out_dir=str(tmp_path / 'out'))]
    assert [result['frame'] for result in results] == [*range(12)]
    assert (tmp_path / 'out' / 'predictions' / 'film.jsonl').is_file()
    assert (tmp_path / 'out' / 'visualizations' / 'film.mp4').is_file()


@pytest.mark.parametrize('until', ['end', 'half', 'collected'])
def test_after_a_video_it_can_be_copied(runner, image, film, until):
    results = runner.run(film, RunOptions())
    for _ in range(12 if until == 'end' else 2):
        next(results)
    if until == 'end':
        assert next(results, None) is None
    if until == 'collected':
        results.close()
    expected = runner.predict(image)
    for copied in (copy.deepcopy(runner), pickle.loads(pickle.dumps(runner))):
        assert_same(copied.predict(image), expected)
        assert len(run(copied, film)) == 12
        assert copied.video_info['n_read'] == 12
    assert runner.video_info.get('n_read') == dict(end=12, collected=2).get(until)


def test_damaged_weights_never_give_nan(image):
    damaged = HeadPoseInferencer(device='cpu', detector=two_faces)
    with torch.no_grad():
        next(damaged.model.head.final_layer.parameters()).fill_(float('nan'))
    for head in damaged.predict(image):
        assert head['score'] == 0
        assert head['rotation_std'] > 130
        assert np.isfinite(head['rotation']).all()


def test_models_are_found_by_name_path_config_and_weights(inferencer, image):
    expected = inferencer.predict(image)
    config, weights = shipped_config(), shipped_checkpoint()
    for model in ('head-pose', str(config), Config.fromfile(config)):
        given = None if model == 'head-pose' else str(weights)
        other = HeadPoseInferencer(model, given, 'cpu', two_faces)
        assert_same(other.predict(image), expected)
    assert INFERENCERS.get('HeadPoseInferencer') is HeadPoseInferencer


def test_bad_models(tmp_path):
    text = tmp_path / 'weights.pth'
    text.write_text('no weights', 'utf-8')
    cut = tmp_path / 'cut.pth'
    cut.write_bytes(shipped_checkpoint().read_bytes()[:100000])
    half = tmp_path / 'half.pth'
    state = torch.load(shipped_checkpoint(), weights_only=True)['state_dict']
    kept = {k: v for k, v in state.items() if not k.startswith('head.')}
    torch.save({'state_dict': kept}, half)
    other, config = tmp_path / 'other.pth', shipped_config()
    layer = 'head.final_layer.weight'
    torch.save({'state_dict': {**state, layer: torch.zeros(9, 16, 1, 1)}}, other)
    for options, error, message in (
        ({'model': 'resnet'}, ValueError, "got 'resnet'"),
        ({'weights': 'missing.pth'}, FileNotFoundError, 'found no missing.pth'),
        ({'model': 'head-pose', 'weights': text}, ValueError, 'a checkpoint of MMEng'),
        ({'model': 'head-pose', 'weights': cut}, ValueError, 'a checkpoint of MMEng'),
        ({'model': 'head-pose', 'weights': half}, ValueError, 'without 1 of them'),
        ({'model': 'head-pose', 'weights': other}, ValueError, r'final_layer.* \(9, '),
        ({'model': config}, ValueError, 'weights: expected a checkpoint for the c'),
        ({'model': Config.fromfile(config)}, ValueError, 'for the config that is giv'),
        ({'detector': 'haar'}, ValueError, "got 'haar'"),
        ({'margin': -0.5}, ValueError, 'margin: expected'),
        ({'device': 'abacus'}, ValueError, "device: expected .* got 'abacus'"),
        ({'device': 'meta'}, ValueError, "device: expected .* got 'meta'"),
    ):
        with pytest.raises(error, match=message):
            HeadPoseInferencer(**{'device': 'cpu', **options})


@pytest.mark.parametrize('side', ['MMPose', 'ONNX'])
def test_margin_and_whole_image(inferencer, image, side):
    assert inferencer.estimator.margin == 0.4
    if side == 'MMPose':
        whole = HeadPoseInferencer(device='cpu', detector='none', margin=0.0)
    else:
        whole = HeadPose(finder=WholeImage(), margin=0.0, threads=1)
    assert isinstance(whole.detector, WholeImage)
    (head,) = whole.predict(image)
    assert head['bbox'] == [0, 0, 160, 120]
    size = np.array([160, 120]) / 1.8
    tight = [*(np.array([80, 60]) - size / 2), *(np.array([80, 60]) + size / 2)]
    (same,) = inferencer.predict(image, bboxes=tight)
    for name in ANGLE_NAMES:
        assert same[name] == pytest.approx(head[name], abs=1e-2)
