"""Give heads of a table angles by a model that is sure of them, as a teacher's labels.

The table has a row for each head: image (a path from the table's folder), x, y, w, h,
and others as it likes. OUT is the same table with the columns pitch, yaw and roll, its
images' paths from its own folder; angles that are there stay.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from bernoulli_headpose.files import check_output, identify_files, whole_file
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import CommandParser, run_command

_LEAST_SCORE = 0.5


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
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the table, estimate its heads and write it."""
    args = parse_args(arguments)
    check_output(args.out, identify_files([args.table]))
    from bernoulli_mmpose import HeadPoseInferencer
    from bernoulli_mmpose.datasets.head_pose_table_dataset import (
        BOX,
        read_number,
        read_table,
    )

    rows = read_table(args.table)
    pictures: dict[str, list[dict]] = defaultdict(list)
    for number, row in rows:
        where = f'{args.table}, row {number}'
        x, y, w, h = (read_number(f'{where}, {k!r}', row.get(k), False) for k in BOX)
        row['box'] = [x, y, x + w, y + h]
        pictures[row['image']].append(row)
    inferencer = HeadPoseInferencer(args.model, args.weights, args.device, 'none')
    labelled = []
    back = Path(os.path.relpath(args.table.parent, args.out.parent))
    for image, heads in track(pictures.items(), 'Pictures'):
        boxes = np.array([head.pop('box') for head in heads])
        found = inferencer.predict(str(args.table.parent / image), boxes)
        labelled += [
            label(head, estimate, box, args) | dict(image=str(back / image))
            for head, estimate, box in zip(heads, found, boxes, strict=True)
        ]
    columns = [*dict.fromkeys([*rows[0][1], *ANGLE_NAMES])]
    with whole_file(args.out) as part, part.open('w', newline='') as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(labelled)
    known = sum(row['pitch'] != '' for row in labelled)
    print(f'{args.out}: {known} of {len(labelled)} heads have angles')


def label(
    row: dict, head: dict, box: np.ndarray, args: argparse.Namespace
) -> dict[str, Any]:
    """A row with angles: its own, or the model's where it is sure, or empty ones."""
    if any(row.get(name) not in (None, '') for name in ANGLE_NAMES):
        return {**dict.fromkeys(ANGLE_NAMES, ''), **row}
    is_sure = (
        head['rotation_std'] <= args.largest_std
        and head['score'] >= _LEAST_SCORE
        and np.sqrt((box[2:] - box[:2]).prod()) >= args.least_size
    )
    angles = {name: round(head[name], 2) if is_sure else '' for name in ANGLE_NAMES}
    return {**row, **angles}


if __name__ == '__main__':
    sys.exit(run_command(main))
