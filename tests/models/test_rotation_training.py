"""A short training of the full-turn config on people rendered from all sides."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpose.registry import MODELS
from rendering.made_set import MadeSettings, render_head, write_set

from bernoulli_headpose.rotation import geodesic_error

CONFIG = Path(__file__).parents[2] / 'configs/bernoulli_hrnet-small_full-turn.py'
COUNT = 24


def one(settings, index):
    return [render_head(settings, index)]


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv('BERNOULLI_MADE_ROOT', str(tmp_path))
    settings = MadeSettings(tmp_path, COUNT, full_turn=True, parametric_share=1.0)
    names = [f'person{i}' for i in range(COUNT)]
    write_set(tmp_path / 'full_turn', partial(one, settings), names)
    config = Config.fromfile(CONFIG)
    init_default_scope(config.default_scope)
    still = ('RandomFlip', 'RandomBBoxTransform', 'YOLOXHSVRandomAug')
    pipeline = config.train_dataloader.dataset.pipeline
    pipeline[:] = [step for step in pipeline if step.type not in still]
    config.train_dataloader.update(batch_size=COUNT, num_workers=0)
    return config


@pytest.mark.slow
def test_a_short_training_lowers_the_losses_and_the_error(config):
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    model.init_weights()
    batch = next(iter(Runner.build_dataloader(config.train_dataloader, seed=0)))
    data = model.data_preprocessor(batch, training=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    totals = []
    for _ in range(60):
        losses = model(**data, mode='loss')
        total = sum(value for name, value in losses.items() if 'loss' in name)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        totals.append(float(losses['loss_rotation'] + losses['loss_angle']))
    assert np.mean(totals[-5:]) < 0.35 * np.mean(totals[:5])
    samples = data['data_samples']
    truth = np.concatenate([s.gt_instances.head_rotation for s in samples])
    with torch.no_grad():
        heads = model.head.decode(model.head(model.extract_feat(data['inputs'])))
    found = np.concatenate([head.head_rotation for head in heads])
    assert geodesic_error(found, truth).mean() < 40  # of 127 if drawn at random
