"""The paper's experiments and their peers: one command each, from training to tables.

python tools/experiments.py list
python tools/experiments.py run peers radius    # or: run all
python tools/experiments.py report              # docs/results.md from what was run

A run that is finished is never trained again; several experiments share their runs. The
suite 'sample' takes Pointing'04, GENKI-4K and the AFLW2000 sample below
BERNOULLI_DATA_ROOT; 'published' takes BIWI, 300W-LP and AFLW2000, as the paper does.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

import bernoulli_mmpose  # noqa: F401  (before mmpose)
from bernoulli_mmpose.experiments import catalogue, report, training
from bernoulli_mmpose.experiments.robustness import PERTURBATIONS, evaluate_perturbed
from bernoulli_mmpose.experiments.runs import Run, compose

ROOT = Path(__file__).resolve().parents[1]


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*catalogue.EXPERIMENTS, 'all']
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('list', help='experiments and the runs that they need')
    run = commands.add_parser('run', help='train and test what is not yet')
    run.add_argument('experiments', nargs='+', choices=names, metavar='NAME')
    run.add_argument(
        '--seeds', type=int, help="first seeds only (default: all of the suite's)"
    )
    run.add_argument(
        '--methods', nargs='+', choices=catalogue.METHODS, help='these only'
    )
    run.add_argument(
        '--iterations', type=int, help="batches of a training (default: the suite's)"
    )
    made = commands.add_parser('report', help='tables and plots of what was run')
    made.add_argument('--docs', type=Path, default=ROOT / 'docs')
    for command in commands.choices.values():
        command.add_argument('--suite', choices=catalogue.SUITES, default='sample')
        command.add_argument('--out', type=Path, default=Path('work_dirs/experiments'))
    return parser.parse_args(arguments)


def wanted_runs(suite: catalogue.Suite, names: Sequence[str]) -> list[Run]:
    """The runs of some experiments, each once, in their order."""
    chosen = catalogue.EXPERIMENTS if 'all' in names else names
    runs: dict[str, Run] = {}
    for name in chosen:
        for run in catalogue.EXPERIMENTS[name].runs(suite):
            runs.setdefault(run.name, run)
    return list(runs.values())


def list_experiments(args: argparse.Namespace) -> None:
    """Print each experiment with its runs."""
    suite, folder = catalogue.SUITES[args.suite], args.out / args.suite
    table = Table('name', 'what', 'in the paper', 'runs', 'finished')
    for name, experiment in catalogue.EXPERIMENTS.items():
        runs = experiment.runs(suite)
        done = sum((folder / run.name / training.RECORD).is_file() for run in runs)
        table.add_row(
            name, experiment.title, experiment.source, str(len(runs)), str(done)
        )
    Console(width=110).print(table)


def run_experiments(args: argparse.Namespace) -> None:
    """Train and test what is missing."""
    suite, folder = catalogue.SUITES[args.suite], args.out / args.suite
    runs = wanted_runs(suite, args.experiments)
    methods, seeds = args.methods or catalogue.METHODS, args.seeds or suite.seeds
    runs = [run for run in runs if run.method in methods and run.seed < seeds]
    budget = suite.budget
    if args.iterations is not None:
        budget = replace(budget, iterations=args.iterations)
    shifted = {'robustness', 'all'} & set(args.experiments)
    for number, run in enumerate(runs, 1):
        method, data = catalogue.METHODS[run.method], suite.data[run.data]
        config = compose(run, method, data, budget, ROOT / 'configs')
        found = training.find_run(folder / run.name, config)
        state = 'finished before' if found else 'training'
        print(f'[{number}/{len(runs)}] {run.name}: {state}', flush=True)
        done = found or training.train_and_test(config, folder / run.name)
        if shifted and run.data == 'head' and not run.variant:
            evaluate_perturbed(config, done, PERTURBATIONS)
        print(f'  {report.one_line(done)}', flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    args = parse_args(arguments)
    init_default_scope('mmpose')
    if args.command == 'list':
        list_experiments(args)
    elif args.command == 'run':
        run_experiments(args)
    else:
        suite = catalogue.SUITES[args.suite]
        page = report.write(suite, args.out / args.suite, args.docs)
        print(f'{page} written')


if __name__ == '__main__':
    try:
        main()
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f'error: {error}')
