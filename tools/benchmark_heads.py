"""What head pose costs on the CPU: beside body keypoints, and with many heads.

1. Parameters, multiply-adds and time of a body's keypoints with head pose, against
   the body's alone (same backbone, random weights).
   With --beside instead: what the branch adds to models of MMPose with a body's head of
   their own (configs/*head-pose_256x192.py), and what their training keeps in memory.
2. How the time grows from 1 to 32 heads in one image: the single pass against crops
   of the heads that go through a top-down network of the same backbone, one batch.

All calls of a table take turns in changing order; ratios are of one run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from console import PlainConsole

from bernoulli_headpose.terminal import CommandParser, run_command

MOST_HEADS = 32  # that the codec decodes


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        '--beside', nargs='+', type=Path, metavar='CONFIG',
        help='measure these models of bodies with head pose beside, and nothing else',
    )  # fmt: skip
    parser.add_argument('--arch', default='w32', help='backbone of table 1')
    parser.add_argument('--small-arch', default='w18_small_v1', help='of table 2')
    parser.add_argument('--image', type=int, default=512, help='side, pixels')
    parser.add_argument(
        '--counts',
        type=int,
        nargs='+',
        default=[1, 2, 4, 8, 16, 32],
        help='heads in the image',
    )
    parser.add_argument('--rounds', type=int, default=10, help='of all parts in turn')
    parser.add_argument('--threads', type=int, help="default: torch's")
    args = parser.parse_args(arguments)
    threads = 1 if args.threads is None else args.threads
    if min(args.rounds, threads, *args.counts) < 1:
        parser.error('--rounds, --threads and --counts: expected 1 or more')
    if max(args.counts) > MOST_HEADS:
        parser.error(f'--counts: expected at most {MOST_HEADS}, got {args.counts}')
    if args.image % 32 or args.image < 96:
        parser.error(f'--image: expected a multiple of 32 from 96 on, got {args.image}')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse_args(arguments)
    from benchmarks import beside, heads, timing

    threads = timing.prepare(args.threads)
    console = PlainConsole(width=110)
    if args.beside:
        console.print(beside.beside_table(args.beside, args.rounds))
    else:
        console.print(heads.body_table(args.arch, args.rounds))
        sizes = args.image, args.counts, args.rounds
        console.print(heads.growth_table(args.small_arch, *sizes))
    console.print(f'{threads} threads, {args.rounds} rounds; median (min-max)')


if __name__ == '__main__':
    sys.exit(run_command(main))
