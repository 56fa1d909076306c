"""The index: made once, made anew after a change, safe in a distributed run."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch.distributed
import torch.multiprocessing

from bernoulli_mmpose.datasets.file_index import cache_folder, read_indexed


class Reader:
    """Reads the number in a file and counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self, path):
        self.calls += 1
        return [float(path.read_text()), 1.0]


@pytest.fixture
def files(tmp_path):
    (tmp_path / 'data').mkdir()
    paths = [tmp_path / 'data' / f'{i}.txt' for i in range(5)]
    for i, path in enumerate(paths):
        path.write_text(str(i))
    return paths


def test_second_start_reads_no_file(files):
    read = Reader()
    first = read_indexed('x', files, read)
    second = read_indexed('x', files, read)
    assert read.calls == 5
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[:, 0], range(5))


def test_the_same_folder_by_another_path(files, monkeypatch):
    read = Reader()
    read_indexed('x', files, read)
    monkeypatch.chdir(files[0].parents[1])
    read_indexed('x', [Path('data') / file.name for file in files], read)
    assert read.calls == 5


@pytest.mark.parametrize('change', ['edit', 'touch', 'remove', 'add'])
def test_changes_are_noticed(files, change):
    read = Reader()
    read_indexed('x', files, read)
    if change == 'edit':
        files[2].write_text('77')
    elif change == 'touch':
        os.utime(files[2], ns=(1, 1))
    elif change == 'remove':
        files.pop(2)
    else:
        files.append(files[0].with_name('z.txt'))
        files[-1].write_text('5')
    table = read_indexed('x', files, read)
    assert read.calls == 5 + len(files)
    assert len(table) == len(files)
    assert (table[2, 0] == 77) == (change == 'edit')


def test_data_folder_is_never_written(files):
    before = sorted(files[0].parent.iterdir())
    files[0].parent.chmod(0o555)
    read_indexed('x', files, Reader())
    files[0].parent.chmod(0o755)
    assert sorted(files[0].parent.iterdir()) == before


@pytest.mark.parametrize('garbage', [b'', b'garbage', b'PK\x03\x04 half a zip'])
def test_damaged_index_is_made_anew(files, garbage):
    read = Reader()
    read_indexed('x', files, read)
    (path,) = cache_folder().glob('x-*.npz')
    path.write_bytes(garbage)
    with pytest.warns(UserWarning, match='damaged index, made anew'):
        table = read_indexed('x', files, read)
    assert read.calls == 10
    np.testing.assert_array_equal(table[:, 0], range(5))


def test_cache_that_cannot_be_written(files, tmp_path):
    (tmp_path / 'file').write_text('in the way')
    with pytest.warns(UserWarning, match='index could not be kept'):
        table = read_indexed(
            'x', files, Reader(), index_dir=tmp_path / 'file' / 'cache'
        )
    assert len(table) == 5


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv('BERNOULLI_CACHE_DIR')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert cache_folder() == tmp_path / 'bernoulli_mmpose'
    monkeypatch.setenv('BERNOULLI_CACHE_DIR', str(tmp_path / 'mine'))
    assert cache_folder() == tmp_path / 'mine'
    assert cache_folder(tmp_path / 'given') == tmp_path / 'given'


def _count(path):
    """Leaves a mark for each call, so that two processes can be counted."""
    with open(os.environ['MARKS'], 'a') as stream:  # noqa: PTH123
        stream.write('x')
    return [float(path.read_text())]


def _work(rank, port, files, cache):
    os.environ.update(
        MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port), LOCAL_RANK=str(rank)
    )
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    table = read_indexed('x', files, _count, index_dir=cache)
    assert table[:, 0].tolist() == [0, 1, 2, 3, 4]
    torch.distributed.destroy_process_group()


def test_one_of_two_processes_builds(files, tmp_path, monkeypatch, free_port):
    marks = tmp_path / 'marks'
    monkeypatch.setenv('MARKS', str(marks))
    torch.multiprocessing.spawn(_work, (free_port, files, tmp_path / 'cache'), nprocs=2)
    assert len(marks.read_text()) == 5


def test_other_choices_of_the_same_folder_keep_their_own_index(files):
    read = Reader()
    for _ in range(2):
        read_indexed('x', files[:2], read)
        read_indexed('x', files[3:], read)
    assert read.calls == 4


def test_further_files_count(files, tmp_path):
    extra = tmp_path / 'extra'
    extra.write_text('a')
    read = Reader()
    read_indexed('x', files, read, also=[extra])
    extra.write_text('ab')
    read_indexed('x', files, read, also=[extra])
    assert read.calls == 10


@pytest.mark.parametrize(
    'table', [np.zeros(5), np.zeros((3, 2)), np.zeros((5, 2), int)]
)
def test_an_index_of_another_form_is_made_anew(files, table):
    read = Reader()
    read_indexed('x', files, read)
    (path,) = cache_folder().glob('x-*.npz')
    with np.load(path) as stored:
        state = stored['fingerprint']
    np.savez(path, fingerprint=state, table=table)
    with pytest.warns(UserWarning, match='damaged index, made anew'):
        assert read_indexed('x', files, read).shape == (5, 2)


@pytest.mark.parametrize('name', ['none', 'a\0b', '\ud800', 'x' * 300])
def test_files_that_are_not_there(files, name):
    files.append(files[0].with_name(name))
    with pytest.raises((OSError, ValueError)):
        read_indexed('x', files, Reader())

    def read(path):
        return [float(path == files[-1])]

    table = read_indexed('x', files, read, missing_ok=True)
    assert table.ravel().tolist() == [0, 0, 0, 0, 0, 1]


def test_a_full_disk_leaves_the_earlier_index(files, small_disk):
    read_indexed('x', files, Reader(), index_dir=small_disk)
    (small_disk / 'full').write_bytes(bytes(93_000))
    before = {path: path.read_bytes() for path in small_disk.iterdir()}
    files[0].write_text('77')
    with pytest.warns(UserWarning, match='index could not be kept .*No space left'):
        read_indexed('x', files, lambda _: range(5000), index_dir=small_disk)
    assert {path: path.read_bytes() for path in small_disk.iterdir()} == before


def test_what_a_killed_run_left_in_the_cache_is_removed(files):
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    left = [folder / '.0123abcd.part.npz', folder / '.89abcdef.part.npz']
    for part in left:
        part.write_bytes(b'half')
    os.utime(left[0], (0, 0))
    read_indexed('x', files, Reader())
    assert [part.exists() for part in left] == [False, True]
