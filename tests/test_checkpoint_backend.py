"""A training that is killed while it writes a checkpoint leaves no half one."""

import os
import resource
import signal
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.dist import master_only
from mmengine.fileio import get_file_backend
from mmengine.runner import find_latest_checkpoint
from mmengine.runner.checkpoint import save_checkpoint

ROOT = Path(__file__).parents[1]
RUNTIME = Config.fromfile(ROOT / 'configs' / '_base_' / 'default_runtime.py')
BACKEND = RUNTIME.default_hooks.checkpoint.backend_args


def checkpoint(value: float, size: int = 100_000) -> dict:
    return {'state_dict': {'weight': torch.full((size,), value)}}


def save(path: Path, value: float, size: int = 100_000) -> None:
    save_checkpoint(checkpoint(value, size), str(path), backend_args=BACKEND)


def save_and_be_killed(path: Path) -> None:
    """The system kills the process when a file passes 50 kB."""
    made = checkpoint(2.0)  # here: torch's threads do not survive a fork
    if not (child := os.fork()):
        signal.alarm(60)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        save_checkpoint(made, str(path), backend_args=BACKEND)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGXFSZ


@pytest.mark.parametrize('name', ['epoch_1.pth', 'best_head_pose_mae_epoch_1.pth'])
def test_a_killed_writer_leaves_no_checkpoint(tmp_path, name):
    save_and_be_killed(tmp_path / name)
    assert [path for path in tmp_path.iterdir() if path.name[0] != '.'] == []
    assert find_latest_checkpoint(str(tmp_path)) is None
    save(tmp_path / name, 1.0)
    save_and_be_killed(tmp_path / name)
    kept = torch.load(tmp_path / name, weights_only=True)['state_dict']
    assert (kept['weight'] == 1).all()


def test_what_was_left_goes_later(tmp_path):
    save_and_be_killed(tmp_path / 'epoch_1.pth')
    (left,) = tmp_path.iterdir()
    os.utime(left, (0, 0))
    save(tmp_path / 'epoch_2.pth', 1.0)
    assert [path.name for path in tmp_path.iterdir()] == ['epoch_2.pth']


def test_a_full_disk_is_told_and_the_earlier_checkpoint_kept(small_disk):
    path = small_disk / 'epoch_1.pth'
    save(path, 1.0, 1000)
    with pytest.raises(OSError, match='No space left.*epoch_1.pth'):
        save(path, 2.0)
    kept = torch.load(path, weights_only=True)['state_dict']
    assert (kept['weight'] == 1).all()
    assert [*small_disk.iterdir()] == [path]


def test_the_hook_does_with_it_all_it_needs(tmp_path):
    backend = get_file_backend(str(tmp_path), backend_args=BACKEND)
    path = backend.join_path(str(tmp_path), 'a', 'epoch_1.pth')
    master_only(backend.put)(b'weights', path)
    assert backend.isfile(path)
    backend.remove(path)
    assert not backend.exists(path)
