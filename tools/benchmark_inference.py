"""How fast head pose is on the CPU: ratios and shares, measured in one run.

Images a second of a model in PyTorch and in onnxruntime against MMPose's stock
top-down HRNet-W32 at the same input size (random weights); what decoding and drawing
take of the whole; frames a second of a 640x480 video of one rendered head. All calls
of a table take turns in changing order; absolute figures are those of one machine
and its load.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import torch
from mmengine.registry import init_default_scope
from rich.table import Table

import bernoulli_mmpose  # noqa: F401  (before mmpose)
from bernoulli_headpose.terminal import CommandParser, PlainConsole, run_command
from bernoulli_mmpose.benchmarks.timing import Call, spread, timed
from bernoulli_mmpose.inferencers import HeadPoseInferencer
from bernoulli_mmpose.inferencers.loading import load_model

try:
    from bernoulli_mmpose.benchmarks import inference
except ImportError as missing:
    sys.exit(f'error: {missing}')

ON_OFF = {'on': True, 'off': False, None: None}


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'paths', nargs='*', type=Path, metavar='CONFIG CHECKPOINT',
        help='without: the model that comes with the package',
    )  # fmt: skip
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 32])
    parser.add_argument(
        '--flip-test', choices=('on', 'off'), help="default: the config's test_cfg"
    )
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--threads', type=int, default=torch.get_num_threads())
    parser.add_argument(
        '--frames', type=int, default=300, help='of the video; 0 leaves it out'
    )
    args = parser.parse_args(arguments)
    if len(args.paths) not in (0, 2):
        parser.error('expected CONFIG and CHECKPOINT, or neither')
    if min(args.rounds, args.threads, *args.batches) < 1 or args.frames < 0:
        parser.error('--batches, --rounds and --threads: expected 1 or more')
    return args


def speed_table(calls: dict[int, dict[str, Call]], rounds: int) -> Table:
    """Images a second of every way to run the model, and of the stock one."""
    table = Table('', 'batch', 'images/s (min-max)', 'of PyTorch', 'of HRNet-W32')
    for size, ways in calls.items():
        seconds = timed(ways, rounds)
        for name, values in seconds.items():
            ratios = [
                [a / b for a, b in zip(seconds[other], values, strict=True)]
                for other in (inference.OURS, inference.STOCK)
            ]
            rates = [size / value for value in values]
            cells = [spread(ratio, '.2f') for ratio in ratios]
            table.add_row(name, str(size), spread(rates, '.0f'), *cells)
    return table


def share_table(calls: dict[str, Call], rounds: int) -> tuple[Table, float]:
    """The steps of one head in a frame, and seconds of decode and drawing."""
    seconds = timed(calls, rounds)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    whole = sum(middle.values())
    table = Table('', 'ms', 'share')
    ours = middle['decode'] + middle['drawing']
    middle['decode + drawing'] = ours
    for name, value in middle.items():
        table.add_row(name, f'{value * 1e3:.3f}', f'{value / whole:.1%}')
    return table, ours


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse_args(arguments)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    init_default_scope('mmpose')
    flip_test = ON_OFF[args.flip_test]
    model = load_model(*args.paths, flip_test=flip_test)
    frames, box = inference.render_video(min(args.frames, 60) or 1)
    view = (frames[0], box)
    console = PlainConsole()
    console.width = max(console.width, 100)
    calls = inference.model_calls(model, view, args.batches, args.threads)
    speed = speed_table(calls, args.rounds)
    size = 'x'.join(map(str, model.head.decoder.input_size))
    flip = 'with' if model.test_cfg.get('flip_test', False) else 'without'
    speed.title = f'{size}, {flip} flip test, {args.threads} threads'
    console.print(speed)
    shares, ours = share_table(inference.step_calls(model, view), args.rounds)
    console.print(shares)
    if args.frames:
        paths = args.paths or (None, None)
        inferencer = HeadPoseInferencer(
            paths[0], paths[1], device='cpu', flip_test=flip_test
        )
        rate, heads = inference.video_rate(inferencer, frames, box, args.frames)
        console.print(
            f'640x480 video, read, estimated, drawn and written: {rate:.0f} frames/s '
            f'(goal 30), a head in {heads} of {args.frames}; decode + drawing take '
            f'{ours * rate:.1%} of it (goal: below 10 %)'
        )


if __name__ == '__main__':
    sys.exit(run_command(main))
