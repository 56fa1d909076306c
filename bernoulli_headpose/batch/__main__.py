"""``head-pose-batch``: head pose of large collections, see :mod:`.`."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence

from .. import __version__
from ..detectors import check_threshold
from ..terminal import CommandParser, run_command

DESCRIPTION = """\
Estimate pitch, yaw and roll of every head in a large collection of pictures and videos,
on every core of this machine or of a Ray cluster. The same command goes on where it
was stopped or killed.
"""
EPILOG = """\
examples:
  head-pose-batch photos --out heads              a folder with all that is below it
  head-pose-batch paths.parquet --out heads       paths of a column of a table
  head-pose-batch list.txt --out heads --address auto         on a cluster

Written are DIR/heads/*.parquet, a row a head, DIR/pictures/*.parquet, a row a picture
or frame, and DIR/broken.csv, what could not be used.

Exit code: 0 if all went well (also if there is no head), 1 if a file could not be used
or a result not be written, 2 for a wrong command line.
"""


def build_parser() -> argparse.ArgumentParser:
    """The arguments, with a help that explains them."""
    parser = CommandParser('head-pose-batch', description=DESCRIPTION, epilog=EPILOG)
    add = parser.add_argument
    add(
        'inputs',
        nargs='+',
        metavar='INPUT',
        help='picture, video, folder, list of paths (.txt, a line each) or table of '
        'paths (.parquet, a file or a folder); paths start from the current folder',
    )
    add('--out', metavar='DIR', required=True, help='where the results go')
    add('--column', default='path', help='of tables: which one holds the paths')
    add(
        '--shard-size',
        type=int,
        default=1000,
        metavar='N',
        help='pictures in a file of results (default: 1000; a video has its own)',
    )
    add('--version', action='version', version=f'%(prog)s {__version__}')
    where = parser.add_argument_group('where it runs').add_argument
    where('--workers', type=int, metavar='N', help='how many (default: one a core)')
    where(
        '--address',
        metavar='HOST:PORT',
        help="of a Ray cluster, or auto (default: $RAY_ADDRESS, else this machine's "
        'cores)',
    )
    where(
        '--device',
        choices=('cpu', 'cuda'),
        default='cpu',
        help='cuda: the workers share the GPUs (default: cpu)',
    )
    _add_model(parser)
    return parser


def _add_model(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group(
        'the model and what it finds, as head-pose has it'
    ).add_argument
    add('--model', metavar='ONNX', help='an exported model (default: head-pose)')
    add('--one-pass', action='store_true', help='the model heads: faster, less exact')
    add('--input-size', type=int, metavar='N', help='at which heads are looked for')
    add('--bbox-thr', type=float, metavar='SCORE', help='least score of a head')
    add('--detect-every', type=int, default=10, metavar='N', help='frames of a video')
    add('--smooth', action='store_true', help='steady the angles of a video')


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments of a command line; ends the program where they are wrong."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.one_pass and args.model:
        parser.error('--one-pass: expected no --model with it')
    for name in ('shard_size', 'detect_every', 'workers'):
        value = getattr(args, name)
        if value is not None and value < 1:
            option = name.replace('_', '-')
            parser.error(f'--{option}: expected 1 or more, got {value}')
    try:
        check_threshold(args.bbox_thr, '--bbox-thr')
    except ValueError as error:
        parser.error(str(error))
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""

    def run() -> int:
        args = read_arguments(argv)
        for package in ('ray', 'pyarrow'):
            if importlib.util.find_spec(package) is None:
                raise ImportError(
                    f'head-pose-batch needs {package}: pip install '
                    "'bernoulli_mmpose[batch]'"
                )
        from .run import BatchRun

        return BatchRun(args).run()

    return run_command(run)


if __name__ == '__main__':
    sys.exit(main())
