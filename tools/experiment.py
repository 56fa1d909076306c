"""The paper's experiments and their baselines: from training to the page of results.

python tools/experiment.py list
python tools/experiment.py run approaches radius     # or: run all
python tools/experiment.py collect    # results of the runs, into docs/results
python tools/experiment.py report     # tables and plots of docs/results.md, of these
python tools/experiment.py errors 'head_bins*'       # of each angle

A run that is finished is never trained again; questions share their runs. The suite
'sample' takes Pointing'04, GENKI-4K and the AFLW2000 sample below BERNOULLI_DATA_ROOT,
its question 'rotation' also wild/ there, and rendered heads below BERNOULLI_MADE_ROOT;
'published' takes BIWI, 300W-LP and AFLW2000, as the paper does. Which runs answer which
question is in tools/experiments/runs.yml.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console import PlainConsole

from bernoulli_headpose.files import printable
from bernoulli_headpose.terminal import CommandParser, run_command, show

if TYPE_CHECKING:
    from experiments.plan import Plan

ROOT = Path(__file__).resolve().parents[1]
OUT = Path('work_dirs/experiments')
SUITES = ('sample', 'published')


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = CommandParser(description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('list', help='questions and the runs that they need')
    run = commands.add_parser('run', help='train and test what is not yet')
    run.add_argument(
        'questions', nargs='+', metavar='QUESTION', help="see 'list'; or all"
    )
    run.add_argument('--runs', default='*', help="names of runs, such as 'head_bins*'")
    run.add_argument('--seeds', type=int, default=99, help='the first so many of each')
    run.add_argument('--jobs', type=int, default=1, help='runs at a time')
    commands.add_parser(
        'collect', help='results of the runs, into the folder of the page'
    )
    commands.add_parser('report', help='tables and plots of the page')
    errors = commands.add_parser('errors', help='print the errors of each angle')
    errors.add_argument('runs', nargs='?', default='*', help='names of runs')
    for name, command in commands.choices.items():
        command.add_argument(
            '--suite', choices=SUITES, default='sample', help='which table of runs'
        )
        if name in ('run', 'collect'):
            batches = "batches of a training (default: the suite's)"
            command.add_argument('--iterations', type=int, help=batches)
        if name in ('list', 'run', 'collect'):
            command.add_argument('--out', type=Path, default=OUT, help='of the runs')
        if name in ('collect', 'report', 'errors'):
            folder = 'folder of the page (default: docs; docs/published for that suite)'
            command.add_argument('--docs', type=Path, help=folder)
    return parser


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, checked."""
    parser = build_parser()
    args = parser.parse_args(arguments)
    for name in ('seeds', 'jobs', 'iterations'):
        if (count := getattr(args, name, None)) is not None and count < 1:
            parser.error(f'--{name}: expected 1 or more, got {count}')
    if args.command == 'collect' and args.iterations and not args.docs:
        parser.error('--iterations: expected --docs, a page of its own, with it')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    args = parse_args(arguments)
    from experiments.plan import Plan

    plan = Plan(args.suite)
    if args.command == 'run':
        run(plan, args)
    elif args.command == 'list':
        list_questions(plan, args.out / args.suite)
    else:
        from experiments import page

        folder = '' if args.suite == 'sample' else args.suite
        docs = args.docs or ROOT / 'docs' / folder
        if args.command == 'collect':
            collect(plan, args, docs)
        elif args.command == 'report':
            print(f'{printable(page.write(plan, docs))} written')
        else:
            show(page.errors_of_angles(docs, args.runs))


def run(plan: Plan, args: argparse.Namespace) -> None:
    """Train and test what is missing."""
    unknown = set(args.questions) - {*plan.questions, 'all'}
    if unknown:
        known = ', '.join([*plan.questions, 'all'])
        raise ValueError(f'expected some of {known}, got {", ".join(sorted(unknown))}')
    runs = plan.runs(args.questions, args.runs, args.seeds)
    if not runs:
        raise ValueError(
            f'{" ".join(args.questions)}: expected runs of the suite {plan.name} that '
            f'match {args.runs!r}, got none'
        )
    from experiments.runner import Runner

    Runner(plan, args.out, args.jobs, args.iterations).run(runs, args.questions)


def collect(plan: Plan, args: argparse.Namespace, docs: Path) -> None:
    """Take finished runs of the suite, and of no other config, into the table."""
    from experiments import page
    from experiments.runner import Runner

    runner = Runner(plan, args.out, iterations=args.iterations)
    print(page.collect_runs(plan, runner.finished(), docs))


def list_questions(plan: Plan, folder: Path) -> None:
    """Print each question with its runs."""
    from rich.table import Table

    table = Table('name', 'what', 'runs', 'finished')
    for name, question in plan.questions.items():
        runs = plan.runs([name])
        done = sum((folder / run / 'run.json').is_file() for run in runs)
        table.add_row(name, question['title'], str(len(runs)), str(done))
    PlainConsole(width=100).print(table)


if __name__ == '__main__':
    sys.exit(run_command(main))
