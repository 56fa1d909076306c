"""Check the data of a config before you train: files, labels, pictures, splits.

Builds each data set as the training would, tells what it holds, reads some of its
pictures, and looks for pictures and people that are in training and test. It changes
nothing. Exit code 1 if something is wrong; the last line says what.
docs/datasets.md shows the folders that configs expect.

python tools/check_dataset.py configs/bernoulli_hrnet-small_genki4k.py
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmengine.config import Config, DictAction

from bernoulli_headpose.files import check_file
from bernoulli_headpose.terminal import CommandParser, run_command, show

if TYPE_CHECKING:
    from data_checks.contents import Contents
    from data_checks.findings import Report

SPLITS = ('train', 'val', 'test')


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('config', type=Path, help='config file')
    parser.add_argument(
        '--split',
        choices=(*SPLITS, 'all'),
        default='all',
        help='data sets of this loader only (default: %(default)s)',
    )
    parser.add_argument(
        '--pictures',
        type=int,
        default=100,
        metavar='N',
        help='pictures to read of each data set (default: %(default)s)',
    )
    parser.add_argument('--all', action='store_true', help='read all pictures')
    parser.add_argument(
        '--seed', type=int, default=0, help='of their choice (default: %(default)s)'
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value, as in MMPose'
    )
    args = parser.parse_args(arguments)
    if args.pictures < 0:
        parser.error(f'--pictures: expected 0 or more, got {args.pictures}')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Check the data sets of the chosen loaders, one after the other.

    Raises:
        ValueError: If something is wrong.
    """
    args = parse_args(arguments)
    check_file(args.config, 'a config')
    from data_checks.findings import Report, compare
    from mmengine.registry import init_default_scope

    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options or {})
    init_default_scope(config.get('default_scope', 'mmpose'))
    report, found = Report(), {}
    for split in SPLITS if args.split == 'all' else (args.split,):
        dataset = config[f'{split}_dataloader'].dataset
        is_second = split == 'test' and 'val' in found
        if is_second and dataset == config.val_dataloader.dataset:
            show('\ntest: the same data as val')
            continue
        found[split] = check_loader(split, dataset, args, report)
    for split in ('val', 'test'):
        if found.get('train') and found.get(split):
            report.begin(f'train and {split}')
            compare(found['train'], found[split], report)
    _tell(report.problems)


def check_loader(
    split: str, dataset: Mapping[str, Any], args: argparse.Namespace, report: Report
) -> list[Contents]:
    """Check each data set of a loader; gives what those that can be built hold."""
    from data_checks.contents import build_part, parts_of, read_contents
    from data_checks.findings import check_pictures, describe

    found = []
    for part in parts_of(dataset):
        names = part.get('dataset_name'), part['type'], part.get('data_root')
        report.begin(f'{split}: {", ".join(str(name) for name in names if name)}')
        built, warnings, error = build_part(part)
        if error is not None:
            report.problem(error)
        for line in warnings:
            report.say(line)
        if built is None:
            continue
        contents = read_contents(built)
        describe(contents, report)
        check_pictures(contents, None if args.all else args.pictures, args.seed, report)
        found.append(contents)
    return found


def _tell(problems: Sequence[str]) -> None:
    if not problems:
        show('\nNo problem found.')
        return
    count = len(problems)
    what = '1 problem' if count == 1 else f'{count} problems, the first'
    raise ValueError(f'{what}: {problems[0]}')


if __name__ == '__main__':
    sys.exit(run_command(main))
