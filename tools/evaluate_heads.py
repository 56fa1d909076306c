"""How many heads of whole pictures are found, by their size, and how well measured.

Systems: the model that finds all heads in one pass; the same with a single-head model
for the angles of each (what head-pose does); MTCNN (where it is installed) with that
model; and that model in the labelled boxes. Pictures are those of the test sets of the
first model's config, seen by all systems in turn; times are of one thread, unless told.

python tools/evaluate_heads.py heads --out heads.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import DictAction

from bernoulli_headpose.detectors import HEADS_THR
from bernoulli_headpose.files import check_output, identify_files, write_whole
from bernoulli_headpose.terminal import CommandParser, run_command, show

SIZES = ((20, None), (12, None), (8, 16), (16, 32), (32, 64), (64, None))


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('model', help='of whole pictures: a config, or a shipped name')
    parser.add_argument('--weights', help='its checkpoint')
    parser.add_argument('--single', default='head-pose', help='model of single heads')
    parser.add_argument('--out', type=Path, required=True, help='Markdown to write')
    parser.add_argument('--input-size', type=int, help='see head-pose --help')
    parser.add_argument('--limit', type=int, default=1000, help='of a data set')
    parser.add_argument(
        '--empty',
        type=Path,
        help='folder of pictures without anybody, of which false alarms are counted',
    )
    parser.add_argument('--score', type=float, default=HEADS_THR, help='of a head')
    parser.add_argument('--threads', type=int, default=1, help='of the processor')
    parser.add_argument('--device', default='cpu', help="such as 'cuda:0'")
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value, as in MMPose'
    )
    args = parser.parse_args(arguments)
    if min(args.limit, args.threads) < 1:
        parser.error('--limit and --threads: expected 1 or more')
    if not 0 <= args.score < 1:
        parser.error(f'--score: expected 0 to below 1, got {args.score:g}')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write and print."""
    args = parse_args(arguments)
    check_output(args.out, identify_files([args.model, args.weights]))
    from benchmarks.whole_pictures import (
        build_systems,
        count_false_alarms,
        evaluate,
        read_sets,
    )

    from bernoulli_mmpose.datasets.picture_dataset import list_pictures

    empty = [] if args.empty is None else list_pictures(args.empty)
    config, systems = build_systems(args)
    last = [count_false_alarms(empty, systems, args.score)] if empty else []
    tables = evaluate(read_sets(config, args.limit), systems, args.score, SIZES)
    tables += last
    text = '\n'.join(table.to_markdown() for table in tables)
    write_whole(args.out, text, identify_files([args.model, args.weights]))
    show(text)


if __name__ == '__main__':
    sys.exit(run_command(main))
