"""What head pose costs on the CPU: beside body keypoints, and with many heads.

1. Parameters, multiply-adds and time of a body's keypoints with head pose, against
   the body's alone (same backbone, random weights).
2. How the time grows from 1 to 32 heads in one image: the single pass against crops
   of the heads that go through a top-down network of the same backbone, one batch.

All calls of a table take turns in changing order; ratios are of one run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS
from rich.table import Table

import bernoulli_mmpose  # noqa: F401  (before mmpose)
from bernoulli_headpose.terminal import CommandParser, PlainConsole, run_command
from bernoulli_mmpose.benchmarks import heads
from bernoulli_mmpose.benchmarks.timing import spread, timed

if TYPE_CHECKING:  # mmpose.models is not to come before bernoulli_mmpose
    from mmpose.models.pose_estimators.base import BasePoseEstimator

BODY_SIZE = (192, 256)
MOST_HEADS = 32


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--arch', default='w32', help='backbone of table 1')
    parser.add_argument('--small-arch', default='w18_small_v1', help='of table 2')
    parser.add_argument('--image', type=int, default=512, help='side, pixels')
    parser.add_argument('--counts', type=int, nargs='+', default=[1, 2, 4, 8, 16, 32])
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--threads', type=int, default=torch.get_num_threads())
    args = parser.parse_args(arguments)
    if min(args.rounds, args.threads, *args.counts) < 1:
        parser.error('--rounds, --threads and --counts: expected 1 or more')
    if max(args.counts) > MOST_HEADS:
        parser.error(f'--counts: expected at most {MOST_HEADS}, got {args.counts}')
    if args.image % 32 or args.image < 96:
        parser.error(f'--image: expected a multiple of 32 from 96 on, got {args.image}')
    return args


def body_table(arch: str, rounds: int) -> Table:
    """Body alone against body and head."""
    models = heads.body_models(arch)
    seconds = timed(
        {n: heads.predict_call(m, BODY_SIZE) for n, m in models.items()}, rounds
    )
    table = Table('', 'parameters', 'GFLOPs', 'ms', title=f'{arch}, 256x192')
    counts: dict[str, tuple[int, int]] = {}
    for name, model in models.items():
        counts[name] = heads.parameters(model), heads.flops(model, BODY_SIZE)
        middle = 1e3 * statistics.median(seconds[name])
        row = (f'{counts[name][0]:,}', f'{counts[name][1] / 1e9:.3f}', f'{middle:.1f}')
        table.add_row(name, *row)
    both, body = seconds[heads.BODY_AND_HEAD], seconds[heads.BODY]
    ratio = [100 * (a / b - 1) for a, b in zip(both, body, strict=True)]
    more = [
        100 * (a / b - 1)
        for a, b in zip(counts[heads.BODY_AND_HEAD], counts[heads.BODY], strict=True)
    ]
    table.add_row('more, %', f'{more[0]:.3f}', f'{more[1]:.3f}', spread(ratio, '.1f'))
    return table


def growth_table(arch: str, side: int, counts: Sequence[int], rounds: int) -> Table:
    """The single pass against crops, by the number of heads."""
    size = (side, side)
    single = build(arch, 'MultiBernoulliHead', 'BottomupHeadPoseEstimator', size)
    crops = build(arch, 'BernoulliHead', 'TopdownHeadPoseEstimator', (64, 64))
    calls = {}
    for count in counts:
        maps = heads.scene_maps(single.head, count, size)
        calls[f'single {count:02d}'] = heads.scene_call(single, maps, size)
        calls[f'crops {count:02d}'] = heads.predict_call(crops, (64, 64), count)
    seconds = timed(calls, rounds)
    title = f'{arch}, image {side}x{side}, crops 64x64'
    ratio = f'of {counts[0]}'
    table = Table('heads', 'single pass, ms', ratio, 'crops, ms', title=title)
    first = seconds[f'single {counts[0]:02d}']
    for count in counts:
        own, other = seconds[f'single {count:02d}'], seconds[f'crops {count:02d}']
        growth = [a / b for a, b in zip(own, first, strict=True)]
        table.add_row(
            str(count),
            spread([1e3 * s for s in own], '.1f'),
            spread(growth, '.2f'),
            spread([1e3 * s for s in other], '.1f'),
        )
    return table


def build(arch: str, head: str, kind: str, size: tuple[int, int]) -> BasePoseEstimator:
    """A network with random weights."""
    torch.manual_seed(0)
    backbone = MODELS.build(dict(type='ChannelwiseHRNet', arch=arch))
    codec = dict(input_size=size, heatmap_size=(size[0] // 4, size[1] // 4))
    decoder = dict(type='BernoulliHeatmap', radius=5, **codec)
    if head == 'MultiBernoulliHead':
        decoder = dict(type='MultiBernoulliHeatmap', max_heads=MOST_HEADS, **codec)
    width = backbone.stage4_cfg['num_channels'][0]
    config = dict(
        type=kind,
        backbone=dict(type='ChannelwiseHRNet', arch=arch),
        head=dict(type=head, in_channels=width, decoder=decoder),
        test_cfg=dict(flip_test=False),
    )
    return MODELS.build(config).eval()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse_args(arguments)
    torch.set_num_threads(args.threads)
    init_default_scope('mmpose')
    console = PlainConsole(width=110)
    console.print(body_table(args.arch, args.rounds))
    console.print(growth_table(args.small_arch, args.image, args.counts, args.rounds))
    console.print(f'{args.threads} threads, {args.rounds} rounds; median (min-max)')


if __name__ == '__main__':
    sys.exit(run_command(main))
