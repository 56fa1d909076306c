"""The configs of docs/add_head_pose.md, as a user has them: outside the repository."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from head_tables import write_heads
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.apis import MMPoseInferencer
from mmpose.registry import MODELS

from bernoulli_headpose.drawing import tips_to_angles
from bernoulli_mmpose import HeadPoseInferencer

PAGE = Path(__file__).parents[1] / 'docs' / 'add_head_pose.md'


@pytest.fixture
def folder(body_root, monkeypatch) -> Path:
    """A user's folder with the page's configs, faces, and COCO."""
    folder = body_root.parents[1]
    write_heads(folder / 'data' / 'heads', '30')
    for split in ('train', 'val'):
        file = body_root / f'annotations/coco_wholebody_{split}_v1.0_head_pose.json'
        name = f'person_keypoints_{split}2017.json'
        (body_root / 'annotations' / name).write_text(file.read_text())
    for block in re.findall(r'```python\n(.*?)```', PAGE.read_text(), re.DOTALL):
        if found := re.match(r'# (\w+\.py)\n', block):
            (folder / found[1]).write_text(block)
    monkeypatch.chdir(folder)
    return folder


def load_config(name: str, batch: int = 4) -> Config:
    """A config of the page for a short training on this machine."""
    config = Config.fromfile(name)
    config.load_from = config.model.backbone.init_cfg = None
    config.model.backbone.update(deepen_factor=0.17, widen_factor=0.25)
    config.model.backbone.norm_cfg.type = 'BN'  # synchronized needs GPUs
    config.model.head.in_channels = 256
    config.model.test_cfg.flip_test = False
    config.train_cfg.update(max_iters=2, val_interval=2)
    config.default_hooks.checkpoint.interval = 2
    config.work_dir = f'work_dirs/{Path(name).stem}'
    config.train_dataloader.batch_size = batch
    sampler = config.train_dataloader.sampler
    if 'batch_size' in sampler:
        sampler.batch_size = batch
    for loader in (config.train_dataloader, config.val_dataloader):
        loader.num_workers = 0
    return config


def train(config: Config) -> dict:
    """Train and test, without MMEngine's one visualizer for all; the test's figures."""
    config = config.copy()
    config.visualizer = None
    Runner.from_cfg(config).train()
    (log,) = Path(config.work_dir).glob('*/vis_data/scalars.json')
    return json.loads(log.read_text().splitlines()[-1])


@pytest.mark.usefixtures('folder')
def test_faces_have_the_size_that_the_branch_is_shown():
    """The page's table adds the margin of the shipped ones."""
    config = load_config('frozen.py')
    for loader in (config.train_dataloader, config.val_dataloader):
        for part in loader.dataset.datasets:
            assert part.margin == config.head_table.margin


def body_of(model: torch.nn.Module) -> dict:
    parts = ('backbone', 'head.')
    return {k: v for k, v in model.state_dict().items() if k.startswith(parts)}


def test_a_frozen_body_stays_and_its_head_learns(folder):
    config = load_config('frozen.py')
    torch.manual_seed(3)
    network = MODELS.build(config.model)
    weights = folder / 'body.pth'
    torch.save(dict(state_dict=body_of(network)), weights)
    config.load_from = str(weights)
    figures = train(config)
    assert figures['head_pose/n'] == 2
    made = folder / 'work_dirs/frozen/iter_2.pth'
    trained = torch.load(made, weights_only=True)['state_dict']
    for name, value in body_of(network).items():
        assert torch.equal(trained[name], value), name

    config.dump('small.py')
    image = np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8)
    ours = HeadPoseInferencer('small.py', made, device='cpu', detector='none')
    (person,) = ours.predict(image, bboxes=[[20, 20, 180, 280]])
    assert len(person['keypoints']) == 17
    theirs = MMPoseInferencer(
        'small.py', str(made), device='cpu', det_model='whole_image'
    )
    (found,) = next(theirs(image, return_vis=True))['predictions'][0]
    assert len(found['keypoints']) == 18 + 3
    center, *tips = found['keypoints'][-4:]
    angles = tips_to_angles(center, tips)
    assert np.isfinite(angles).all()


def test_a_body_trained_along_is_tested_along(folder):  # noqa: ARG001
    config = load_config('joint.py')
    figures = train(config)
    assert figures['head_pose/n'] == 2
    assert 0 <= figures['coco/AP'] <= 1
    config.dump('small.py')
    made = 'work_dirs/joint/iter_2.pth'
    ours = HeadPoseInferencer('small.py', made, device='cpu')
    (person,) = ours.predict(np.zeros((300, 200, 3), np.uint8))
    assert len(person['keypoints']) == 17


def test_the_export_command(folder, project_root):
    config = load_config('frozen.py')
    config.dump('small.py')
    network = MODELS.build(config.model)
    meta = Runner.build_dataloader(config.val_dataloader).dataset.metainfo
    content = dict(state_dict=network.state_dict(), meta=dict(dataset_meta=meta))
    torch.save(content, 'small.pth')
    tool = project_root / 'tools' / 'export_onnx.py'
    command = [sys.executable, str(tool), 'small.py', 'small.pth', 'both.onnx']
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert 'body_simcc_x' in done.stdout
    assert (folder / 'both.onnx').is_file()
