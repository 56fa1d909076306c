"""What head pose costs: counts by hand, maps that hold the heads asked for."""

import re
import subprocess
import sys
from pathlib import Path

import benchmark_heads
import pytest
import torch
from benchmarks import beside, heads
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from rich.table import Table
from torch import nn

init_default_scope('mmpose')


@pytest.fixture(scope='module')
def models():
    return heads.body_models('w18_small_v1')


def test_head_pose_adds_four_maps_to_the_last_convolution(models):
    body, both = models[heads.BODY], models[heads.BODY_AND_HEAD]
    # 16 channels and a bias for each of the centre map and three angle maps.
    assert heads.parameters(both) - heads.parameters(body) == 4 * (16 + 1)
    more = heads.flops(both, (192, 256)) - heads.flops(body, (192, 256))
    assert more == 4 * 16 * 48 * 64


def test_both_give_the_same_body(models):
    torch.manual_seed(0)
    images = torch.rand(1, 3, 256, 192)
    body, both = (models[name] for name in (heads.BODY, heads.BODY_AND_HEAD))
    with torch.no_grad():
        torch.testing.assert_close(body.backbone(images), both.backbone(images))


@pytest.mark.parametrize('count', [1, 5, benchmark_heads.MOST_HEADS])
def test_scene_maps_hold_that_many_heads(count):
    decoder = dict(
        type='MultiBernoulliHeatmap', input_size=(256, 256), heatmap_size=(64, 64)
    )
    head = MODELS.build(dict(type='MultiBernoulliHead', in_channels=4, decoder=decoder))
    maps = heads.scene_maps(head, count, (256, 256))
    assert len(head.decode(maps)[0].keypoints) == count
    with pytest.raises(ValueError, match='at most 32'):
        heads.scene_maps(head, 33, (256, 256))


def test_calls_run_network_and_decode(models):
    assert len(heads.predict_call(models[heads.BODY_AND_HEAD], (64, 64), 3)()) == 3
    assert isinstance(models[heads.BODY].backbone, nn.Module)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ('--counts 1 40', r'--counts: expected at most 32, got \[1, 40\]'),
        ('--counts 0', 'expected 1 or more'),
        ('--image 0', '--image: expected a multiple of 32 from 96 on, got 0'),
        ('--image 100', '--image: expected a multiple of 32 from 96 on, got 100'),
    ],
)
def test_options_out_of_range(options, message, capsys):
    with pytest.raises(SystemExit):
        benchmark_heads.parse_args(options.split())
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.slow
def test_the_tool_prints_both_tables():
    options = '--arch w18_small_v1 --image 128 --counts 1 2 --rounds 1 --threads 1'
    result = subprocess.run(
        [sys.executable, benchmark_heads.__file__, *options.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for text in ('body + head', 'more, %', 'single pass, ms', '1 threads, 1 rounds'):
        assert text in result.stdout


@pytest.fixture(scope='module')
def rle() -> Config:
    """A small body with a head of another kind, and head pose beside it."""
    path = Path(__file__).parents[2] / 'configs/res50-rle_head-pose_256x192.py'
    config = Config.fromfile(path)
    config.model.backbone.depth = 18
    config.model.head.in_channels = 512
    return config


def test_the_branch_is_what_the_tables_count(rle):
    body, both = beside.stock_model(rle), beside.model_with_head(rle, 'joint')
    own = [*both.joined.parameters(), *both.head_pose.parameters()]
    more = heads.parameters(both) - heads.parameters(body)
    assert more == sum(p.numel() for p in own) > 0


def test_a_frozen_body_keeps_nothing_for_the_gradient(rle):
    frozen, joint = (
        beside.kept_bytes(beside.model_with_head(rle, mode), rle)
        for mode in ('frozen', 'joint')
    )
    # The branch's maps of 64 channels, 64x48, in float32: sums, norms and their inputs.
    maps = beside.PEOPLE * 64 * 64 * 48 * 4
    assert 4 * maps < frozen < 16 * maps
    assert joint > 2 * frozen


def test_the_table_beside_bodies(rle, tmp_path):
    path = tmp_path / 'rle.py'
    rle.dump(path)
    (row,) = rows_of(beside.beside_table([path], rounds=1))
    assert row[0] == 'rle'
    assert row[1] == '+0.13'  # (128 + 256 + 512 + 2 * 9 * 64 + 7) * 64, and norms
    assert float(row[5]) > float(row[4]) > 0


def rows_of(table: Table) -> list[list[str]]:
    return [list(row) for row in zip(*(c.cells for c in table.columns), strict=True)]
