"""Feature maps of the stages: what is collected, how it is merged, the tool."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.registry import MODELS
from torch import nn

from bernoulli_mmpose.visualization import (
    collect_feature_maps,
    draw_feature_maps,
    merge_feature_maps,
)

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs' / 'bernoulli_hrnet-small_pointing04_genki4k.py'
BLUE, RED = 0, 2


class TwoStages(nn.Module):
    """A backbone whose maps are known: x + 1, then [that times 2, its quarter]."""

    def __init__(self, fail=False):
        super().__init__()
        self.layer1 = nn.ReLU(inplace=True)
        self.stage2 = nn.Module()
        self.stage2.forward = lambda x: [x.mul_(2), x[..., ::2, ::2]]
        self.fail = fail

    def forward(self, x):
        x = self.layer1(x + 1)
        if self.fail:
            raise RuntimeError('broken network')
        return self.stage2(x)


def test_maps_are_those_at_the_ends_of_the_stages():
    maps = collect_feature_maps(
        TwoStages(), torch.ones(1, 3, 4, 4), ('layer1', 'stage2')
    )
    assert list(maps) == ['layer1', 'stage2']
    torch.testing.assert_close(maps['layer1'][0], torch.full((1, 3, 4, 4), 2.0))
    assert [m.shape[-1] for m in maps['stage2']] == [4, 2]
    assert (maps['stage2'][1] == 4).all()


@pytest.mark.parametrize('fail', [False, True])
@pytest.mark.parametrize('training', [False, True])
def test_network_is_left_as_it_was(fail, training):
    model = TwoStages(fail).train(training)
    try:
        collect_feature_maps(model, torch.ones(1, 3, 4, 4), ('layer1', 'stage2'))
    except RuntimeError as error:
        assert fail and 'broken network' in str(error)  # noqa: PT017, PT018
    assert not any(module._forward_hooks for module in model.modules())
    assert model.training == model.layer1.training == training


def test_pose_estimator_has_a_branch_more_each_stage():
    model = MODELS.build(Config.fromfile(CONFIG).model)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    maps = collect_feature_maps(model.train(), torch.randn(2, 3, 64, 64))
    sizes = {name: [m.shape[-1] for m in branches] for name, branches in maps.items()}
    assert sizes == {
        'layer1': [16],
        'stage2': [16, 8],
        'stage3': [16, 8, 4],
        'stage4': [16, 8, 4, 2],
    }
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_unknown_stage_is_named():
    with pytest.raises(ValueError, match=r'TwoStages \(layer1, stage2\), got .*stage9'):
        collect_feature_maps(TwoStages(), torch.ones(1, 3, 4, 4), ('stage9',))


def test_branches_count_alike_whatever_their_scale():
    first, second = torch.zeros(2, 1, 4, 4), torch.zeros(2, 5, 2, 2)
    first[0, :, 0, 0] = 1000
    second[0, :, 1, 1] = 0.001
    merged = merge_feature_maps([first, second], (4, 4))
    assert merged.shape == (2, 4, 4)
    assert merged[0, 0, 0] == pytest.approx(float(merged[0, 3, 3])) == 1
    assert merged[0, 0, 3] == 0
    assert (merged[1] == 0).all()  # flat maps, no division by 0


def test_row_of_input_and_stages():
    image = np.full((30, 60, 3), 90, dtype=np.uint8)
    heatmap = np.zeros((30, 60))
    heatmap[:, 40:] = 1
    picture = draw_feature_maps(image, {'one': heatmap, 'two': heatmap}, tile=60)
    assert picture.shape == (60, 3 * 120 + 2 * 4, 3)
    np.testing.assert_array_equal(picture[40, 60], [90, 90, 90])
    assert picture[40, 124 + 20].argmax() == BLUE
    assert picture[40, 124 + 110].argmax() == RED


@pytest.mark.parametrize(
    'heatmap', [np.full((2, 2), 1.5), np.full((2, 2), np.nan), np.ones(4)]
)
def test_map_outside_its_range_is_refused(heatmap):
    with pytest.raises(ValueError, match='intensity: expected values from 0 to 1'):
        draw_feature_maps(np.zeros((8, 8, 3), np.uint8), {'map': heatmap})


@pytest.fixture
def tool(tmp_path):
    """Run the tool on an image of noise, with random weights."""
    main = runpy.run_path(str(ROOT / 'tools' / 'feature_maps.py'))['main']
    model = MODELS.build(Config.fromfile(CONFIG).model)
    torch.save(dict(state_dict=model.state_dict(), meta={}), tmp_path / 'model.pth')
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'photo.png'), noise)

    def run(*words, image='photo.png'):
        paths = (CONFIG, tmp_path / 'model.pth', tmp_path / image)
        out = tmp_path / 'new' / 'maps.png'
        main([*map(str, paths), '--out', str(out), *words])
        return cv2.imread(str(out))

    return run


def test_tool_writes_a_row_of_five(tool):
    whole = tool()
    assert whole.shape == (240, 5 * 240 + 4 * 4, 3)
    assert (tool('--box', '10', '10', '50', '50') != whole).any()


def test_tool_names_bad_input(tool):
    with pytest.raises(FileNotFoundError, match='nothing.png: expected an image'):
        tool(image='nothing.png')
    with pytest.raises(SystemExit):
        tool('--out', 'maps.xyz')
    with pytest.raises(ValueError, match='--box: expected .*80x60 pixels'):
        tool('--box', '90', '10', '150', '50')


def test_tool_does_not_write_over_its_input(tool, tmp_path):
    photo, out = tmp_path / 'photo.png', tmp_path / 'link.png'
    before = photo.read_bytes()
    out.hardlink_to(photo)
    with pytest.raises(ValueError, match='link.png would overwrite an input'):
        tool('--out', str(out))
    assert photo.read_bytes() == before
