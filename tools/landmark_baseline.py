"""Test a landmark baseline on the heads of a config's test set.

Landmarks are found in each head's box, and a mean face is laid over them: by dlib's
predictor (extra 'profiling'), the paper's baseline; or by MediaPipe's face mesh, which
knows their depth and needs a Python of its own. Heads without a pose count with a
fixed guess.

python tools/landmark_baseline.py configs/bernoulli_hrnet-small_genki4k.py landmarks.csv
python tools/summarize.py landmarks.csv ours.csv --out comparison
python tools/summarize.py landmarks.csv ours.csv --out found --found
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from mmengine.config import Config, DictAction
from rich.progress import track

from bernoulli_headpose.files import (
    check_file,
    check_output,
    identify_files,
    printable,
)
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import CommandParser, run_command

if TYPE_CHECKING:
    from baselines.landmark_poses import LandmarkFinder, LandmarkPredictions


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('config', type=Path, help='its test set is used')
    parser.add_argument('out', type=Path, help='CSV to write, one row a head')
    parser.add_argument(
        '--finder',
        choices=('dlib', 'mediapipe'),
        default='dlib',
        help='finds the landmarks',
    )
    parser.add_argument(
        '--python',
        default=sys.executable,
        help='that has MediaPipe (0.10.21 from pip is enough; default: this Python)',
    )
    parser.add_argument(
        '--detect',
        action='store_true',
        help='dlib: take only heads in whose box its detector finds a face (without it '
        'landmarks are looked for in every box, profiles too)',
    )
    parser.add_argument(
        '--guess',
        nargs=3,
        type=float,
        default=(0.0, 0.0, 0.0),
        metavar=('PITCH', 'YAW', 'ROLL'),
        help='degrees of a head that no pose fits',
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='as in MMPose'
    )
    args = parser.parse_args(arguments)
    if args.out.suffix != '.csv':
        parser.error(f'out: expected a .csv file, got {args.out}')
    if args.detect and args.finder != 'dlib':
        parser.error(f'--detect: expected with dlib, got {args.finder}')
    return args


def open_finder(args: argparse.Namespace) -> AbstractContextManager[LandmarkFinder]:
    """The finder of landmarks that was asked for."""
    from baselines import dlib_landmarks
    from baselines.mediapipe_landmarks import FaceMesh

    if args.finder == 'mediapipe':
        return FaceMesh(args.python)
    if args.detect:
        return nullcontext(dlib_landmarks.find_detected_landmarks)
    return nullcontext(dlib_landmarks.find_landmarks)


def report(found: LandmarkPredictions, dump_file: str) -> None:
    """Print the failures and the figures, and write the results of each head."""
    count, failed = len(found.samples), sum(found.failures.values())
    print(f'{count - failed} of {count} heads have a pose, {failed} count with a guess')
    for reason, number in sorted(found.failures.items(), key=lambda item: -item[1]):
        print(f'  {number} without: {reason}')
    figures = {'all heads': found.evaluate(dump_file=dump_file)}
    if 0 < failed < count:
        figures['heads with a pose'] = found.evaluate(with_guesses=False)
    for text, part in figures.items():
        for key in [key for key in part if key.endswith('/n')]:
            name = key.removesuffix('/n')
            print(f'{name}, {part[key]:g} {text}: {figures_line(part, name)}')


def figures_line(metrics: dict[str, float], name: str) -> str:
    """MAE of each labelled angle, of pitch also without its mean signed error."""
    maes = {angle: metrics.get(f'{name}/mae_{angle}') for angle in ANGLE_NAMES}
    texts = [f'{angle} {mae:.2f}' for angle, mae in maes.items() if mae is not None]
    offset = metrics.get(f'{name}/offset_pitch')
    if offset is not None:
        left = metrics[f'{name}/mae_pitch_without_offset']
        texts.append(f'pitch less its mean offset of {offset:+.2f} {left:.2f}')
    return f'MAE in degrees, {", ".join(texts)}'


def main(arguments: Sequence[str] | None = None) -> None:
    """Find, fit, compare."""
    args = parse_args(arguments)
    check_file(args.config, 'a config')
    from baselines.landmark_poses import LandmarkPredictions, predict_by_landmarks
    from benchmarks.test_parts import build_test_set, head_parts
    from mmengine.registry import init_default_scope

    from bernoulli_mmpose.browsing import files_of

    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options or {})
    init_default_scope(config.get('default_scope', 'mmpose'))
    parts = head_parts(build_test_set(config))
    for dataset in parts:
        check_output(args.out, files_of(dataset) | identify_files([args.config]))
    found = LandmarkPredictions([], [])
    with open_finder(args) as find:
        for dataset in parts:
            found += predict_by_landmarks(
                dataset, find, guess=args.guess, progress=track
            )
    report(found, str(args.out))
    print(f'Written: {printable(args.out)}')


if __name__ == '__main__':
    sys.exit(run_command(main))
