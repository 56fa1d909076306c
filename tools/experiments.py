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

import argparse
import logging
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path

from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

from bernoulli_mmpose.evaluation import HeadPoseResults
from bernoulli_mmpose.evaluation.summary import rank_heads
from bernoulli_mmpose.experiments import (
    archive,
    batch,
    catalogue,
    report,
    selection,
    suites,
    training,
)
from bernoulli_mmpose.experiments.robustness import (
    PERTURBATIONS,
    evaluate_perturbed,
    has_tests,
)
from bernoulli_mmpose.experiments.runs import Run

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / 'configs'
OUT = Path('work_dirs/experiments')


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*catalogue.EXPERIMENTS, 'all']
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('list', help='experiments and the runs that they need')
    run = commands.add_parser('run', help='train and test what is not yet')
    run.add_argument('experiments', nargs='+', choices=names, metavar='NAME')
    run.add_argument(
        '--seeds', type=int, help="of the suite's seeds the first (default: all)"
    )
    run.add_argument(
        '--methods', nargs='+', choices=catalogue.METHODS, help='these only'
    )
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
        command.add_argument('--suite', choices=suites.SUITES, default='sample')
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


def list_experiments(args: argparse.Namespace) -> None:
    """Print each experiment with its runs."""
    suite, folder = suites.SUITES[args.suite], args.out / args.suite
    table = Table('name', 'what', 'in the paper', 'runs', 'finished')
    for name, experiment in catalogue.EXPERIMENTS.items():
        runs = experiment.runs(suite)
        paths = [folder / run.name for run in runs]
        recorded = [path for path in paths if (path / training.RECORD).is_file()]
        done = sum(has_tests(name, path) for path in recorded)
        table.add_row(
            name, experiment.title, experiment.source, str(len(runs)), str(done)
        )
    Console(width=110).print(table)


def run_experiments(args: argparse.Namespace) -> None:
    """Train and test what is missing.

    Raises:
        RuntimeError: If trainings failed, told when all else is done.
    """
    suite, folder = suites.SUITES[args.suite], args.out / args.suite
    runs = selection.chosen_runs(suite, args.experiments, args.methods, args.seeds)
    configs = selection.compose_runs(suite, runs, folder, CONFIGS, args.iterations)
    others = {folder / r.name: folder / r.weights for r in runs if r.weights}
    trained = {p: config for p, config in configs.items() if p not in others}
    failures = batch.train_missing(trained, args.jobs)
    batch.test_again(configs, others)
    if {'robustness', 'all'} & set(args.experiments):
        for run in catalogue.EXPERIMENTS['robustness'].runs(suite):
            path = folder / run.name
            if path in configs and (path / training.RECORD).is_file():
                done = training.read_run(path)
                evaluate_perturbed(configs[path], done, PERTURBATIONS)
    if {'peers', 'all'} & set(args.experiments) and not args.methods:
        run_landmarks(configs[folder / Run().name], folder)
    if failures:
        listed = '\n'.join(failures)
        raise RuntimeError(f'{len(failures)} of {len(trained)} runs failed:\n{listed}')


def run_tool(name: str, *words: object, log: Path | None = None) -> None:
    """Run another tool of this folder, its output to a file where one is named.

    Raises:
        RuntimeError: If it fails.
    """
    tool = Path(__file__).parent / f'{name}.py'
    command = [sys.executable, str(tool), *(str(word) for word in words)]
    with log.open('w', encoding='utf-8') if log else nullcontext() as stream:
        status = subprocess.run(command, stdout=stream, check=False).returncode
    if status:
        raise RuntimeError(f'{tool.name} failed with status {status}')


def run_landmarks(config: Config, folder: Path) -> None:
    """Landmarks and PnP on the test set of a config, where not done before."""
    target = folder / training.LANDMARKS
    if training.find_run(target, config):
        return
    if find_spec('dlib') is None:
        print("landmarks left out: pip install 'bernoulli_mmpose[profiling]'")
        return
    target.mkdir(parents=True, exist_ok=True)
    config.dump(target / training.CONFIG)
    results = target / training.RESULTS
    revision = training.revision()
    log = target / 'test.log'
    run_tool('landmark_baseline', target / training.CONFIG, results, log=log)
    training.write_record(target, revision=revision)


def draw_pictures(args: argparse.Namespace) -> None:
    """Best, worst, most turned and random heads, and feature maps of one of each."""
    folder = args.out / args.suite
    runs = [Run(data=data).name for data in ('head', 'background')]
    runs = [name for name in runs if (folder / name / training.RECORD).is_file()]
    if not runs:
        raise FileNotFoundError(f'{folder}: expected finished runs, got none')
    for name in runs:
        target, results = folder / 'pictures' / name, folder / name / training.RESULTS
        pictures = ('--pictures', args.number)
        run_tool('summarize', results, '--out', target, *pictures)
        heads = HeadPoseResults.read(results)
        checkpoint = training.read_run(folder / name).weights
        for kind, rows in rank_heads(heads, 1).items():
            path, box = heads.img_path[rows[0]], heads.bbox[rows[0]]
            out = target / f'feature_maps_{kind}.png'
            words = (folder / name / training.CONFIG, checkpoint, path)
            corners = (f'{corner:.3f}' for corner in box)
            run_tool('feature_maps', *words, '--out', out, '--box', *corners)


def write_page(args: argparse.Namespace) -> None:
    """The page of results, of the runs that are finished."""
    suite, folder = suites.SUITES[args.suite], args.out / args.suite
    aside = args.out != OUT or args.iterations is not None
    docs = args.docs or (folder / 'docs' if aside else docs_of(args.suite))
    page = report.write(suite, folder, docs, all_configs(args))
    print(f'{page} written')


def restore_runs(args: argparse.Namespace) -> None:
    """Folders of the runs of which a page was written, but for those that are there."""
    docs = args.docs or docs_of(args.suite)
    source = docs / report.FOLDER / archive.ARCHIVE
    made = archive.restore(source, all_configs(args))
    for path in made:
        print(f'{path} restored')
    print(f'{len(made)} of the runs in {source} restored')


def all_configs(args: argparse.Namespace) -> dict[Path, Config]:
    """The configs of all that is reported of a suite, by folder."""
    suite, folder = suites.SUITES[args.suite], args.out / args.suite
    runs = selection.wanted_runs(suite, ['all'])
    configs = selection.compose_runs(suite, runs, folder, CONFIGS, args.iterations)
    return configs | {folder / training.LANDMARKS: configs[folder / Run().name]}


def docs_of(suite: str) -> Path:
    """The folder of a suite's page in the project."""
    return ROOT / 'docs' / ('' if suite == 'sample' else suite)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks."""
    args = parse_args(arguments)
    MMLogger.get_current_instance().setLevel(logging.WARNING)  # a line a config
    init_default_scope('mmpose')
    commands = dict(
        list=list_experiments,
        run=run_experiments,
        pictures=draw_pictures,
        report=write_page,
        restore=restore_runs,
    )
    commands[args.command](args)


if __name__ == '__main__':
    try:
        main()
    except (OSError, ValueError, RuntimeError) as error:
        sys.exit(f'error: {error}')
