"""Tests of files that are written whole or not at all."""

import errno
import os
import re
import shutil
import signal
import stat
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose.files import (
    check_folder,
    identify_files,
    remove_old_parts,
    whole_file,
    write_picture,
    write_whole,
)


def test_a_file_takes_its_name_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / 'new' / 'a.json'
    with whole_file(path) as part:
        part.write_text('1')
        assert not path.exists()
        assert part.suffix == '.json'
    assert path.read_text() == '1'
    assert [entry.name for entry in path.parent.iterdir()] == ['a.json']


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / 'a.txt'
    path.write_text('before')

    def write_half() -> None:
        with whole_file(path) as part:
            part.write_text('half')
            raise RuntimeError('on the way')

    with pytest.raises(RuntimeError, match='^on the way$'):
        write_half()
    assert path.read_text() == 'before'
    assert [*tmp_path.iterdir()] == [path]


def test_a_full_disk_is_told_by_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / 'a.txt'
    with pytest.raises(OSError, match='No space left.*a.txt') as info, whole_file(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert info.value.filename == str(path)


def test_an_error_of_another_file_stays_its_own(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match='missing.txt'),
        whole_file(tmp_path / 'a.txt'),
    ):
        Path('missing.txt').read_text()


@pytest.mark.parametrize('link', ['symbolic', 'hard', 'none'])
def test_an_input_is_not_overwritten(tmp_path: Path, link: str) -> None:
    source = tmp_path / 'photo.json'
    source.write_text('pixels')
    path = source if link == 'none' else tmp_path / 'out.json'
    if link == 'symbolic':
        path.symlink_to(source)
    elif link == 'hard':
        path.hardlink_to(source)
    with pytest.raises(ValueError, match='would overwrite an input'):
        write_whole(path, 'new', identify_files([source, tmp_path / 'missing']))
    assert source.read_text() == 'pixels'


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / 'a').mkdir()
    (tmp_path / 'link.txt').symlink_to(tmp_path / 'a' / 'target.txt')
    write_whole(tmp_path / 'link.txt', 'new')
    assert (tmp_path / 'link.txt').is_symlink()
    assert (tmp_path / 'a' / 'target.txt').read_text() == 'new'


def test_a_device_is_written_as_it_is() -> None:
    write_whole('/dev/null', 'gone')
    assert not Path('/dev/null').is_file()


def test_the_mode_is_that_of_a_new_file(tmp_path: Path) -> None:
    (tmp_path / 'plain').write_text('')
    write_whole(tmp_path / 'whole', '')
    modes = {(tmp_path / name).stat().st_mode for name in ('plain', 'whole')}
    assert len(modes) == 1


@pytest.mark.parametrize('name', ['a' * 300, 'folder', 'file/below', 'a\0b'])
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'file').touch()
    with pytest.raises((OSError, ValueError), match=re.escape(repr(name)[1:-1])):
        write_whole(tmp_path / name, 'x')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['file', 'folder']


@pytest.mark.skipif(not Path('/dev/fd').exists(), reason='no /dev/fd')
def test_a_pipe_is_written_as_it_is() -> None:
    out, into = os.pipe()
    write_whole(f'/dev/fd/{into}', 'x')
    assert os.read(out, 9) == b'x'
    os.close(into)
    os.close(out)


def test_a_folder_that_vanishes_is_told_by_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / 'new' / 'a.txt'
    with pytest.raises(FileNotFoundError) as info, whole_file(path):
        shutil.rmtree(path.parent)
    assert info.value.filename == str(path)


def test_an_error_without_a_number_is_told_with_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match='a.png: encoder error'),
        whole_file(tmp_path / 'a.png'),
    ):
        raise OSError('encoder error')


def test_names_that_are_no_text_are_written_as_they_are(tmp_path: Path) -> None:
    write_whole(tmp_path / 'a.txt', 'caf\udce9')
    assert (tmp_path / 'a.txt').read_bytes() == b'caf\xe9'
    with pytest.raises(ValueError, match='b.txt: expected text for UTF-8'):
        write_whole(tmp_path / 'b.txt', '\ud800')


def test_inputs_that_are_no_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / 'a').touch()
    array = np.zeros((2, 2), np.uint8)
    found = identify_files([tmp_path / 'a', array, 'rtsp://a/b', 'a\0b', 0, None])
    assert len(found) == 1


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_a_picture_is_written_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f'caf\udce9{suffix}'
    write_picture(path, np.full((4, 5, 3), 200, np.uint8))
    image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(image, 200)


@pytest.mark.parametrize(
    ('name', 'shape'),
    [('a.xyz', (4, 4, 3)), ('a.jpg', (1, 70000, 3)), ('a.png', (0, 4, 3))],
)
def test_a_picture_that_cannot_be_written(
    tmp_path: Path, name: str, shape: tuple[int, ...]
) -> None:
    with pytest.raises(OSError, match=f'{name}: OpenCV cannot write it'):
        write_picture(tmp_path / name, np.zeros(shape, np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_earlier_file(small_disk: Path) -> None:
    path = small_disk / 'a.bin'
    path.write_bytes(b'before')
    with pytest.raises(OSError, match='No space left.*a.bin'):
        write_whole(path, bytes(2**20))
    assert path.read_bytes() == b'before'
    assert [*small_disk.iterdir()] == [path]


@pytest.mark.parametrize('name', ['a' * 300, 'file', 'file/below'])
def test_a_folder_that_cannot_be_one(tmp_path: Path, name: str) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match=name.split('/')[0]):
        check_folder(tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir()] == ['file']


def test_a_folder_that_must_not_be_written_to(tmp_path: Path, monkeypatch) -> None:
    check_folder(tmp_path / 'new' / 'newer')
    monkeypatch.setattr(os, 'access', lambda *_: False)
    with pytest.raises(PermissionError) as info:
        check_folder(tmp_path / 'new')
    assert info.value.filename == str(tmp_path)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    if not (child := os.fork()):
        with whole_file(tmp_path / 'a.npz') as part:
            part.write_text('half')
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (left,) = tmp_path.iterdir()
    others = [tmp_path / name for name in ('.part.npz', 'tmpabc', '.notours.part.npz')]
    for other in others:
        other.touch()
        os.utime(other, (0, 0))
    remove_old_parts(tmp_path)
    assert left.exists()  # another process may be writing it
    os.utime(left, (0, 0))
    remove_old_parts(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(others)
    remove_old_parts(tmp_path / 'missing')


def test_the_mode_of_an_existing_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / 'private.json'
    path.touch(mode=0o600)
    write_whole(path, '1')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anything')
def test_a_read_only_file_stays(tmp_path: Path) -> None:
    path = tmp_path / 'kept.json'
    path.write_text('before')
    path.chmod(0o400)
    with pytest.raises(PermissionError, match='kept.json'):
        write_whole(path, 'new')
    assert path.read_text() == 'before'
