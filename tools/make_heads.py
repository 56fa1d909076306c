"""Make labelled pictures of heads in all poses, for training.

``render`` draws people that do not exist; ``profile`` lays the faces of photographs
on a head and turns them in 3D. Both write OUT/images and OUT/annotations.csv, for
HeadPoseTableDataset.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.progress import track

from bernoulli_headpose.files import check_file, printable, read_image, read_text
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import CommandParser, run_command

if TYPE_CHECKING:
    from rendering.head_picture import HeadPicture
    from rendering.made_set import MadeSettings, Photograph

BOX = ('x', 'y', 'w', 'h')


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = CommandParser(description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    for name, text in (
        ('render', 'people that do not exist'),
        ('profile', 'faces of photographs, turned'),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument('head_model', type=Path, help='morphable head (.npz)')
        command.add_argument('out', type=Path, help='a new folder')
        command.add_argument(
            '--seed', type=int, default=0, help='of all that is drawn by lot'
        )
        command.add_argument('--jobs', type=int, default=2, help='processes')
        command.add_argument(
            '--zero-of-fit',
            type=float,
            default=2.0,
            help="degrees of pitch by which the head's zero differs from the labels' "
            '(default: %(default)s)',
        )
    made = commands.choices['render']
    made.add_argument('--count', type=int, default=5000, help='pictures')
    made.add_argument(
        '--full-turn',
        action='store_true',
        help='heads from all sides, also from behind, in place of profile to profile',
    )
    made.add_argument(
        '--parametric-share',
        type=float,
        default=0.0,
        help='of the people with a head by formula in place of the morphable one '
        '(default: %(default)s)',
    )
    photos = commands.choices['profile']
    photos.add_argument('table', type=Path, help='annotations.csv of the photographs')
    photos.add_argument(
        '--box-image-side',
        type=float,
        help='longer side of the images that the boxes were taken in, where these were '
        'resized since',
    )
    photos.add_argument('--split', default='train', help='of the table')
    photos.add_argument('--count', type=int, default=5, help='pictures of each')
    photos.add_argument(
        '--zero-of-labels',
        type=float,
        default=6.0,
        help="degrees of pitch that the table's labels are above (default: "
        "%(default)s, GENKI-4K's)",
    )
    photos.add_argument(
        '--fit-share',
        type=float,
        default=0.5,
        help="of the landmark fit's rotation in a label; the rest is the table's "
        '(default: %(default)s)',
    )
    args = parser.parse_args(arguments)
    side = getattr(args, 'box_image_side', None)
    if side is not None and not 0 < side < math.inf:
        parser.error(f'--box-image-side: expected pixels above 0, got {side}')
    return args


def read_photographs(
    table: Path, split: str, box_image_side: float | None = None
) -> list[Photograph]:
    """Photographs of a split, with landmarks found in their boxes.

    A face without any angle is left out. ``box_image_side`` as of
    :class:`bernoulli_mmpose.datasets.HeadPoseTableDataset`.

    Raises:
        FileNotFoundError: If a photograph is missing.
        ValueError: If a column or a number is missing or wrong, a box holds nothing of
            its photograph, or the split is empty.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(table), newline='')))
    except csv.Error as error:
        raise ValueError(f'{table}: expected a CSV file, got: {error}') from error
    missing = sorted(
        {'image', 'split', *BOX, *ANGLE_NAMES} - set(rows[0] if rows else ())
    )
    if missing:
        raise ValueError(f'{table}: expected the columns {missing}')
    chosen = [
        (n, row)
        for n, row in enumerate(rows, 2)
        if row['split'] == split and any(row[name] != '' for name in ANGLE_NAMES)
    ]
    if not chosen:
        raise ValueError(f'{table}: expected labelled rows of the split {split!r}')
    return [
        _photograph(table, *numbered, box_image_side)
        for numbered in track(chosen, 'Landmarks')
    ]


def _photograph(
    table: Path, number: int, row: dict[str, str], box_image_side: float | None
) -> Photograph:
    from baselines.dlib_landmarks import find_landmarks
    from rendering.made_set import Photograph

    path = table.parent / row['image']
    try:
        box = np.array([float(row[name]) for name in BOX])
        angles = np.array([float(row[name]) for name in ANGLE_NAMES])
    except (TypeError, ValueError) as error:  # a short row has None
        raise ValueError(
            f'{table}, line {number}: expected numbers: {error}'
        ) from error
    image = read_image(path)
    size = image.shape[1::-1]
    if box_image_side is not None:
        box *= max(size) / box_image_side
    low, high = np.maximum(box[:2], 0), np.minimum(box[:2] + box[2:], size)
    if not (np.isfinite([*box, *angles]).all() and (low < high).all()):
        raise ValueError(
            f'{table}, line {number}: expected finite angles and a box in the picture '
            f'of {size[0]}x{size[1]} pixels, got {angles} and {box}'
        )
    return Photograph(path, find_landmarks(image, box), angles)


def _render(settings: MadeSettings, index: int) -> list[HeadPicture]:
    from rendering.made_set import render_head

    return [render_head(settings, index)]


def _profile(
    settings: MadeSettings, photographs: list[Photograph], index: int
) -> list[HeadPicture]:
    from rendering.made_set import profile_face

    return profile_face(settings, photographs[index], index)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pictures."""
    args = parse_args(arguments)
    check_file(args.head_model, 'a morphable head (.npz)')
    if args.command == 'profile':
        check_file(args.table, 'a CSV file')
    from rendering.made_set import MadeSettings, write_set
    from rendering.morphable_head import MorphableHead

    MorphableHead(args.head_model)  # a bad file fails before anything is written
    options: dict[str, Any] = {
        field.name: getattr(args, field.name)
        for field in fields(MadeSettings)
        if field.name in args
    }
    settings = MadeSettings(**options)
    if args.command == 'render':
        make: Callable[[int], list[HeadPicture]] = partial(_render, settings)
        subjects = [f'person{index}' for index in range(args.count)]
    else:
        photographs = read_photographs(args.table, args.split, args.box_image_side)
        make = partial(_profile, settings, photographs)
        subjects = [photograph.path.stem for photograph in photographs]
    bar = iter(track(range(len(subjects)), 'Pictures'))
    count = write_set(args.out, make, subjects, args.jobs, lambda _: next(bar, None))
    print(f'wrote {printable(args.out)}: {count} pictures')


if __name__ == '__main__':
    sys.exit(run_command(main))
