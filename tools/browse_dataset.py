"""Draw samples of a config's data set, before and after its pipeline.

Bad labels are left out and counted, unless the config says ``bad_labels='error'``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config, DictAction
from rich.progress import track

from bernoulli_headpose.drawing import contact_sheet
from bernoulli_headpose.files import (
    check_file,
    check_folder,
    identify_files,
    printable,
    write_picture,
)
from bernoulli_headpose.terminal import CommandParser, run_command


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('config', type=Path, help='config file')
    parser.add_argument('--out', type=Path, required=True, help='folder to write to')
    parser.add_argument(
        '--split',
        choices=('train', 'val', 'test'),
        default='train',
        help='data set of the config',
    )
    parser.add_argument('--number', type=int, default=12, help='samples to draw')
    parser.add_argument('--seed', type=int, default=0, help='of choice and transforms')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value, as in MMPose'
    )
    args = parser.parse_args(arguments)
    if args.number < 1:
        parser.error(f'--number: expected 1 or more, got {args.number}')
    return args


def open_dataset(args: argparse.Namespace) -> Any:
    """The data set, whose samples tell where the keypoints are in the input."""
    from mmengine.registry import init_default_scope

    from bernoulli_mmpose.browsing import build_dataset, keep_transformed_keypoints

    config = Config.fromfile(args.config)
    if args.cfg_options:
        config.merge_from_dict(args.cfg_options)
    init_default_scope(config.get('default_scope', 'mmpose'))
    dataset_config = config[f'{args.split}_dataloader'].dataset
    return build_dataset(keep_transformed_keypoints(dataset_config))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a picture of each chosen sample, and one of all."""
    args = parse_args(arguments)
    check_file(args.config, 'a config')
    check_folder(args.out)
    from bernoulli_mmpose.browsing import draw_sample, files_of

    dataset = open_dataset(args)
    inputs = files_of(dataset) | identify_files([args.config])

    number = min(args.number, len(dataset))
    choice = np.random.default_rng(args.seed).permutation(len(dataset))[:number]
    rows = []
    for index in track(sorted(map(int, choice)), f'Drawing {args.split} samples'):
        np.random.seed([args.seed, index])  # MMPose's transforms draw from it
        packed = dataset.prepare_data(index)
        if packed is None:
            print(f'sample {index} is left out: the pipeline gives nothing for it')
            continue
        np.random.seed([args.seed, index])  # so do scenes, which are composed anew
        rows.append(draw_sample(dataset.get_data_info(index), packed))
        write_picture(args.out / f'{args.split}_{index:06d}.png', rows[-1], inputs)
    if rows:
        sheet = contact_sheet(rows, columns=1)
        write_picture(args.out / f'{args.split}_sheet.png', sheet, inputs)
    done = f'{len(rows)} of {len(dataset)} {args.split} samples'
    print(f'wrote {printable(args.out)}: {done}')


if __name__ == '__main__':
    sys.exit(run_command(main))
