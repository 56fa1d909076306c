"""Give heads of a table angles by a model that is sure of them, as a teacher's labels.

The table has a row for each head: image (a path from the table's folder), x, y, w, h,
and others as it likes. OUT has the same rows with the columns pitch, yaw and roll, its
images' paths from its own folder; angles that are there stay. With --missing it also
has rows of heads that the table may lack, to be ignored in training (ignored is 1).
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from bernoulli_headpose.detectors import check_threshold, limit
from bernoulli_headpose.files import (
    check_output,
    identify_files,
    printable,
    read_image,
    whole_file,
)
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import CommandParser, run_command

_APART = 0.6  # least distance of a missing head from one of the table, over the size


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('table', type=Path, help='CSV, with its images beside it')
    parser.add_argument('out', type=Path, help='a new CSV')
    parser.add_argument('--model', default='head-pose', help='(default: %(default)s)')
    parser.add_argument('--weights', help='its checkpoint')
    parser.add_argument('--device', help='such as cpu or cuda:0')
    parser.add_argument(
        '--largest-std',
        type=float,
        default=8.0,
        help='largest standard deviation of a rotation that counts, degrees (default: '
        '%(default)s)',
    )
    parser.add_argument(
        '--least-size',
        type=float,
        default=12.0,
        help="least mean side of a head's box that counts, pixels (default: "
        '%(default)s)',
    )
    parser.add_argument(
        '--least-score',
        type=float,
        default=0.5,
        help='least score of a head that counts',
    )
    parser.add_argument(
        '--missing',
        type=float,
        metavar='SCORE',
        help='add the heads of this score and more that the model heads finds where '
        'the table has none',
    )
    args = parser.parse_args(arguments)
    if not args.largest_std > 0 or not args.least_size >= 0:
        parser.error('--largest-std and --least-size: expected positive numbers')
    check_threshold(args.missing, '--missing')
    return args


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the table, estimate its heads and write it."""
    args = parse_args(arguments)
    check_output(args.out, identify_files([args.table]))
    from bernoulli_mmpose import HeadPoseInferencer
    from bernoulli_mmpose.datasets.head_pose_table_dataset import read_table
    from bernoulli_mmpose.inferencers.detectors import build_detector

    rows = read_table(args.table)
    heads, boxes = read_boxes(args.table, rows)
    inferencer = HeadPoseInferencer(args.model, args.weights, args.device)
    if inferencer.estimator.finds_heads:
        raise ValueError(f'--model: expected one of single heads, got {args.model}')
    find = None
    if args.missing is not None:
        device = str(next(inferencer.model.parameters()).device)
        find = limit(build_detector('heads', device), args.missing)
    labelled = [row for _, row in rows]
    back = Path(os.path.relpath(args.table.parent, args.out.parent))
    unread = 0
    for name, numbers in track(heads.items(), 'Pictures'):
        image = read_or_tell(args.table.parent / name)
        unread += image is None
        found: Sequence[dict | None] = [None] * len(
            numbers
        )  # the rows stay as they are
        if image is not None:
            found = inferencer.predict(image, boxes[numbers])
        for i, head in zip(numbers, found, strict=True):
            labelled[i] = label(labelled[i], head, boxes[i], args)
        missing = []
        if find is not None and image is not None:
            missing = find_missing(find(image)[0], boxes[numbers])
            labelled += missing
        for row in (*(labelled[i] for i in numbers), *missing):
            row['image'] = str(back / name)
    write_table(args.out, rows[0][1], labelled)
    known = sum(row.get('pitch', '') != '' for row in labelled)
    print(f'wrote {args.out}: {known} of {len(rows)} heads have angles')
    if find is not None:
        print(f'{len(labelled) - len(rows)} more are to be ignored')
    if unread:
        raise ValueError(f'{unread} pictures could not be read: their heads have none')


def read_or_tell(path: Path) -> np.ndarray | None:
    """A picture, BGR; None, and a line on the standard error, if it cannot be read."""
    try:
        return read_image(path)
    except (OSError, ValueError) as error:
        print(f'note: {printable(error)}', file=sys.stderr)
        return None


def read_boxes(
    table: Path, rows: Sequence[tuple[int, dict]]
) -> tuple[dict[str, list[int]], np.ndarray]:
    """Numbers of the rows of each image, and the rows' boxes (x1, y1, x2, y2), (N, 4).

    Raises:
        ValueError: If a column is missing, or a cell is no number.
    """
    from bernoulli_mmpose.datasets.head_pose_table_dataset import (
        BOX,
        check_names,
        read_number,
    )

    check_names(table, {name for name in rows[0][1] if name}, ('image', *BOX))
    heads: dict[str, list[int]] = defaultdict(list)
    boxes = np.zeros((len(rows), 4))
    for i, (number, row) in enumerate(rows):
        where = f'{table}, row {number}'
        if None in row:
            raise ValueError(f'{where}: expected a cell for each column, got more')
        x, y, w, h = (read_number(f'{where}, {k!r}', row[k], False) for k in BOX)
        boxes[i] = x, y, x + w, y + h
        heads[row['image']].append(i)
    return heads, boxes


def write_table(path: Path, columns: Iterable[str], rows: Sequence[dict]) -> None:
    """Write rows as CSV: these columns, those of the angles, and others of the rows."""
    names = [*dict.fromkeys([*columns, *ANGLE_NAMES, *chain.from_iterable(rows)])]
    with whole_file(path) as part, part.open('w', newline='') as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)


def find_missing(found: np.ndarray, boxes: np.ndarray) -> list[dict[str, Any]]:
    """Rows of heads (N, 4) that are found beside the boxes (M, 4) of a picture."""
    rows = []
    for x1, y1, x2, y2 in found.tolist():
        size = np.maximum(np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1)), x2 - x1)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        away = np.hypot(*(middles - ((x1 + x2) / 2, (y1 + y2) / 2)).T)
        if (away > _APART * size).all():
            sides = dict(x=x1, y=y1, w=x2 - x1, h=y2 - y1)
            rows.append({k: round(v, 1) for k, v in sides.items()} | dict(ignored=1))
    return rows


def label(
    row: dict, head: dict | None, box: np.ndarray, args: argparse.Namespace
) -> dict[str, Any]:
    """A row with angles: its own, or the model's where it is sure, or empty ones."""
    if head is None or any(row.get(name) not in (None, '') for name in ANGLE_NAMES):
        return {**dict.fromkeys(ANGLE_NAMES, ''), **row}
    is_sure = (
        head['rotation_std'] <= args.largest_std
        and head['score'] >= args.least_score
        and np.sqrt((box[2:] - box[:2]).prod()) >= args.least_size
    )
    angles = {name: round(head[name], 2) if is_sure else '' for name in ANGLE_NAMES}
    return {**row, **angles}


if __name__ == '__main__':
    sys.exit(run_command(main))
