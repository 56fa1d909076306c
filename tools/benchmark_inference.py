"""How fast head pose is on the CPU: ratios and shares, measured in one run.

Images a second of a model in PyTorch and in onnxruntime against MMPose's stock
top-down HRNet-W32 at the same input size (random weights), and against MediaPipe's face
mesh; what decoding and drawing take of the whole; frames a second of a 640x480 video of
one rendered head. All calls of a table take turns in changing order; absolute figures
are those of one machine and its load.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import cv2
from console import PlainConsole

from bernoulli_headpose.sources import check_model_files
from bernoulli_headpose.terminal import CommandParser, run_command

ON_OFF = {'on': True, 'off': False, None: None}


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        'paths', nargs='*', type=Path, metavar='CONFIG CHECKPOINT',
        help='without: head-pose, of the package',
    )  # fmt: skip
    parser.add_argument(
        '--batches', type=int, nargs='+', default=[1, 32], help='heads at a time'
    )
    parser.add_argument(
        '--flip-test', choices=('on', 'off'), help="default: the config's test_cfg"
    )
    parser.add_argument('--rounds', type=int, default=10, help='of all parts in turn')
    parser.add_argument('--threads', type=int, help="default: torch's")
    parser.add_argument(
        '--mediapipe',
        metavar='PYTHON',
        help="of MediaPipe 0.10.21: its face mesh is timed, too, with the detector's "
        'run before and, as in a video, without (to hold everything to one core: '
        'taskset -c 0 python tools/benchmark_inference.py --threads 1 ...)',
    )
    parser.add_argument(
        '--frames', type=int, default=300, help='of the video; 0 leaves it out'
    )
    args = parser.parse_args(arguments)
    if len(args.paths) not in (0, 2):
        parser.error('expected CONFIG and CHECKPOINT, or neither')
    threads = 1 if args.threads is None else args.threads
    if min(args.rounds, threads, *args.batches) < 1 or args.frames < 0:
        parser.error('--batches, --rounds and --threads: expected 1 or more')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse_args(arguments)
    if args.paths:
        check_model_files(*args.paths)
    from baselines.mediapipe_landmarks import FaceMesh
    from benchmarks import inference, timing

    from bernoulli_mmpose import HeadPoseInferencer
    from bernoulli_mmpose.inferencers.loading import load_model

    threads = timing.prepare(args.threads)
    cv2.setNumThreads(threads)
    flip_test = ON_OFF[args.flip_test]
    model = load_model(*args.paths, flip_test=flip_test)
    frames, box = inference.render_video(min(args.frames, 60) or 1)
    view = (frames[0], box)
    console = PlainConsole()
    console.width = max(console.width, 130)
    calls, weights = inference.model_calls(model, view, args.batches, threads)
    with ExitStack() as stack:
        names = (inference.MESH, inference.MESH_IN_VIDEO) if args.mediapipe else ()
        for name in names:
            video = name == inference.MESH_IN_VIDEO
            mesh = stack.enter_context(FaceMesh(args.mediapipe, video))
            weights[name] = mesh.weights
            for size, ways in calls.items():
                ways[name] = inference.mesh_call(mesh, view, size)
        speed = inference.speed_table(calls, weights, args.rounds)
    crop = 'x'.join(map(str, model.head.decoder.input_size))
    flip = 'with' if model.test_cfg.get('flip_test', False) else 'without'
    speed.title = f'{crop}, {flip} flip test, {threads} threads'
    console.print(speed)
    steps = inference.step_calls(model, view)
    shares, ours = inference.share_table(steps, args.rounds)
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
