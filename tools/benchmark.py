"""What head pose costs: ratios to MMPose's own parts, measured in one run.

Three tables: a training step and its memory against HRNet + HeatmapHead +
MSRAHeatmap with as many maps; encode and decode a sample against MSRAHeatmap; the
data pipeline (one worker) against the training step. Absolute times are those of
one machine and its load; the ratios come from alternating runs. CPU only.
"""

import argparse
import sys

from console import PlainConsole

from bernoulli_headpose.terminal import CommandParser, run_command

# Of bernoulli_mmpose.models.channelwise_hrnet, which takes seconds to import.
ARCHS = (
    *('w18', 'w32', 'w48', 'w18_small_v1', 'w18_small_v2', 'w18_one_module'),
    'w16_slim_stem',
)
SETTINGS = ('default', 'paper')
PARTS = ('ours', 'stock')


def parse_args() -> argparse.Namespace:
    parser = CommandParser(description=__doc__)
    parser.add_argument('--arch', default='w32', choices=ARCHS, help='HRNet of both')
    parser.add_argument(
        '--size',
        type=int,
        nargs=2,
        default=(64, 64),
        metavar=('W', 'H'),
        help='of a crop, pixels',
    )
    parser.add_argument(
        '--setting', default='default', choices=SETTINGS, help='of our network'
    )
    parser.add_argument('--batch', type=int, default=64, help='crops a step')
    parser.add_argument('--rounds', type=int, default=8, help='of all parts in turn')
    parser.add_argument('--threads', type=int, help="default: torch's")
    parser.add_argument('--memory-of', choices=PARTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.rounds < 1 or args.batch < 1:
        parser.error('--rounds and --batch: expected 1 or more')
    return args


def main() -> None:
    args = parse_args()
    from benchmarks import timing, training

    args.threads = timing.prepare(args.threads)
    if args.memory_of:
        training.report_memory(args.memory_of, args)
        return
    console = PlainConsole()
    table, step = training.cost_table(args)
    console.print(table)
    rate, needed = training.pipeline_rate(args.batch), args.batch / step
    console.print(
        f'data pipeline (64x64 crops of 640x480 PNGs), one worker alone: {rate:.0f} '
        f'images/s; the training step takes {needed:.0f} images/s: '
        f'{rate / needed:.1f} times what is needed (goal 1)'
    )


if __name__ == '__main__':
    sys.exit(run_command(main))
