"""The arguments of the command line, with a help that explains them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import __version__
from .cli_model import add_model_options
from .detectors import check_threshold
from .files import IMAGE_SUFFIXES
from .files.pictures import LIMIT_VARIABLE
from .onnx.shipped import FINDER
from .sources import VIDEO_SUFFIXES
from .terminal import CommandParser

DESCRIPTION = """\
Estimate where heads are turned: pitch, yaw and roll in degrees, each with its
standard deviation, for every head in photographs, folders, videos or a camera.

  pitch > 0: looks up
  yaw   > 0: the nose turns to the image's left
  roll  > 0: the line of the eyes turns clockwise in the image
"""
EPILOG = """\
examples:
  head-pose photo.jpg                         print the angles of every head
  head-pose photo.jpg --out results           also write a drawn picture and JSON
  head-pose photo.jpg --boxes 100 80 260 260  the face is in this box
  head-pose film.mp4 --smooth --out results   a video, steadied
  head-pose webcam --show                     the camera, in a window

Exit code: 0 if all went well (also if there is no head), 1 if an input could not be
used or a result not be written, 2 for a wrong command line.
"""


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments of a command line; ends the program where they are wrong."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.boxes and len(args.inputs) > 1:
        parser.error('--boxes: expected one image or video with them')
    if any(not (x1 < x2 and y1 < y2) for x1, y1, x2, y2 in args.boxes or ()):
        parser.error(f'--boxes: expected x1 < x2 and y1 < y2, got {args.boxes}')
    others = (args.model, args.weights, args.boxes, args.detector != 'auto')
    if args.one_pass and any(others):
        parser.error(
            '--one-pass: expected neither --model, --weights, --boxes nor --detector'
        )
    if (args.model or '').lower() == FINDER and any(others[1:]):
        parser.error(
            f'--model {FINDER}: expected neither --weights, --boxes nor --detector'
        )
    if args.detector == 'none' and args.input_size is not None:
        parser.error('--input-size: expected none with --detector none')
    finding = (args.input_size, args.bbox_thr)
    if args.boxes and (args.detector != 'auto' or finding != (None, None)):
        parser.error(
            '--boxes: expected neither --detector, --input-size nor --bbox-thr'
        )
    try:
        check_threshold(args.bbox_thr, '--bbox-thr')
    except ValueError as error:
        parser.error(str(error))
    if args.detect_every < 1:
        parser.error(f'--detect-every: expected 1 or more, got {args.detect_every}')
    if args.out is not None and _is_file_name(args.out):
        parser.error(f'--out: expected a folder, got the name of a file, {args.out}')
    if args.max_megapixels is not None:
        if not args.max_megapixels > 0:
            got = f'got {args.max_megapixels:g}'
            parser.error(f'--max-megapixels: expected a number above 0, {got}')
        os.environ[LIMIT_VARIABLE] = str(args.max_megapixels)
    if args.one_pass:
        args.model = FINDER
    return args


def _is_file_name(name: str) -> bool:
    path = Path(name)
    suffixes = (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
    return not path.is_dir() and (path.is_file() or path.suffix.lower() in suffixes)


def build_parser() -> argparse.ArgumentParser:
    """The arguments, with a help that explains them."""
    parser = CommandParser(
        'head-pose',
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='IMAGE_OR_VIDEO',
        help="image, folder of images, video, address of a video's stream "
        "(rtsp://...), or 'webcam' (webcam:1 is the second)",
    )
    parser.add_argument(
        '--max-megapixels',
        type=float,
        metavar='N',
        help='refuse a picture that is larger by its header (default: '
        f'${LIMIT_VARIABLE}, else 250)',
    )
    parser.add_argument(
        '--version', action='version', version=f'%(prog)s {__version__}'
    )
    _add_finding(parser.add_argument_group('where the heads are').add_argument)
    _add_output(parser.add_argument_group('what comes out').add_argument)
    add_model_options(parser.add_argument_group('the model').add_argument)
    return parser


def _add_finding(add: Callable[..., Any]) -> None:
    add(
        '--boxes',
        nargs=4,
        type=float,
        action='append',
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='a face box in pixels, left top right bottom; may be repeated; in a video '
        'of the first frame (default: all heads are looked for)',
    )
    add(
        '--bbox-thr',
        type=float,
        metavar='SCORE',
        help='least score of a head that is found, 0 to 1 (default: 0.65, of mtcnn '
        '0.9; heads gives none below 0.1)',
    )
    add(
        '--one-pass',
        action='store_true',
        help='take the angles that the model which finds the heads gives, too: faster '
        'where there are many, and less exact',
    )
    add(
        '--input-size',
        type=int,
        metavar='N',
        help='longer side of an image, in pixels, at which heads are looked for; '
        'larger finds smaller heads, in more time, up to twice the image '
        '(default: 0.6 of it, from 384 to 1920; more if it is much longer than wide)',
    )
    add(
        '--detect-every',
        type=int,
        default=10,
        metavar='N',
        help='in a video, look for heads every N frames and follow them in between '
        '(default: 10)',
    )


def _add_output(add: Callable[..., Any]) -> None:
    add('--out', metavar='DIR', help='write drawn pictures (videos) and JSON there')
    add(
        '--draw',
        choices=('axes', 'cube', 'none'),
        default='axes',
        help="what is drawn on each head (default: axes; red to the image's right "
        'for a frontal head, green to its top, blue out of the face; none writes no '
        'pictures)',
    )
    add(
        '--json',
        action='store_true',
        help='print JSON, a line an image or frame, in place of tables',
    )
    add('--show', action='store_true', help='show pictures in a window (Escape stops)')
    add('--smooth', action='store_true', help='steady the angles of a video')
