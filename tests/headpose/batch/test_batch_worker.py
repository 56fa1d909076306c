"""A worker and its shard: equal to HeadPose, broken files, what an earlier try left."""

import os
import socket
import threading
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from bernoulli_headpose import HeadPose
from bernoulli_headpose.batch.inputs import Shard, cut, list_paths
from bernoulli_headpose.batch.worker import Job, ShardWorker


@pytest.fixture(scope='module')
def estimate() -> HeadPose:
    return HeadPose(threads=1)


@pytest.fixture
def worker(tmp_path, estimate) -> ShardWorker:
    options = dict(smooth=False, detect_every=10)
    worker = ShardWorker(Job(str(tmp_path / 'out'), str(tmp_path), {}, None, options))
    worker.__dict__['estimate'] = estimate  # loaded once
    worker.folder.path.mkdir()
    worker.folder.begin({})
    return worker


def rows(worker, number=0):
    """Heads and pictures of a shard."""
    files = worker.folder.files(number)[:2]
    return [pq.read_table(file).to_pylist() for file in files]


def test_pictures_equal_to_those_of_head_pose(worker, estimate, collection):
    film, shard = cut(list_paths([str(collection)], 'path'), 10)
    assert worker(shard) == (4, '')
    heads, pictures = rows(worker, 1)
    assert [row['n_heads'] for row in pictures] == [1, 1, None, 0]
    assert [row['picture'] for row in pictures] == [0, 1, 2, 3]
    assert film.places == [4]  # the last of the list, and the first to be done
    assert [row['path'] for row in heads] == shard.paths[:2]
    for row in heads:
        (head,) = estimate(row['path'])
        for name in ('pitch', 'yaw', 'roll', 'rotation_std', 'score', 'box_score'):
            assert row[name] == pytest.approx(getattr(head, name), rel=1e-6), name
        np.testing.assert_array_equal(row['rotation'], head.rotation.ravel())
        assert [row[f'{name}_std'] for name in ('pitch', 'yaw', 'roll')] == [*head.std]
        assert [row[name] for name in ('x1', 'y1', 'x2', 'y2')] == [*head.box]
        assert (row['center_x'], row['center_y']) == head.center
        assert (row['width'], row['height']) == (320, 240)
        assert row['frame'] is row['track_id'] is None
    assert pictures[2]['error'].endswith(
        'a file of 10 bytes that is none (or is damaged)'
    )
    assert [row['error'] for row in pictures if row['n_heads'] is not None] == [
        None
    ] * 3


def test_a_video_has_a_row_a_frame(worker, estimate, collection):
    path = str(collection / 'below' / 'film.avi')
    assert worker(Shard(0, [7], [path])) == (4, '')
    heads, pictures = rows(worker)
    frames = [*estimate.video(path)]
    assert [row['time_s'] for row in pictures] == [frame.time_s for frame in frames]
    assert [row['frame'] for row in heads] == [0, 1, 2, 3]
    assert {(row['picture'], row['track_id']) for row in heads} == {(7, 0)}
    yaws = [frame.heads[0].yaw for frame in frames]
    assert [row['yaw'] for row in heads] == pytest.approx(yaws, rel=1e-6)


