"""How a head-pose model degrades: moved boxes, spoilt faces, pictures without a head.

Heads are those of the config's test set (--split val: of its validation). Tables and
plots tell errors, scores and deviations under each condition.

python tools/robustness.py CONFIG CHECKPOINT --out robustness
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import DictAction
from rich.progress import track

from bernoulli_headpose.files import (
    check_folder,
    check_output,
    identify_files,
    printable,
    whole_file,
    write_whole,
)
from bernoulli_headpose.sources import check_model_files
from bernoulli_headpose.terminal import CommandParser, run_command, show

PLOTS = ('moved_boxes.png', 'score_and_deviation.png')
TABLES = ('robustness.md', 'robustness.csv')


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('config', help='a config, or the name of a shipped model')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('--out', type=Path, required=True, help='folder to write to')
    parser.add_argument(
        '--split',
        choices=('test', 'val'),
        default='test',
        help='data set of the config',
    )
    parser.add_argument(
        '--limit', type=int, default=1500, help='samples of a data set at most'
    )
    parser.add_argument(
        '--score', type=float, default=0.8, help='above it a head is trusted'
    )
    parser.add_argument('--seed', type=int, default=0, help='of what is drawn')
    parser.add_argument('--device', default='cpu', help="such as 'cuda:0'")
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value, as in MMPose'
    )
    args = parser.parse_args(arguments)
    if args.limit < 1:
        parser.error(f'--limit: expected 1 or more, got {args.limit}')
    if not 0 <= args.score <= 1:
        parser.error(f'--score: expected 0 to 1, got {args.score:g}')
    if not 0 <= args.seed < 2**32:
        parser.error(f'--seed: expected 0 to {2**32 - 1}, got {args.seed}')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, draw, and say the most of it in a line."""
    args = parse_args(arguments)
    check_model_files(args.config, args.checkpoint)
    check_folder(args.out)
    from benchmarks import robustness_report as report
    from benchmarks.robustness import measure
    from benchmarks.test_parts import build_test_set
    from mmengine.registry import init_default_scope

    from bernoulli_mmpose.browsing import files_of
    from bernoulli_mmpose.inferencers.loading import (
        check_device,
        find_model,
        load_model,
    )

    check_device(args.device)
    config, checkpoint = find_model(args.config, args.checkpoint)
    config.merge_from_dict(args.cfg_options or {})
    init_default_scope(config.get('default_scope', 'mmpose'))
    dataset = build_test_set(config, args.split, [dict(type='LoadImage')])
    model = load_model(config, checkpoint, device=args.device)
    inputs = files_of(dataset) | identify_files([args.config, checkpoint])
    for name in (*PLOTS, *TABLES):
        check_output(args.out / name, inputs)
    pipeline = config[f'{args.split}_dataloader'].dataset.pipeline
    runs = measure(model, dataset, pipeline, args.limit, args.seed, track)
    figures = report.figures_of(runs, args.score)
    tables = report.figure_tables(figures, args.score)
    lines = [table.to_markdown() for table in tables]
    drawn = report.plot_moved(figures), report.plot_surety(figures, args.score)
    for name, plot in zip(PLOTS, drawn, strict=True):
        with whole_file(args.out / name, inputs) as part:
            plot.savefig(part)
        lines.append(f'![{name}]({name})\n')
    for name, text in zip(TABLES, ('\n'.join(lines), figures.to_csv()), strict=True):
        write_whole(args.out / name, text, inputs)
    show(report.sentence(figures, args.score))
    show(f'wrote {printable(args.out)}')


if __name__ == '__main__':
    sys.exit(run_command(main))
