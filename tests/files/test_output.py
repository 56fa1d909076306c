"""Tests of files that are written whole or not at all."""

import errno
import os
import re
from pathlib import Path

import pytest

from bernoulli_mmpose.files import identify_files, whole_file, write_whole


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
