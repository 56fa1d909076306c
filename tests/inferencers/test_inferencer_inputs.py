"""What an inferencer is given becomes BGR images, or an error that says why not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_mmpose.inferencers.inputs import (
    is_video,
    list_sources,
    name_sources,
    read_picture,
    to_bgr,
)

BGR = np.array([[[10, 20, 30], [0, 128, 255]]], dtype=np.uint8)


@pytest.mark.parametrize(
    ('image', 'expected'),
    [
        (BGR, BGR),
        (np.dstack([BGR, BGR[..., :1]]), BGR),
        (BGR[..., 1], np.repeat(BGR[..., 1:2], 3, 2)),
        (BGR[..., 1:2], np.repeat(BGR[..., 1:2], 3, 2)),
        (BGR.astype(np.uint16) * 257, BGR),
        ((BGR * np.uint16(257)).astype('>u2'), BGR),
        (BGR.astype(np.int64), BGR),
        (BGR.astype(np.float32), BGR),
        (BGR / 255, BGR),
        (BGR > 100, (BGR > 100) * np.uint8(255)),
    ],
)
def test_to_bgr(image, expected):
    got = to_bgr(image)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    ('image', 'text'),
    [
        (
            np.zeros((0, 4, 3), np.uint8),
            r'photo: expected an image .* shape \(0, 4, 3\)',
        ),
        (np.zeros((4, 4, 2), np.uint8), r'got shape \(4, 4, 2\)'),
        (np.zeros((2, 4, 4, 3), np.uint8), r'got shape \(2, 4, 4, 3\)'),
        (np.full((4, 4), np.nan), 'expected pixels of 0 to 255 .* float64 of nan'),
        (np.full((4, 4), -1), 'got int64 of -1 to -1'),
        (np.full((4, 4), 256.0), 'got float64 of 256 to 256'),
        (np.full((4, 4), None), 'expected an array of numbers, got object'),
    ],
)
def test_to_bgr_refuses(image, text):
    with pytest.raises(ValueError, match=text):
        to_bgr(image, 'photo')


@pytest.mark.parametrize(
    ('shape', 'dtype', 'suffix'),
    [
        ((5, 6), np.uint8, '.png'),
        ((5, 6, 4), np.uint8, '.png'),
        ((5, 6, 3), np.uint16, '.png'),
        ((1, 1, 3), np.uint8, '.jpg'),
    ],
)
def test_read_picture_of_any_kind(tmp_path, shape, dtype, suffix):
    path = tmp_path / f'\u00e4{suffix}'
    _, data = cv2.imencode(suffix, np.full(shape, np.iinfo(dtype).max, dtype))
    path.write_bytes(data.tobytes())
    picture = read_picture(path, str(path), 'a')
    assert picture.image.shape == (*shape[:2], 3)
    assert picture.image.dtype == np.uint8
    assert picture.image.min() == 255
    assert picture.size == (shape[1], shape[0])


@pytest.mark.parametrize('content', [b'', b'no image at all'])
def test_read_picture_refuses_what_is_none(tmp_path, content):
    path = tmp_path / 'text.jpg'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'text.jpg: .*a file of {len(content)} bytes'):
        read_picture(path, str(path), 'text')


def test_list_sources_opens_folders_in_order(tmp_path):
    for name in ('b.JPG', 'a.png', 'notes.txt', 'film.mp4'):
        (tmp_path / name).touch()
    (tmp_path / 'folder.png').mkdir()
    array = np.zeros((2, 2), np.uint8)
    found = list_sources([str(tmp_path), array])
    assert found[:2] == [tmp_path / 'a.png', tmp_path / 'b.JPG']
    assert found[2] is array


@pytest.mark.parametrize(
    ('inputs', 'error', 'text'),
    [
        ([], ValueError, 'expected one or more images, got none'),
        ('missing.jpg', FileNotFoundError, "'missing.jpg': expected an image"),
        ('.', ValueError, r'expected images \(.bmp.*found none'),
        (['film.mp4'], ValueError, 'expected images, got the video film.mp4'),
        ('', FileNotFoundError, "'': expected an image, a folder or a video"),
        (3, TypeError, 'expected a path, an array, or a list of these, got int'),
    ],
)
def test_list_sources_refuses(tmp_path, monkeypatch, inputs, error, text):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=text):
        list_sources(inputs)


def test_names_are_unique():
    sources = [Path('a/1.jpg'), Path('b/1.png'), np.zeros((1, 1)), Path('1_2.jpg')]
    names = name_sources(sources)
    assert [stem for _, stem in names] == ['1', '1_2', '000002', '1_2_2']
    assert names[2][0] == 'array 2'


@pytest.mark.parametrize(
    ('source', 'expected'),
    [
        ('webcam', True),
        ('webcam:3', True),
        ('a/film.MP4', True),
        ('rtsp://host/stream', True),
        ('webcam.jpg', False),
        (np.zeros((2, 2)), False),
        (['film.mp4'], False),
    ],
)
def test_is_video(source, expected):
    assert is_video(source) == expected
