"""The single pass over many heads against crops of the same heads, on composed scenes.

Scenes are those of the config's test set (HeadSceneDataset). The single pass finds the
heads itself; the model of single heads is given their true boxes. Errors are those of
the heads that the single pass found, for both, and of all heads for the crops.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bernoulli_headpose.sources import check_model_files
from bernoulli_headpose.terminal import CommandParser, PlainConsole, run_command


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path, help='of a model of many heads')
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument(
        '--crops',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='model of single heads (default: head-pose)',
    )
    parser.add_argument('--scenes', type=int, help="number (default: the config's)")
    parser.add_argument('--match', type=float, default=0.5, help='distance over size')
    parser.add_argument('--pictures', type=int, default=0, help='scenes to draw')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/passes'))
    args = parser.parse_args(arguments)
    if args.match <= 0 or (args.scenes is not None and args.scenes < 1):
        parser.error('--match and --scenes: expected more than 0')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare and print."""
    args = parse_args(arguments)
    check_model_files(args.config, args.checkpoint)
    if args.crops:
        check_model_files(*args.crops)
    from benchmarks import passes
    from mmengine.registry import init_default_scope

    init_default_scope('mmpose')
    console = PlainConsole(width=100)
    results = passes.compare(args, console)
    heads, predicted, pairs = results.pop('counts')
    table, ratio = passes.error_table(results)
    console.print(table)
    precision = pairs / predicted if predicted else 1.0  # as HeadDetectionMetric has it
    recall = pairs / max(heads, 1)
    console.print(f'recall {recall:.3f}, precision {precision:.3f} of {heads} heads')
    if ratio is None:
        raise ValueError('no ratio: expected labelled heads that were found, got none')
    console.print(f'single pass over crops: {ratio:.2f}')


if __name__ == '__main__':
    sys.exit(run_command(main))
