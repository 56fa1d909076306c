"""MMPose's own tools, run through this package."""

import sys
import time

import pytest
import torch

from bernoulli_mmpose import HeadPoseInferencer, config_path, mmpose_tool
from bernoulli_mmpose.shipped import shipped_checkpoint


@pytest.fixture(autouse=True)
def _own_words(monkeypatch):
    monkeypatch.setattr(sys, 'argv', [])


def test_flops(capsys):
    config = config_path('rotation_hrnet-small_head')
    mmpose_tool.main(['get_flops', config, '--input-shape', '64', '64'])
    assert 'Params: 1.484M' in capsys.readouterr().out


def test_a_published_model_loads(tmp_path):
    mmpose_tool.main(
        ['publish_model', str(shipped_checkpoint()), str(tmp_path / 'a.pth')]
    )
    while not (made := list(tmp_path.glob('a-*.pth'))):
        time.sleep(0.05)  # it is moved to its name by another process
    (made,) = made
    assert set(torch.load(made, weights_only=True)) == {'meta', 'state_dict'}
    assert HeadPoseInferencer(weights=made, detector='none').model is not None


def test_other_words_are_refused():
    with pytest.raises(SystemExit, match="expected one of .*get_flops, .* got 'flops'"):
        mmpose_tool.main(['flops'])
    with pytest.raises(SystemExit, match='python -m bernoulli_mmpose.mmpose_tool'):
        mmpose_tool.main([])
