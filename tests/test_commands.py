"""The public commands, end to end, on a few rendered frames."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / 'configs' / 'bernoulli_hrnet-small_biwi.py'
MIM = Path(sys.executable).with_name('mim')
SHORT = [
    'train_dataloader.batch_size=16',
    'train_dataloader.num_workers=0',
    'val_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
    'train_cfg.max_epochs=2',
    'train_cfg.val_interval=1',
    'param_scheduler.0.end=1',  # else all of it is the warm-up
]

pytestmark = pytest.mark.slow


def run(*command: object, **environment: object) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **{key: str(value) for key, value in environment.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


def last_scalars(work_dir: Path) -> dict[str, float]:
    """The figures of the last validation in a run's folder."""
    path = max(work_dir.glob('*/vis_data/scalars.json'))
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [row for row in rows if 'head_pose/mae' in row][-1]


@pytest.fixture(scope='module')
def data(tmp_path_factory) -> dict[str, Path]:
    """A rendered sample, and the environment that points to it."""
    root = tmp_path_factory.mktemp('data')
    tool = ROOT / 'tools' / 'render_biwi_sample.py'
    run(sys.executable, tool, root / 'biwi', '--frames-per-sequence', 3)
    return dict(BERNOULLI_DATA_ROOT=root, BERNOULLI_CACHE_DIR=root / 'cache')


@pytest.fixture(scope='module')
def trained(data, tmp_path_factory) -> Path:
    work_dir = tmp_path_factory.mktemp('work')
    train = (MIM, 'train', 'mmpose', CONFIG, '--work-dir', work_dir)
    run(*train, '--cfg-options', *SHORT, **data)
    return work_dir


def test_train_leaves_checkpoints_and_a_log(trained):
    assert (trained / 'epoch_2.pth').exists()
    assert list(trained.glob('best_head_pose_mae_epoch_*.pth'))
    scalars = last_scalars(trained)
    assert scalars['head_pose/n'] == 24
    assert 0 < scalars['head_pose/mae'] < 90


def test_the_log_says_what_is_trained_and_what_came_of_it(trained):
    (log,) = trained.glob('*/*.log')
    text = log.read_text()
    for line in (
        r'Training bernoulli_hrnet-small_biwi: ([\d,]+) of \1 parameters',
        r'on 48 samples \(biwi_rendered 48\)',
        r'for 2 epochs, 6 batches of 16',
        r'validated on 24 samples \(biwi_rendered 24\)',
        rf'Results go to {trained}',
        r'Trained in 0:\d\d\.',
        rf'The best checkpoint: {trained}/best_head_pose_mae_epoch_\d.pth',
        rf'The last checkpoint: {trained}/epoch_2.pth',
    ):
        assert re.search(line, text), text[-3000:]


def test_test_reproduces_the_figure_of_the_training_log(trained, data, tmp_path):
    results = tmp_path / 'results.csv'
    test = (MIM, 'test', 'mmpose', CONFIG, '--checkpoint', trained / 'epoch_2.pth')
    options = [*SHORT, f'test_evaluator.dump_file={results}']
    work_dir = tmp_path / 'work'
    run(*test, '--work-dir', work_dir, '--cfg-options', *options, **data)
    logged = json.loads(next(work_dir.glob('*/*.json')).read_text())
    expected = last_scalars(trained)
    for name in ('mae', 'mae_pitch', 'mae_yaw', 'mae_roll', 'geodesic_mean'):
        key = f'head_pose/{name}'
        assert logged[key] == pytest.approx(expected[key], abs=1e-4)
    with results.open(newline='') as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 24
    mean = sum(float(row['error_yaw']) for row in rows) / len(rows)
    assert mean == pytest.approx(expected['head_pose/mae_yaw'], abs=1e-3)

    out = tmp_path / 'summary'
    tool = ROOT / 'tools' / 'summarize.py'
    run(sys.executable, tool, results, '--out', out, '--pictures', 2, **data)
    assert (out / 'summary.md').exists()
    assert len(list(out.glob('*.png'))) >= 3


def test_killed_run_resumes_from_its_last_checkpoint(trained, data, tmp_path):
    work_dir = tmp_path / 'work'
    train = [MIM, 'train', 'mmpose', CONFIG, '--work-dir', work_dir]
    options = ['--cfg-options', *SHORT]
    environment = {**os.environ, **{key: str(value) for key, value in data.items()}}
    with (tmp_path / 'log').open('w') as log:
        killed = subprocess.Popen(
            [str(word) for word in [*train, *options]],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,  # mim starts the training as its child
        )
        deadline = time.monotonic() + 120
        while not (work_dir / 'last_checkpoint').exists():
            assert killed.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    assert not (work_dir / 'epoch_2.pth').exists()

    output = run(*train, '--resume', *options, **data)
    assert 'resumed epoch: 1' in output
    assert 'Epoch(train) [1]' not in output
    # The workers' random numbers begin anew, so the figures agree only roughly.
    unbroken, resumed = last_scalars(trained), last_scalars(work_dir)
    assert resumed['head_pose/n'] == unbroken['head_pose/n']
    assert resumed['head_pose/mae'] == pytest.approx(unbroken['head_pose/mae'], rel=0.5)


def test_checkpoint_of_another_architecture_is_refused(trained, data, tmp_path):
    test = (MIM, 'test', 'mmpose', ROOT / 'configs' / 'bernoulli_hrnet_biwi.py')
    words = [*test, '--checkpoint', trained / 'epoch_2.pth', '--work-dir', tmp_path]
    with pytest.raises(AssertionError, match='checkpoint is of another architecture'):
        run(*words, '--cfg-options', *SHORT, **data)


def test_gridsearch(data, tmp_path):
    search = (MIM, 'gridsearch', 'mmpose', CONFIG, '--work-dir', tmp_path / 'grid')
    options = [word for word in SHORT if 'epochs' not in word]
    run(
        *search,
        '--gpus',
        0,
        '--search-args',
        '--optim_wrapper.optimizer.lr 0.001 0.0005',
        '--cfg-options',
        *options,
        'train_cfg.max_epochs=1',
        **data,
    )
    logs = list(tmp_path.glob('grid_search*/epoch_1.pth'))
    assert len(logs) == 2


def test_browse_dataset(data, tmp_path):
    tool = ROOT / 'tools' / 'browse_dataset.py'
    run(sys.executable, tool, CONFIG, '--out', tmp_path, '--number', 3, **data)
    assert list(tmp_path.rglob('*.png'))
