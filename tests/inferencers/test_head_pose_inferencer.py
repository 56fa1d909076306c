"""The inferencer with the shipped model: results, batches, files, bad input."""

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

from bernoulli_headpose.detectors import WholeImage
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.video import FrameReader
from bernoulli_mmpose.inferencers import HeadPoseInferencer
from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config

KEYS = {
    *ANGLE_NAMES,
    *(f'{name}_std' for name in ANGLE_NAMES),
    *('center', 'score', 'bbox', 'bbox_score'),
}
BOXES = np.array([[20, 20, 90, 100], [60, 10, 150, 110]], np.float32)


def two_faces(_):
    return BOXES, np.array([0.9, 0.6], np.float32)


@pytest.fixture(scope='module')
def inferencer() -> HeadPoseInferencer:
    return HeadPoseInferencer(device='cpu', detector=two_faces)


@pytest.fixture(scope='module')
def image() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    return cv2.resize(noise, (160, 120), interpolation=cv2.INTER_CUBIC)


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


def test_heads_equal_those_of_mmpose(inferencer, image):
    model = init_model(str(shipped_config()), str(shipped_checkpoint()), device='cpu')
    size = BOXES[:, 2:] - BOXES[:, :2]
    crops = BOXES + 0.4 * np.concatenate([-size, size], axis=1)
    heads = inferencer.predict(image)
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


def test_a_head_is_plain_python(inferencer, image):
    head = inferencer.predict(image, bboxes=BOXES[0])[0]
    assert set(head) == KEYS
    for value in head.values():
        numbers = value if isinstance(value, list) else [value]
        assert all(type(number) is float for number in numbers)
    assert 0 <= head['score'] <= 1
    json.dumps(head, allow_nan=False)


def test_batches_change_nothing(inferencer, image):
    images = [image, image[::-1].copy(), image[:, ::-1].copy(), image // 2, image]
    alone = [inferencer.predict(item) for item in images]
    results = [*inferencer(images, batch_size=3)]
    assert [len(result['predictions']) for result in results] == [3, 2]
    together = [heads for result in results for heads in result['predictions']]
    for one, other in zip(alone, together, strict=True):
        assert_same(one, other)


def test_an_image_without_a_face_in_a_batch(inferencer, image):
    boxes = [BOXES, [], BOXES[:1]]
    (result,) = inferencer([image] * 3, bboxes=boxes, return_vis=True)
    assert [len(heads) for heads in result['predictions']] == [2, 0, 1]
    np.testing.assert_array_equal(result['visualization'][1], image[..., ::-1])
    (result,) = inferencer(image, bboxes=[[]], return_datasamples=True)
    empty = result['predictions'][0].pred_instances
    assert empty.head_angles.shape == empty.head_angles_std.shape == (0, 3)
    assert empty.keypoints.shape == (0, 1, 2)
    assert empty.bboxes.shape == (0, 4)


@pytest.mark.parametrize(
    'kind', ['grey', 'alpha', '16 bits', 'float', 'black', '1x1', 'path']
)
def test_images_of_any_kind(inferencer, image, tmp_path, kind):
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
    heads = inferencer.predict(given, bboxes=boxes)
    assert np.isfinite([head['yaw'] for head in heads]).all()
    assert_same(heads, inferencer.predict(expected, bboxes=boxes))


def test_files_are_written_and_inputs_left_alone(inferencer, image, tmp_path):
    for folder in ('a', 'b'):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / '1.png'), image)
    sources = [tmp_path / 'a', str(tmp_path / 'b' / '1.png')]
    out = tmp_path / 'v1.2'  # a folder, whatever its name looks like
    options = dict(vis_out_dir=str(out), pred_out_dir=str(out), draw='cube')
    (result,) = inferencer(sources, **options)
    files = sorted(path.name for path in out.iterdir())
    assert files == ['1.json', '1.png', '1_2.json', '1_2.png']
    heads = json.loads((out / '1_2.json').read_text('utf-8'))
    assert_same(heads, result['predictions'][1], tolerance=0)
    assert (cv2.imread(str(out / '1.png')) != image).any()
    with pytest.raises(ValueError, match='would overwrite an input'):
        list(inferencer(sources[1], vis_out_dir=str(tmp_path / 'b')))
    np.testing.assert_array_equal(cv2.imread(sources[1]), image)
    ours = str(tmp_path / 'a' / '1.png')  # the second picture, by the first one's name
    with pytest.raises(ValueError, match='would overwrite an input'):
        list(inferencer([sources[1], ours], vis_out_dir=str(tmp_path / 'a')))
    np.testing.assert_array_equal(cv2.imread(ours), image)


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        (
            {'draw': 'sphere', 'return_vis': True},
            "draw: expected one of .*got 'sphere'",
        ),
        ({'batch_size': 0}, 'batch_size: expected 1 or more, got 0'),
        ({'smoth': True}, 'smoth'),
        ({'bboxes': [[BOXES], [BOXES]]}, 'got 2 entries'),
        ({'bboxes': [[[0, 0, 0, 9]]]}, 'array 0, box 0: expected x1 < x2'),
        ({'bboxes': [[[500, 0, 600, 9]]]}, 'array 0, box 0: .*160x120 pixels'),
    ],
)
def test_bad_arguments(inferencer, image, options, text):
    with pytest.raises(ValueError, match=text):
        list(inferencer(image, **options))


def test_unusable_images_can_be_left_out(inferencer, image, tmp_path):
    bad = tmp_path / 'text.jpg'
    bad.write_text('no image', 'utf-8')
    errors = []
    (result,) = inferencer(
        [image, bad, image], on_error=lambda *error: errors.append(error)
    )
    assert result['names'] == ['array 0', 'array 2']
    assert [name for name, _ in errors] == [str(bad)]
    with pytest.raises(ValueError, match=r'text\.jpg: expected an image'):
        list(inferencer([image, bad]))


