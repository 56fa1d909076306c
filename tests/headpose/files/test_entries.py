"""Which entries of a folder are files of a user, and can be read to their end."""

import os
import socket

import pytest

from bernoulli_headpose.files import check_file, is_system_file


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('._photo.jpg', True),
        ('a/b/._image00002.mat', True),
        ('.DS_Store', True),
        ('Thumbs.db', True),
        ('thumbs.DB', True),
        ('desktop.ini', True),
        ('photo.jpg', False),
        ('.photo.jpg', False),
        ('._folder/photo.jpg', False),
        ('_photo.jpg', False),
    ],
)
def test_is_system_file(name, expected):
    assert is_system_file(name) == expected


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """A folder of entries that are no files; the current one."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo('pipe.jpg')
    (tmp_path / 'zero.jpg').symlink_to('/dev/zero')
    (tmp_path / 'lost.jpg').symlink_to('nowhere')
    (tmp_path / 'folder.jpg').mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind('socket.jpg')
        yield tmp_path


@pytest.mark.usefixtures('odd')
@pytest.mark.parametrize(
    ('name', 'error', 'got'),
    [
        ('pipe.jpg', ValueError, 'got a pipe'),
        ('zero.jpg', ValueError, 'got a device'),
        ('socket.jpg', ValueError, 'got a socket'),
        ('folder.jpg', ValueError, 'got a folder'),
        ('lost.jpg', FileNotFoundError, r'no such file \(the link leads nowhere\)'),
        ('no.jpg', FileNotFoundError, 'no such file$'),
        ('a\0.jpg', FileNotFoundError, r"expected the name of an image, got 'a\\x00"),
    ],
)
def test_check_file_refuses(name, error, got):
    with pytest.raises(error, match=got):
        check_file(name, 'an image')


def test_check_file(tmp_path):
    (tmp_path / 'a.txt').write_text('abc')
    assert check_file(tmp_path / 'a.txt').st_size == 3
