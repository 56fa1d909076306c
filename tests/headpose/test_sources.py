"""What an inferencer is given becomes BGR images, or an error that says why not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose.sources import (
    is_video,
    list_sources,
    name_sources,
    read_picture,
)


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
    for name in ('b.JPG', 'a.png', 'notes.txt', 'film.mp4', '._a.png', 'Thumbs.db'):
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
        (['webcam'], ValueError, 'expected images, got the video webcam'),
        ('rtsp://host/a', ValueError, 'expected images, got the video rtsp://host/a'),
        ('https://host/a.jpg?x=1', ValueError, r'got https://.*; download it first'),
        ('0', FileNotFoundError, "'0': expected .*; a camera is named webcam:0"),
        ('missing.wmv', FileNotFoundError, "'missing.wmv': expected an image"),
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
        ('http://host/stream.mjpg', True),
        ('http://host/photo.JPG', False),
        ('missing.wmv', False),
        ('webcam.jpg', False),
        (np.zeros((2, 2)), False),
        (['film.mp4'], False),
    ],
)
def test_is_video(source, expected):
    assert is_video(source) == expected


@pytest.mark.parametrize(
    ('name', 'content', 'expected'),
    [
        ('film.wmv', bytes.fromhex('3026b2758e66cf11a6d900aa0062ce6c'), True),
        ('film', bytes.fromhex('1a45dfa3'), True),
        ('moving.gif', b'GIF89a', True),
        ('photo.mp4', b'\x89PNG\r\n\x1a\n', False),  # its name is wrong
        ('photo', b'\xff\xd8\xff\xe0', False),
        ('photo.heic', b'\0\0\0\x18ftypheic', False),  # is named as what it is
        ('damaged.jpg', b'nothing', False),
        ('notes.txt', 'Zoë\n'.encode() * 2000, False),  # which FFmpeg would draw
        ('film.mp4', b'text', True),  # named so, and refused by the reader
    ],
)
def test_a_file_is_a_video_by_its_content(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert is_video(tmp_path / name) == expected
    assert is_video(str(tmp_path / name)) == expected


@pytest.mark.parametrize('name', ['a' * 300 + '.jpg', 'a' * 300, 'a\0.jpg'])
def test_names_that_no_system_takes(name):
    assert not is_video(name)
    assert list_sources([name]) == [Path(name)]
    with pytest.raises(FileNotFoundError, match='expected an image, a folder'):
        list_sources(name)
