"""The paper's experiments and their peers: one command each, from training to tables.

python tools/experiments.py list
python tools/experiments.py run peers radius    # or: run all
python tools/experiments.py report              # docs/results.md from what was run
python tools/experiments.py restore             # the logged runs of docs/results.md
python tools/experiments.py pictures            # feature maps, examples and failures

A run that is finished is never trained again; several experiments share their runs. The
suite 'sample' takes Pointing'04, GENKI-4K and the AFLW2000 sample below
BERNOULLI_DATA_ROOT; 'published' takes BIWI, 300W-LP and AFLW2000, as the paper does.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from bernoulli_headpose.files import printable
from bernoulli_headpose.terminal import CommandParser, PlainConsole, run_command

if TYPE_CHECKING:
    from bernoulli_mmpose.experiments.bench import Bench

# Of bernoulli_mmpose.experiments, which takes seconds to import.
EXPERIMENTS = (
    *('peers', 'people', 'radius', 'background'),
    *('robustness', 'protocols', 'cross', 'ablation'),
)
METHODS = ('bernoulli', 'paper', 'finest', 'regression', 'bins', 'sixd')
SUITES = ('sample', 'published')
ROOT = Path(__file__).resolve().parents[1]
OUT = Path('work_dirs/experiments')


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = CommandParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('list', help='experiments and the runs that they need')
    run = commands.add_parser('run', help='train and test what is not yet')
    run.add_argument(
        'experiments', nargs='+', choices=(*EXPERIMENTS, 'all'), metavar='NAME'
    )
    run.add_argument(
        '--seeds', type=int, help="of the suite's seeds the first (default: all)"
    )
    run.add_argument('--methods', nargs='+', choices=METHODS, help='these only')
    run.add_argument(
        '--jobs', type=int, default=1, help='trainings at a time (default: 1)'
    )
    drawn = commands.add_parser('pictures', help='of the Bernoulli heatmap, seed 0')
    drawn.add_argument('--number', type=int, default=6, help='heads of each kind')
    made = commands.add_parser('report', help='tables and plots of what was run')
    again = commands.add_parser(
        'restore',
        help='folders, without weights, of the runs of a page',
    )
    pages = 'folder of the page (default: docs; docs/SUITE for others than sample'
    aside = '; beside the runs where --out or --iterations is given)'
    made.add_argument('--docs', type=Path, help=f'{pages}{aside}')
    again.add_argument('--docs', type=Path, help=f'{pages})')
    for command in (run, made, again):
        command.add_argument(
            '--iterations',
            type=int,
            help="batches of a training (default: the suite's)",
        )
    for command in commands.choices.values():
        command.add_argument('--suite', choices=SUITES, default='sample')
        command.add_argument('--out', type=Path, default=OUT)
    return parser


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, checked."""
    parser = build_parser()
    args = parser.parse_args(arguments)
    for name in ('seeds', 'jobs', 'iterations', 'number'):
        if getattr(args, name, None) is not None and getattr(args, name) < 1:
            parser.error(f'--{name}: expected 1 or more, got {getattr(args, name)}')
    for name in ('out', 'docs'):
        folder = getattr(args, name, None)
        if folder is not None and folder.exists() and not folder.is_dir():
            parser.error(f'--{name}: expected a folder, got {folder}')
    return args


def list_experiments(bench: Bench, _: argparse.Namespace) -> None:
    """Print each experiment with its runs."""
    overview = bench.overview()
    table = Table(*overview.header)
    for row in overview.rows:
        table.add_row(*row)
    PlainConsole(width=110).print(table)


def run_experiments(bench: Bench, args: argparse.Namespace) -> None:
    """Train and test what is missing."""
    bench.run(args.experiments, args.methods, args.seeds, args.jobs)


def draw_pictures(bench: Bench, args: argparse.Namespace) -> None:
    """Heads and feature maps."""
    bench.draw_pictures(args.number)


def write_page(bench: Bench, args: argparse.Namespace) -> None:
    """The page of results, of the runs that are finished."""
    aside = args.out != OUT or args.iterations is not None
    page = bench.report(args.docs or (bench.folder / 'docs' if aside else None))
    print(f'{printable(page)} written')


def restore_runs(bench: Bench, args: argparse.Namespace) -> None:
    """Folders of the runs of which a page was written."""
    made, left, source = bench.restore(args.docs)
    for path in made:
        print(f'{printable(path)} restored')
    for path in left:
        print(f'{printable(path)} left alone: unfinished. Removed, it can be restored')
    print(f'{len(made)} runs restored from {printable(source)}')


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    args = parse_args(arguments)
    from mmengine.logging import MMLogger
    from mmengine.registry import init_default_scope

    from bernoulli_mmpose.experiments.bench import Bench

    MMLogger.get_current_instance().setLevel(logging.WARNING)  # a line a config
    init_default_scope('mmpose')
    commands = dict(
        list=list_experiments,
        run=run_experiments,
        pictures=draw_pictures,
        report=write_page,
        restore=restore_runs,
    )
    iterations = getattr(args, 'iterations', None)
    commands[args.command](Bench(args.suite, args.out, ROOT, iterations), args)


if __name__ == '__main__':
    sys.exit(run_command(main))
