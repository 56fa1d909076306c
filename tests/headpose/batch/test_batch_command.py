"""The command on a Ray cluster of two workers, one of which is killed on the way."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

# Before Ray: it sets how much that says.
pytest.importorskip('bernoulli_headpose.batch.engine', reason="no extra 'batch'")

import pyarrow.dataset as ds  # noqa: E402

from bernoulli_headpose import HeadPose  # noqa: E402
from bernoulli_headpose.batch.__main__ import main  # noqa: E402

N_PICTURES = 45


@pytest.fixture(scope='module')
def address():
    from ray.cluster_utils import Cluster

    node = dict(num_cpus=2, object_store_memory=80 * 2**20, include_dashboard=False)
    cluster = Cluster(initialize_head=True, head_node_args=node)
    yield cluster.address
    cluster.shutdown()


@pytest.fixture(scope='module')
def folder(photo, tmp_path_factory) -> Path:
    """Pictures, each with its head at another place, and a broken one."""
    folder = tmp_path_factory.mktemp('collection')
    for i in range(N_PICTURES):
        shifted = np.roll(photo, (i % 7, 2 * i), axis=(0, 1))
        cv2.imwrite(str(folder / f'{i:02d}.png'), shifted)
    (folder / 'broken.jpg').write_bytes(b'no picture')
    return folder


@pytest.fixture(scope='module')
def command(address, folder, tmp_path_factory):
    out = tmp_path_factory.mktemp('out')
    line = [str(folder), '--out', str(out), '--shard-size', '15', '--workers', '2']
    return [*line, '--address', address], out


def kill_one(out: Path, told: list[Path]) -> None:
    """Kill the first worker that has begun some pictures of a shard."""
    for _ in range(1200):
        for path in out.glob('unfinished/*.txt'):
            _, pid, *begun = path.read_text().split() or ('', '')
            if len(begun) > 2:
                os.kill(int(pid), signal.SIGKILL)
                told.append(path)
                return
        time.sleep(0.05)


def read(out: Path, kind: str) -> dict[str, list]:
    return ds.dataset(out / kind, format='parquet').to_table().to_pydict()


def test_a_killed_worker_loses_and_doubles_nothing(command, folder, capfd):
    line, out = command
    killed: list[Path] = []
    killer = threading.Thread(target=kill_one, args=(out, killed))
    killer.start()
    assert main(line) == 1  # a file is broken
    killer.join()
    assert len(killed) == 1
    pictures, heads = read(out, 'pictures'), read(out, 'heads')
    assert sorted(pictures['picture']) == [*range(N_PICTURES + 1)]
    assert sorted(pictures['path']) == sorted(map(str, folder.iterdir()))
    names = {'broken.csv', 'heads', 'pictures', 'run.json', 'run.lock'}
    assert {path.name for path in out.iterdir()} == names
    estimate = HeadPose(threads=1)
    wanted = {
        (str(path), np.float32(head.yaw), np.float32(head.center[0]))
        for path in folder.glob('*.png')
        for head in estimate(path)
    }
    found = [*zip(heads['path'], heads['yaw'], heads['center_x'], strict=True)]
    assert len(found) == len(wanted) >= N_PICTURES - 10
    assert {(path, np.float32(a), np.float32(b)) for path, a, b in found} == wanted
    shown, complaints = capfd.readouterr()
    assert 'retries remaining' not in shown + complaints
    assert f'{N_PICTURES + 1} pictures and frames, {len(found)} heads' in shown
    assert '1 broken' in shown


def test_the_same_command_does_what_is_missing(command, capfd):
    line, out = command
    files = sorted(out.glob('*/*.parquet'))
    assert len(files) == 8
    before = {path: path.stat().st_mtime_ns for path in files}
    gone = out / 'pictures' / '000001.parquet'
    gone.unlink()
    assert main(line) == 1
    assert '3 of 4 shards are there already' in capfd.readouterr().err
    changed = {path for path in files if path.stat().st_mtime_ns != before[path]}
    assert changed == {gone, out / 'heads' / gone.name}
    assert main(line) == 1  # and now without a cluster
    assert 'nothing left to do' in capfd.readouterr().out
    assert main([*line, '--bbox-thr', '0.5']) == 1
    assert 'it has bbox_thr None, now 0.5' in capfd.readouterr().err


def test_results_that_cannot_be_written_end_the_run(command, folder, tmp_path, capfd):
    line = [str(folder / '00.png'), '--out', str(tmp_path), *command[0][3:]]
    assert main([*line, '--device', 'cuda']) == 1
    assert '--device: expected a GPU in the cluster' in capfd.readouterr().err
    file = tmp_path / 'pictures' / '000000.parquet'
    file.mkdir()
    assert main(line) == 1
    error = capfd.readouterr().err
    assert 'error: shard 0: [Errno 21] Is a directory: ' in error
    assert str(file) in error
    file.rmdir()
    assert main(line) == 0
    assert capfd.readouterr().out.startswith('1 pictures and frames, 1 heads, no head')


def test_an_address_without_a_cluster(folder, tmp_path, monkeypatch, capsys):
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]  # of nobody once it is closed
    for address, error in (
        (f'127.0.0.1:{port}', f'expected a Ray cluster at 127.0.0.1:{port}, found non'),
        ('127.0.0.1:99999', 'expected a Ray cluster at 127.0.0.1:99999, found none'),
        ('127.0.0.1', 'expected HOST:PORT or auto, got 127.0.0.1'),
    ):
        monkeypatch.setenv('RAY_ADDRESS', address)
        assert main([str(folder), '--out', str(tmp_path / 'out')]) == 1
        assert error in capsys.readouterr().err


def test_wrong_command_lines(capsys):
    for options, error in (
        (['--shard-size', '0'], '--shard-size: expected 1 or more, got 0'),
        (['--bbox-thr', '2'], '--bbox-thr: expected a score of 0 to 1, got 2.0'),
        (['--one-pass', '--model', 'heads'], '--one-pass: expected no --model with it'),
    ):
        with pytest.raises(SystemExit) as stop:
            main(['photos', '--out', 'out', *options])
        assert stop.value.code == 2
        assert error in capsys.readouterr().err


def test_without_ray_it_says_what_to_install(monkeypatch, capsys):
    find = main.__globals__['importlib'].util.find_spec
    monkeypatch.setattr(
        'importlib.util.find_spec', lambda name: None if name == 'ray' else find(name)
    )
    assert main(['photos', '--out', 'out']) == 1
    needed = "head-pose-batch needs ray: pip install 'bernoulli_mmpose[batch]'"
    assert needed in capsys.readouterr().err


def test_nothing_of_it_is_imported_by_the_rest():
    code = (
        'import sys, bernoulli_headpose.cli, bernoulli_headpose.head_pose, '
        'bernoulli_headpose.batch.__main__; print({"ray", "pyarrow"} & {*sys.modules})'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert done.stdout == 'set()\n'