def test_video(inferencer, film, tmp_path, monkeypatch):
    out = tmp_path / 'out'
    scores = np.array([0.9, 0.6], np.float32)
    monkeypatch.setattr(inferencer, 'detector', lambda _: (FILM_BOXES, scores))
    results = [*inferencer(film, out_dir=str(out), smooth=True, detect_every=4)]
    assert [result['frame'] for result in results] == [*range(12)]
    tracks = [[head['track_id'] for head in r['predictions'][0]] for r in results]
    assert tracks == [[0, 1]] * 12
    lines = (out / 'predictions' / 'film.jsonl').read_text('utf-8').splitlines()
    assert len(lines) == 12
    last = json.loads(lines[-1])
    assert last['heads'] == results[-1]['predictions'][0]
    assert last['time_s'] == pytest.approx(11 / 20, abs=0.01)
    info = inferencer.video_info
    assert (info['n_read'], info['n_broken'], info['size']) == (12, 0, (160, 120))
    drawn = cv2.VideoCapture(info['files'][0])
    assert Path(info['files'][0]) == out / 'visualizations' / 'film.mp4'
    assert drawn.get(cv2.CAP_PROP_FRAME_COUNT) == 12


def test_a_video_that_is_stopped_leaves_whole_files(inferencer, film, tmp_path):
    run = inferencer(film, vis_out_dir=str(tmp_path / 'film.mp4'), bboxes=BOXES)
    next(run)
    next(run)
    run.close()
    assert inferencer.video_info['n_read'] == 2
    assert cv2.VideoCapture(str(tmp_path / 'film.mp4')).read()[0]


@pytest.mark.parametrize('until', ['end', 'half', 'collected'])
def test_after_a_video_it_can_be_copied(inferencer, image, film, until):
    results = inferencer(film)
    for _ in range(12 if until == 'end' else 2):
        next(results)
    if until == 'end':
        assert next(results, None) is None
    if until == 'collected':
        results.close()
    expected = inferencer.predict(image)
    for copied in (copy.deepcopy(inferencer), pickle.loads(pickle.dumps(inferencer))):
        assert_same(copied.predict(image), expected)
        assert len([*copied(film)]) == 12
        assert copied.video_info['n_read'] == 12
    assert inferencer.video_info.get('n_read') == dict(end=12, collected=2).get(until)


def test_a_drawn_video_of_changing_rate_keeps_the_time(
    inferencer, film, tmp_path, monkeypatch
):
    times = [*np.arange(0, 1, 0.25), *np.arange(1, 1.4, 0.05)]  # 4/s, then 20/s
    with monkeypatch.context() as changed:
        changed.setattr(FrameReader, '_time_of', lambda _, index: times[index])
        results = [*inferencer(film, vis_out_dir=str(tmp_path / 'out'))]
    assert [result['time_s'] for result in results] == times
    drawn = [time for _, time, _ in FrameReader(tmp_path / 'out' / 'film.mp4')]
    assert drawn[-1] == pytest.approx(times[-1], abs=0.05)
    assert np.diff(drawn) == pytest.approx(0.05)  # where 12 frames would take 0.6 s


def test_a_call_that_ends_late_leaves_the_next_ones_video(inferencer, film):
    first = inferencer(film)
    next(first)
    assert len([*inferencer(film)]) == 12
    first.close()
    assert inferencer.video_info['n_read'] == 12


@pytest.mark.parametrize(
    ('name', 'error', 'text'),
    [
        ('film.mp4', ValueError, 'film.mp4'),
        ('missing.mp4', FileNotFoundError, 'missing.mp4'),
        ('webcam:99', OSError, 'camera 99'),
        ('webcam:first', ValueError, 'webcam:N'),
    ],
)
def test_bad_videos(inferencer, tmp_path, monkeypatch, name, error, text):
    monkeypatch.chdir(tmp_path)
    Path('film.mp4').write_text('no video', 'utf-8')
    with pytest.raises(error, match=text):
        list(inferencer(name))


def test_show_without_a_display(inferencer, image, monkeypatch):
    monkeypatch.setattr('sys.platform', 'linux')
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(OSError, match='show: expected a display'):
        list(inferencer(image, show=True))


def test_a_key_in_the_window_stops(inferencer, image, film, monkeypatch):
    shown = []
    where = 'bernoulli_headpose.runner.show_picture'
    monkeypatch.setattr(where, lambda *args: shown.append(args) or len(shown) == 2)
    assert len([*inferencer([image] * 5, show=True, batch_size=1)]) == 2
    shown.clear()
    assert len([*inferencer(film, show=True)]) == 2


def test_damaged_weights_never_give_nan(image):
    damaged = HeadPoseInferencer(device='cpu', detector=two_faces)
    with torch.no_grad():
        next(damaged.model.head.final_layer.parameters()).fill_(float('nan'))
    with pytest.raises(
        ValueError, match='array 0: expected finite .*weights are damaged'
    ):
        damaged.predict(image)


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


def test_margin_and_whole_image(inferencer, image):
    assert inferencer.estimator.margin == 0.4
    whole = HeadPoseInferencer(device='cpu', detector='none', margin=0.0)
    assert isinstance(whole.detector, WholeImage)
    (head,) = whole.predict(image)
    assert head['bbox'] == [0, 0, 160, 120]
    size = np.array([160, 120]) / 1.8
    tight = [*(np.array([80, 60]) - size / 2), *(np.array([80, 60]) + size / 2)]
    (same,) = inferencer.predict(image, bboxes=tight)
    for name in ANGLE_NAMES:
        assert same[name] == pytest.approx(head[name], abs=1e-2)
