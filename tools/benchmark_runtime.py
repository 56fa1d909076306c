"""The light package beside others: start, memory, photographs and videos a second.

HeadPose, the same models in PyTorch (HeadPoseInferencer), MediaPipe's face mesh and
FSA-Net see one rendered head (640x480): as the first photograph of a fresh process, one
photograph after another, with a box and without, and in a clip. Each has processes of
its own, held to one core (or two); all take turns in changing order. A cell is median
(least-greatest). On Linux.

python tools/benchmark_runtime.py --rounds 10 --out runtime.md
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bernoulli_headpose.files import (
    check_file,
    check_output,
    identify_files,
    write_whole,
)
from bernoulli_headpose.terminal import CommandParser, run_command, show

_RENDER = """
import sys
import cv2
import numpy as np
from benchmarks.inference import SIZE, render_video
folder, count = sys.argv[1], int(sys.argv[2])
frames, box = render_video(count)
cv2.imwrite(folder + '/photo.jpg', frames[0])
np.savetxt(folder + '/box.txt', box)
video = cv2.VideoWriter(folder + '/clip.mp4', cv2.VideoWriter.fourcc(*'mp4v'), 30, SIZE)
for frame in frames:
    video.write(frame)
video.release()
"""


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=10, help='of all in turn')
    parser.add_argument('--frames', type=int, default=60, help='of the clip')
    parser.add_argument('--mediapipe', metavar='PYTHON', help='of MediaPipe 0.10.21')
    parser.add_argument('--fsanet', type=Path, metavar='FILE', help='its ONNX')
    parser.add_argument('--out', type=Path, help='Markdown to write')
    args = parser.parse_args(arguments)
    if min(args.rounds, args.frames) < 1:
        parser.error('--rounds and --frames: expected 1 or more')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    args = parse_args(arguments)
    from benchmarks import runtimes

    if args.fsanet:
        check_file(args.fsanet, "FSA-Net's ONNX")
    if args.out:
        check_output(args.out, identify_files([args.fsanet] if args.fsanet else []))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render = [sys.executable, '-c', _RENDER, name, str(args.frames)]
        environment = runtimes.environment(1)
        subprocess.run(render, check=True, env=environment, stdout=subprocess.DEVNULL)
        who = [
            runtimes.ours('HeadPose', 'head_pose', folder),
            runtimes.ours('HeadPoseInferencer (PyTorch)', 'inferencer', folder),
        ]
        if args.mediapipe:
            who.append(runtimes.mediapipe(folder, args.mediapipe))
        if args.fsanet:
            who.append(runtimes.fsanet(folder, args.fsanet))
        table = runtimes.measure(who, args.frames, args.rounds)
    for option, absent in (
        ('mediapipe', "MediaPipe's face mesh"),
        ('fsanet', 'FSA-Net'),
    ):
        if getattr(args, option) is None:
            table += f'Not measured: {absent}: no --{option} was given\n'
    show(table)
    if args.out:
        write_whole(args.out, table)


if __name__ == '__main__':
    sys.exit(run_command(main))
