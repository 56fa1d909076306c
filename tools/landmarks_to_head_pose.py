"""Head poses for annotation files that have 68 landmarks of each face.

A mean 3D face is laid over the landmarks (perspective-n-point). The input is never
changed, and no existing file is written over.

python tools/landmarks_to_head_pose.py convert coco_wholebody_train.json with_heads.json
python tools/landmarks_to_head_pose.py convert 300W_LP/AFW afw.csv --points pt2d
python tools/landmarks_to_head_pose.py measure AFLW2000
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import track

from bernoulli_headpose.files import printable
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import CommandParser, run_command

POINTS = ('pt3d_68', 'pt2d')  # of bernoulli_mmpose.landmarks.readers
# Defaults of bernoulli_mmpose.landmarks.PoseLimits.
LEAST_POINTS, LARGEST_ERROR, LARGEST_ANGLE = 20, 0.12, 99.0
INPUT = """INPUT: COCO-WholeBody JSON (face_kpts); a folder of .mat files (300W-LP,
AFLW2000) or of .pts files (300W) with their pictures, or one such file; a CSV with the
columns image, x0, y0 ... x67, y67; a JSON list of {"image": ..., "landmarks": [[x, y],
null, ...]}. Landmarks are in the iBUG order; an empty cell or null is not visible."""
OUTPUT = """OUTPUT: for COCO the same JSON with head_center [x, y] and head_bbox
[x, y, w, h] (pixels) and head_angles [pitch, yaw, roll] (degrees) where they are known;
else a CSV for HeadPoseTableDataset, with the pictures' paths below INPUT (its
data_root), or as a table has them."""


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    written = commands.add_parser(
        'convert',
        help='write an annotation file with head poses',
        description=f'{INPUT}\n\n{OUTPUT}',
    )
    written.add_argument('input', type=Path, help='landmarks, see above')
    written.add_argument('output', type=Path, help='a new file')
    measured = commands.add_parser(
        'measure', help='compare with the poses of .mat files (AFLW2000, 300W-LP)'
    )
    measured.add_argument('input', type=Path, help='folder of .mat files and pictures')
    for command in (written, measured):
        _add_options(command)
    return parser.parse_args(arguments)


def _add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        '--points', choices=POINTS, help='landmarks of .mat files (the first there is)'
    )
    command.add_argument(
        '--focal-length',
        type=float,
        help='of the camera, pixels (default: 20 times the size of the face)',
    )
    command.add_argument(
        '--least-points',
        type=int,
        default=LEAST_POINTS,
        help='visible landmarks of a valid pose',
    )
    command.add_argument(
        '--largest-error',
        type=float,
        default=LARGEST_ERROR,
        help='reprojection error over the size of the face',
    )
    command.add_argument(
        '--largest-angle',
        type=float,
        default=LARGEST_ANGLE,
        help='degrees of a valid pose',
    )


def report(count: int, valid: int, reasons: dict[str, int]) -> None:
    """Say how many have a pose, and why the others have none."""
    print(f'{valid} of {count} have a valid pose')
    for reason, number in sorted(reasons.items(), key=lambda item: -item[1]):
        print(f'  {number} without: {reason}')


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert or measure."""
    args = parse_args(arguments)
    if not args.input.exists():
        raise FileNotFoundError(
            f'{args.input}: expected a file or a folder, found none'
        )
    from bernoulli_mmpose.landmarks import PoseLimits
    from bernoulli_mmpose.landmarks.converter import convert
    from bernoulli_mmpose.landmarks.measurement import measure

    limits = PoseLimits(args.least_points, args.largest_error, args.largest_angle)
    variables = (args.points,) if args.points else POINTS
    options = (variables, args.focal_length, limits)
    if args.command == 'convert':
        done = convert(args.input, args.output, *options, progress=track)
        report(done.count, done.valid, done.reasons)
        written = printable(args.output)
        print(f'{done.boxed} have a head box and centre')
        print(f'wrote {written}')
        return
    found = measure(args.input, *options, progress=track)
    report(found.count, found.valid, found.reasons)
    figures = found.figures
    for name in ANGLE_NAMES if figures else ():
        error, offset = figures[f'mae_{name}'], figures[f'offset_{name}']
        print(f'{name:>6}: MAE {error:5.2f}, offset {offset:+5.2f} degrees')
    if figures:
        print(f'  mean: MAE {figures["mae"]:5.2f} degrees')
        print(f'geodesic: mean {figures["geodesic_mean"]:.2f} degrees')


if __name__ == '__main__':
    sys.exit(run_command(main))
