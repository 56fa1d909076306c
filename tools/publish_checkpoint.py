"""Make a checkpoint to hand out of one that a training has left.

The weights, the epoch, the config and the data set's skeleton stay; the optimizer,
the log and every path of the machine go. The same checkpoint gives the same bytes.

python tools/publish_checkpoint.py work_dirs/x/epoch_60.pth x.pth --replace /my=data
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from bernoulli_headpose.files import (
    check_file,
    identify_files,
    parse_assignments,
    printable,
    write_whole,
)
from bernoulli_headpose.terminal import CommandParser, run_command

if TYPE_CHECKING:
    from torch import Tensor

ROOTS = {'BERNOULLI_DATA_ROOT': 'data', 'BERNOULLI_MADE_ROOT': 'data/made'}
MAX_MEGABYTES = 20
KEPT_META = ('epoch', 'iter', 'seed', 'dataset_meta')
# What a training run sets for itself.
DROPPED_SETTINGS = ('work_dir', 'load_from', 'resume', 'launcher')


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', type=Path, help='checkpoint of a training')
    parser.add_argument('out', type=Path, help='file to write')
    parser.add_argument(
        '--half',
        action='store_true',
        help='store the weights of convolutions as float16 (half the size)',
    )
    parser.add_argument(
        '--replace',
        nargs='+',
        default=[],
        metavar='OLD=NEW',
        help='rewrite how paths in the config begin, such as /my/data=data '
        '(the values of BERNOULLI_DATA_ROOT and BERNOULLI_MADE_ROOT become data and '
        'data/made without being told)',
    )
    args = parser.parse_args(arguments)
    if wrong := [pair for pair in args.replace if not pair.partition('=')[1]]:
        parser.error(f'--replace: expected OLD=NEW, got {wrong[0]!r}')
    if args.out.resolve() == args.checkpoint.resolve():
        parser.error(f'out: expected another file than checkpoint, got {args.out}')
    return args


def replacements(pairs: Sequence[str]) -> dict[str, str]:
    """The beginnings of paths to rewrite; the command line's go before the roots'."""
    found = {old.rstrip('/'): new for old, _, new in (p.partition('=') for p in pairs)}
    roots = {
        os.environ.get(name, '').rstrip('/'): folder for name, folder in ROOTS.items()
    }
    roots.pop('', None)
    return {**roots, **found}


def clean(value: Any, rules: dict[str, str], where: str = 'cfg') -> Any:
    """Rewrite the paths in a part of a config or of the data set's skeleton.

    Args:
        value: A dict, list, tuple or leaf.
        rules: What paths begin with, and what that becomes; the longest fits best.
        where: Name of the part, for the error.

    Raises:
        ValueError: If a path of the machine is left: absolute, or out of the folder.
    """
    if isinstance(value, dict):
        return {
            key: clean(item, rules, f'{where}.{key}') for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return type(value)(
            clean(item, rules, f'{where}[{index}]') for index, item in enumerate(value)
        )
    if not isinstance(value, str):
        return value
    fitting = [old for old in rules if value == old or value.startswith(f'{old}/')]
    if fitting:
        longest = max(fitting, key=len)
        value = rules[longest] + value[len(longest) :]
    path = PurePosixPath(value)
    if path.is_absolute() or value.startswith('~') or '..' in path.parts:
        raise ValueError(
            f'{where}: expected no path of this machine, got {value!r}; rewrite how '
            f'it begins with --replace, such as --replace {value}=data'
        )
    return value


def strip(checkpoint: dict[str, Any], rules: dict[str, str], half: bool) -> dict:
    """Keep of a checkpoint what inference needs.

    Args:
        checkpoint: As MMEngine's Runner saves it.
        rules: See ``clean``.
        half: Store tensors of two or more axes as float16. (The statistics of batch
            normalisation do not fit into its range.)

    Raises:
        ValueError: If it is no such checkpoint, or weights are not finite.
    """
    import torch
    from mmengine.config import Config

    meta = checkpoint.get('meta') or {}
    if 'state_dict' not in checkpoint or not isinstance(meta.get('cfg'), str):
        raise ValueError(
            "checkpoint: expected 'state_dict' and 'meta' with 'cfg', as MMEngine's "
            f'Runner saves them, got {sorted(checkpoint)}'
        )
    weights: dict[str, Tensor] = {}
    for name, tensor in checkpoint['state_dict'].items():
        smaller = half and tensor.is_floating_point() and tensor.ndim > 1
        weights[name] = (tensor.half() if smaller else tensor).contiguous().clone()
        if not torch.isfinite(weights[name]).all():
            raise ValueError(f'{name}: expected finite weights, got nan or infinity')
    config = parse_assignments(meta['cfg'])
    for name in DROPPED_SETTINGS:
        config.pop(name, None)
    kept = {key: clean(meta[key], rules, key) for key in KEPT_META if key in meta}
    kept['cfg'] = Config(clean(config, rules)).pretty_text
    return dict(meta=kept, state_dict=weights)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, strip, check, write, and tell size and hash."""
    args = parse_args(arguments)
    check_file(args.checkpoint, 'a checkpoint')
    import torch

    from bernoulli_mmpose.inferencers.checkpoints import read_checkpoint

    checkpoint = read_checkpoint(args.checkpoint)
    try:
        made = strip(checkpoint, replacements(args.replace), args.half)
    except ValueError as error:
        raise ValueError(f'{args.checkpoint}: {error}') from None
    buffer = io.BytesIO()
    torch.save(made, buffer)
    content = buffer.getvalue()
    # As a user will load it.
    torch.load(io.BytesIO(content), weights_only=True)
    megabytes = len(content) / 1e6
    if megabytes > MAX_MEGABYTES:
        raise ValueError(
            f'{args.out}: expected at most {MAX_MEGABYTES} MB, got {megabytes:.1f} MB; '
            'not written (--half stores the weights in half the size)'
        )
    write_whole(args.out, content, identify_files([args.checkpoint]))
    print(f'wrote {printable(args.out)}: {megabytes:.2f} MB')
    print(f'sha256 {hashlib.sha256(content).hexdigest()}')


if __name__ == '__main__':
    sys.exit(run_command(main))
