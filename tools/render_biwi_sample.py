"""Render head sequences in BIWI's layout, for people who have no data yet.

They are a stand-in: computer-made heads with exact labels, not BIWI.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bernoulli_headpose.files import check_file, printable
from bernoulli_headpose.terminal import CommandParser, run_command


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('root', type=Path, help='folder to write, absent or empty')
    parser.add_argument(
        '--frames-per-sequence', type=int, default=60, metavar='N', help='pictures'
    )
    parser.add_argument(
        '--sequences',
        type=int,
        nargs='+',
        metavar='NN',
        help='which of the 24 sequences (default: all)',
    )
    parser.add_argument('--seed', type=int, default=0, help='of people and poses')
    parser.add_argument('--jobs', type=int, default=1, help='processes')
    parser.add_argument(
        '--size',
        type=int,
        nargs=2,
        default=(640, 480),
        metavar=('W', 'H'),
        help='picture size in pixels, 4:3 (default: 640 480)',
    )
    parser.add_argument(
        '--head-model',
        type=Path,
        metavar='FILE.npz',
        help='morphable head file, in place of the parametric head',
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Render, and say what was rendered."""
    args = parse_args(argv)
    if args.head_model:
        check_file(args.head_model, 'a morphable head (.npz)')
    from rendering.biwi_layout import SEQUENCES
    from rendering.biwi_sample import (
        NOTICE,
        SampleSettings,
        render_sample,
    )

    sequences = args.sequences or SEQUENCES
    print(f'{printable(args.root)}: {NOTICE}')
    start = time.perf_counter()
    settings = SampleSettings(
        args.frames_per_sequence, args.seed, tuple(args.size), args.head_model
    )
    render_sample(
        args.root,
        settings,
        sequences,
        args.jobs,
        report=lambda sequence: print(f'sequence {sequence:02d} written'),
    )
    n_frames = len(set(sequences)) * args.frames_per_sequence
    seconds = time.perf_counter() - start
    print(f'{n_frames} frames in {seconds:.1f} s ({n_frames / seconds:.1f} frames/s)')


if __name__ == '__main__':
    sys.exit(run_command(main))