def test_what_is_damaged_is_told(worker, collection, photo, tmp_path):
    data = cv2.imencode('.jpg', photo)[1].tobytes()
    (tmp_path / 'cut.jpg').write_bytes(data[: len(data) // 2])
    odd = os.fsdecode(b'odd\xff.png')
    (tmp_path / odd).write_bytes(cv2.imencode('.png', photo)[1].tobytes())
    assert worker(Shard(0, [0, 1, 2], ['cut.jpg', odd, 'missing.jpg'])) == (3, '')
    _, (cut_off, odd_name, missing) = rows(worker)
    assert 'damaged or cut off; it is used' in cut_off['note']
    assert (cut_off['error'], odd_name['note'], missing['n_heads']) == (None,) * 3
    assert (odd_name['path'], odd_name['n_heads']) == ('odd\\udcff.png', 1)
    assert 'found no such file' in missing['error']
    film = collection / 'below' / 'film.avi'
    film.write_bytes(film.read_bytes()[:200])
    assert worker(Shard(1, [3], [str(film)])) == (1, '')
    _, (broken,) = rows(worker, 1)
    assert 'expected a video' in broken['error']
    totals = worker.folder.finish(2)
    assert (totals.pictures, totals.heads, totals.damaged) == (4, 1, 1)
    lines = (tmp_path / 'out' / 'broken.csv').read_text('utf-8').splitlines()
    assert lines[0] == 'path,reason'
    assert [line.partition(',')[0] for line in lines[1:]] == ['missing.jpg', str(film)]


def test_a_shard_that_is_there_is_left(worker, collection):
    shard = Shard(0, [0], [str(collection / '0.png')])
    assert worker(shard) == (1, '')
    files = worker.folder.files(0)
    before = [file.stat().st_mtime_ns for file in files[:2]]
    assert worker(shard) == (0, '')
    assert [file.stat().st_mtime_ns for file in files[:2]] == before
    files[0].unlink()  # half a shard is none
    assert worker.folder.done(1) == set()
    assert worker(shard) == (1, '')
    assert worker.folder.done(1) == {0}
    assert not files[2].exists()


def test_one_thread_reads_all_shards(worker, monkeypatch):
    threads = []
    monkeypatch.setattr(
        'bernoulli_headpose.batch.worker.read_picture',
        lambda path, *_: (
            threads.append(threading.current_thread()) or Path(path).stat()
        ),
    )
    for number in range(3):
        assert worker(Shard(number, [0, 1], ['missing.jpg', 'too.jpg'])) == (2, '')
    assert len(threads) == 6
    assert len({*threads} - {threading.current_thread()}) == 1


@pytest.mark.parametrize(('deaths', 'n_heads'), [(1, [1, 1]), (2, [1, None])])
def test_a_picture_that_kills_workers_is_left_out(worker, collection, deaths, n_heads):
    attempts = worker.folder.files(0)[2]
    attempts.write_text('\nvm 1 0 1' * deaths + '\nvm 2')
    shard = Shard(0, [0, 1], [str(collection / f'{i}.png') for i in (0, 1)])
    assert worker(shard) == (2, '')
    _, pictures = rows(worker)
    assert [row['n_heads'] for row in pictures] == n_heads
    if deaths == 2:
        assert pictures[1]['error'] == 'workers died at it 2 times'


@pytest.mark.parametrize('deadly', [0, 2, 4])
def test_a_frame_that_kills_workers_ends_its_video(worker, collection, deadly):
    begun = ' '.join(map(str, range(deadly + 1)))
    worker.folder.files(0)[2].write_text(f'\nvm 1 {begun}' * 2)
    film = str(collection / 'below' / 'film.avi')
    assert worker(Shard(0, [0], [film])) == (deadly + 1, '')
    heads, pictures = rows(worker)
    assert [row['frame'] for row in heads] == [*range(deadly)]
    assert pictures[deadly]['error'] == f'frame {deadly}: workers died at it 2 times'


def test_a_try_leaves_a_trace_until_it_ends(worker, collection, monkeypatch):
    attempts = worker.folder.files(0)[2]
    seen = []

    def killed(*_, **__):
        seen.append(attempts.read_text())
        raise SystemExit

    monkeypatch.setattr(worker, 'estimate', killed)
    killed.estimator = HeadPose(threads=1).estimator
    with pytest.raises(SystemExit):
        worker(Shard(0, [0], [str(collection / '0.png')]))
    assert seen == [f'\n{socket.gethostname()} {os.getpid()} 0']
    left = [path.name for path in worker.folder.path.rglob('*') if path.is_file()]
    assert left == ['run.json']


def test_what_cannot_be_written_is_told(worker, collection):
    worker.folder.files(0)[1].mkdir()
    pictures, failure = worker(Shard(0, [0], [str(collection / '0.png')]))
    assert pictures == 0
    assert 'Is a directory' in failure
