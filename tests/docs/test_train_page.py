"""docs/train.md: its table is read, its config trains, and its commands run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from rendering.biwi_sample import SampleSettings, render_sample

from bernoulli_mmpose.datasets import BIWIDataset, HeadPoseTableDataset
from bernoulli_mmpose.datasets.head_pose_table_dataset import COLUMNS
from bernoulli_mmpose.datasets.picture_dataset import LAYOUTS
from bernoulli_mmpose.shipped import load_shipped

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / 'docs' / 'train.md').read_text('utf-8')
TABLE = re.search(r'```text\n(image,.*?)```', PAGE, re.DOTALL)[1]
CONFIG = re.search(r'```python\n(# mine\.py\n.*?)```', PAGE, re.DOTALL)[1]
COMMANDS = re.search(r'test_train_page.py runs it -->\n```bash\n(.*?)```', PAGE, re.S)[
    1
]
FREEZE = re.search(r'`(model = dict\(backbone=dict\(frozen_stages.*?)`', PAGE)[1]
STEPS = 12
SHORT = [
    f'train_cfg.max_iters={STEPS}',
    f'train_cfg.val_interval={STEPS}',
    f'param_scheduler.0.T_max={STEPS}',
    'train_dataloader.batch_size=16',
    'train_dataloader.num_workers=0',
    'val_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
]
OFFSET = 25  # degrees by which this table's level head is lower than the package's


def test_the_columns_are_explained_and_read(tmp_path):
    for line in TABLE.splitlines()[1:]:
        path = tmp_path / line.split(',')[0]
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), np.zeros((300, 400, 3), np.uint8))
    (tmp_path / 'table.csv').write_text(TABLE)
    train = HeadPoseTableDataset(str(tmp_path), 'table.csv', split='train')
    assert len(train) == 2
    assert train[0]['bbox'].tolist() == [[212, 80, 212 + 96, 80 + 104]]
    test = HeadPoseTableDataset(str(tmp_path), 'table.csv', split='test')
    assert test[0]['head_angles_valid'].tolist() == [[1, 1, 0]]
    explained = re.findall(
        r'`(\w+)`', re.search(r'### The columns.*?\n\n- ', PAGE, re.S)[0]
    )
    assert set(COLUMNS) <= set(explained)


def test_the_config_is_short():
    assert len(CONFIG.splitlines()) <= 18


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    """A user's folder: the page's config, and rendered heads with another level."""
    folder = tmp_path_factory.mktemp('user')
    for name in ('tools', 'configs'):
        (folder / name).symlink_to(ROOT / name)
    root = folder / 'data' / 'mine'
    render_sample(root, SampleSettings(2, 0, (320, 240)), range(1, 25))
    rows = [TABLE.splitlines()[0]]
    for split in ('train', 'test'):
        heads = BIWIDataset(str(root), split=split, margin=0.0, head_size_mm=(150, 170))
        for head in map(heads.get_data_info, range(len(heads))):
            x1, y1, x2, y2 = head['bbox'][0]
            pitch, yaw, roll = head['head_angles'][0]
            numbers = x1, y1, x2 - x1, y2 - y1, pitch - OFFSET, yaw, roll
            name = Path(head['img_path']).relative_to(root).as_posix()
            cells = [name, *(f'{number:.2f}' for number in numbers)]
            rows.append(','.join([*cells, head['subject'], split]))
    (root / 'table.csv').write_text('\n'.join(rows))
    (root / 'images').mkdir()
    picture = next(root.glob('03/*.png')).read_bytes()
    (root / 'images' / 'ben_014.jpg').write_bytes(picture)
    (folder / 'mine.py').write_text(CONFIG)
    return folder


def run(folder: Path, command: str, status: int = 0) -> str:
    """Run a line of the page in the folder, with this Python's commands."""
    paths = [str(Path(sys.executable).parent), os.environ['PATH']]
    environment = {
        **os.environ,
        'PATH': os.pathsep.join(paths),
        'PYTHONPATH': str(ROOT),
        'BERNOULLI_CACHE_DIR': str(folder / 'cache'),
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == status, done.stdout[-3000:]
    return done.stdout


def figure(output: str, name: str) -> float:
    return float(re.findall(rf'head_pose/{name}: (-?[\d.]+)', output)[-1])


def shortened(command: str) -> str:
    command = re.sub(r'iter_\d+', f'iter_{STEPS}', command)
    if not command.startswith('mim'):
        return command
    has_options = '--cfg-options' in command
    return ' '.join([command, *([] if has_options else ['--cfg-options']), *SHORT])


@pytest.mark.slow
@pytest.mark.long
def test_the_error_on_your_rows_falls(folder):
    """The commands of the page, in order, with 12 batches of 16."""
    lines = re.sub(r'\\\n', ' ', COMMANDS)
    lines = [line.split('  #')[0].strip() for line in lines.splitlines()]
    told = [run(folder, shortened(line)) for line in lines]
    check, _, before, _, after, *_ = told
    assert 'No problem found.' in check
    # Before, the model has its own level; the page says how to tell it from the log.
    assert figure(before, 'offset_pitch') == pytest.approx(OFFSET, abs=10)
    for name, share in (('mae_pitch', 0.6), ('mae', 0.9), ('geodesic_mean', 0.9)):
        assert figure(after, name) < share * figure(before, name)
    assert list((folder / 'work_dirs' / 'mine_summary').iterdir())
    (result,) = (folder / 'results').rglob('*.json')
    assert json.loads(result.read_text())


@pytest.mark.slow
@pytest.mark.long
def test_a_frozen_backbone_stays(folder):
    (folder / 'frozen.py').write_text(f"_base_ = 'mine.py'\n{FREEZE}\n")
    assert Config.fromfile(folder / 'frozen.py').model.backbone.frozen_stages == 4
    run(folder, shortened('mim train mmpose frozen.py'))
    path = folder / 'work_dirs' / 'frozen' / f'iter_{STEPS}.pth'
    trained = torch.load(path, weights_only=False)['state_dict']
    start = load_shipped('bernoulli_mmpose://head-pose')['state_dict']
    same = {key: torch.equal(trained[key], start[key]) for key in start}
    assert all(same[key] for key in same if key.startswith('backbone.'))
    assert not all(same[key] for key in same if key.startswith('head.'))


@pytest.mark.slow
@pytest.mark.long
def test_a_training_without_data_ends_with_the_cause(folder):
    """By MMPose's tool in the last line; by mim in one that can be searched for."""
    (folder / 'lost.py').write_text(CONFIG.replace('data/mine', 'data/lost'))
    expected = (
        'FileNotFoundError: data_root of HeadPoseTableDataset: expected a folder, got '
        f'data/lost (from {folder}); {LAYOUTS}'
    )
    train = {
        name: run(folder, f'{command} lost.py', status=1).splitlines()
        for name, command in (
            ('tool', 'python -m bernoulli_mmpose.mmpose_tool train'),
            ('mim', 'mim train mmpose'),
        )
    }
    assert train['tool'][-1] == expected
    assert [line for line in train['mim'] if 'Error: ' in line][0] == expected
