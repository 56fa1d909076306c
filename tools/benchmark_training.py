"""Images a second of each part of a config's training: is the loader the limit?

One worker's steps (reading, augmentation, encoding, the batch), in its processor time;
a training step, and a test step with its decoding, on the device. A loader keeps up if
all of its workers together give more than the training step takes.

python tools/benchmark_training.py configs/rotation_hrnet-small_head.py --device cuda:0
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from console import PlainConsole
from mmengine.config import Config, DictAction

from bernoulli_headpose.files import check_file
from bernoulli_headpose.terminal import CommandParser, run_command


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('config', type=Path, help='config file')
    parser.add_argument('--device', default='cpu', help="such as 'cuda:0'")
    parser.add_argument('--threads', type=int, help="on a processor: torch's")
    parser.add_argument('--rounds', type=int, default=10, help='batches')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='key=value, as in MMPose'
    )
    args = parser.parse_args(arguments)
    if args.rounds < 1:
        parser.error(f'--rounds: expected 1 or more, got {args.rounds}')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse_args(arguments)
    check_file(args.config, 'a config')
    from benchmarks import parts, timing

    from bernoulli_mmpose.inferencers.loading import check_device

    check_device(args.device)
    threads = timing.prepare(args.threads)
    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options or {})
    console = PlainConsole()
    table, worker, step = parts.parts_table(config, args.device, args.rounds)
    console.print(table)
    console.print(
        f'A worker gives {worker / step:.2f} of what a training step takes '
        f'({args.device}, {threads} threads); the config has '
        f'{config.train_dataloader.num_workers} workers.'
    )


if __name__ == '__main__':
    sys.exit(run_command(main))
