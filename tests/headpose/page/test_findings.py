"""What the page shows, without a page."""

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bernoulli_headpose import HeadPose
from bernoulli_headpose.heads import HeadMaps
from bernoulli_headpose.page import examine, findings
from bernoulli_headpose.page.findings import TABLE_HEADERS, draw_maps
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_mmpose import HeadPoseInferencer


def one_face(image):
    height, width = image.shape[:2]
    return np.array([[0.2 * width, 0.2 * height, 0.8 * width, 0.8 * height]]), [1.0]


def no_face(_):
    return np.zeros((0, 4)), []


@pytest.fixture(scope='module')
def inferencer():
    return HeadPoseInferencer(detector=one_face, device='cpu')


@pytest.fixture
def picture(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (120, 100, 3), np.uint8)
    path = tmp_path / 'noise.png'
    cv2.imwrite(str(path), noise)
    return path


def test_a_head_with_its_maps(inferencer, picture):
    found = examine(inferencer, picture)
    assert found.message == 'noise.png (100x120 pixels): 1 head found.'
    assert found.drawn.shape == (120, 100, 3)
    (row,) = found.rows
    assert len(row) == len(TABLE_HEADERS)
    (head,) = inferencer.predict(str(picture))
    assert row[1].startswith(f'{head["pitch"]:+.1f}')
    x, y, z, w = Rotation.from_matrix(head['rotation']).as_quat(canonical=True)
    np.testing.assert_allclose([*map(float, row[-1].split())], [w, x, y, z], atol=1e-3)
    names = [caption.split(',')[0] for _, caption in found.maps]
    assert names == [f'head 1: {name}' for name in ('centre', *ANGLE_NAMES)]


def test_angle_maps_share_a_scale_and_show_signs():
    crop = np.full((8, 8, 3), 128, np.uint8)
    angle_maps = np.zeros((3, 2, 2), np.float32)
    angle_maps[:, 0, 0] = (40, -40, 20)
    head = dict(pitch=40.0, yaw=-40.0, roll=20.0, score=1.0)
    tiles = draw_maps(1, HeadMaps(head, crop, np.eye(2, dtype=np.float32), angle_maps))
    red, blue, pale = (picture[0, 0].astype(int) for picture, _ in tiles[1:])
    assert red[0] > 200 > 100 > red[2]
    assert blue[2] > 200 > 100 > blue[0]
    np.testing.assert_allclose(pale, (red + 128) / 2, atol=1)  # half as strong
    assert tiles[2][1] == 'head 1: yaw, -40.0\u00b0'


def test_no_face_and_no_picture_are_said(inferencer, picture, tmp_path, monkeypatch):
    monkeypatch.setattr(inferencer, 'detector', no_face)
    found = examine(inferencer, picture)
    assert 'no head was found' in found.message
    assert found.rows == found.maps == []
    text = tmp_path / 'text.jpg'
    text.write_text('no picture')
    found = examine(inferencer, text)
    assert found.drawn is None
    assert 'text.jpg' in found.message
    assert str(tmp_path) not in found.message


@pytest.mark.parametrize('shape', [(1, 1), (40, 30), (40, 30, 4)])
def test_odd_pictures(inferencer, tmp_path, shape):
    path = tmp_path / 'odd.png'
    cv2.imwrite(str(path), np.full(shape, 80, np.uint8))
    found = examine(inferencer, path)
    assert 'odd.png' in found.message
    assert len(found.rows) <= 1


def test_what_takes_too_long_is_refused_by_its_header(inferencer, picture, monkeypatch):
    monkeypatch.setattr(findings, 'MAX_MEGAPIXELS', 0.01)
    monkeypatch.setattr(findings, 'read_picture', None)  # nothing decodes it
    found = examine(inferencer, picture)
    assert found.message == (
        'noise.png: expected a picture of at most 0.01 megapixels, got 100x120 pixels'
    )


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.webp', '.bmp', '.tiff', '.ppm'])
def test_pictures_of_all_formats_are_looked_at(inferencer, tmp_path, suffix):
    path = tmp_path / f'noise{suffix}'
    cv2.imwrite(str(path), np.zeros((120, 100, 3), np.uint8))
    assert examine(inferencer, path).message.endswith('(100x120 pixels): 1 head found.')


def test_names_are_shown_without_control_characters(inferencer, picture):
    odd = picture.rename(picture.with_name('a\x1b\u202eb.png'))
    assert examine(inferencer, odd).message.startswith('a\\x1b\\u202eb.png (100x120')


@pytest.mark.parametrize('model', ['head-pose', 'heads'])
def test_an_exported_model_has_no_maps_to_show(model, rendered_head, tmp_path):
    path = tmp_path / 'head.png'
    picture = np.full((300, 300, 3), 90, np.uint8)
    picture[80:208, 80:208] = rendered_head
    cv2.imwrite(str(path), picture)
    runner = HeadPose(model, threads=1)
    found = examine(runner, path)
    (head,) = runner.predict(path)
    (row,) = found.rows
    assert row[1].startswith(f'{head["pitch"]:+.1f}')
    assert found.maps == []
