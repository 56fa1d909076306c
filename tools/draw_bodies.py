"""Draw what a model of bodies and heads says of its config's test images.

Predicted skeletons and head axes are bold, labelled ones thin and pale. With --blank
they are drawn on white, for pictures that may be shown where the photographs may not.

python tools/draw_bodies.py CONFIG CHECKPOINT --out work_dirs/bodies --blank
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import track

from bernoulli_headpose.drawing import (
    Image,
    Skeleton,
    add_axes,
    add_skeleton,
    as_image,
    contact_sheet,
    draw_heads,
)
from bernoulli_headpose.files import check_file, identify_files, printable, read_image
from bernoulli_headpose.outputs import save_picture
from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_headpose.sources import name_sources
from bernoulli_headpose.terminal import CommandParser, run_command

if TYPE_CHECKING:
    from bernoulli_mmpose import HeadPoseInferencer

_PALE = 0.6


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__)
    parser.add_argument('config', type=Path, help='of a model of bodies and heads')
    parser.add_argument('checkpoint', type=Path, help='its weights')
    parser.add_argument('--images', type=int, default=20, help='at most')
    parser.add_argument('--blank', action='store_true', help='draw on white')
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/bodies'), help='folder to write to'
    )
    args = parser.parse_args(arguments)
    if args.images < 1:
        parser.error(f'--images: expected 1 or more, got {args.images}')
    return args


def load_inferencer(args: argparse.Namespace) -> HeadPoseInferencer:
    """The model on the CPU, for boxes that are given.

    Raises:
        ValueError: If it is a model of heads alone.
    """
    from bernoulli_mmpose import HeadPoseInferencer
    from bernoulli_mmpose.models import count_keypoints

    inferencer = HeadPoseInferencer(
        str(args.config), str(args.checkpoint), device='cpu', detector='none'
    )
    if count_keypoints(inferencer.model) == 1:
        raise ValueError(f'{args.config}: expected a model of bodies and heads')
    return inferencer


def people_by_image(config: Path) -> Iterator[tuple[str, list[dict]]]:
    """Path of each test image of bodies and the records of its people.

    Of head-pose sets that are tested beside, nothing: they have no boxes of people.
    """
    from mmengine.config import Config

    from bernoulli_mmpose.browsing import build_dataset
    from bernoulli_mmpose.datasets.body_head_dataset import BodyHeadDataset

    whole = Config.fromfile(config).test_dataloader.dataset
    dataset = build_dataset(dict(whole, pipeline=[]))
    people: dict[str, list[dict]] = defaultdict(list)
    for part in getattr(dataset, 'datasets', [dataset]):
        if isinstance(part, BodyHeadDataset):
            for index in range(len(part)):
                record = part.get_data_info(index)
                people[record['img_path']].append(record)
    yield from people.items()


def draw_labels(canvas: Image, people: list[dict], skeleton: Skeleton) -> None:
    """Thin, pale skeletons, and axes where the head's angles are labelled.

    Nothing of people who come from a detector's file, without labels.
    """

    white = np.full(3, 255.0)
    colors = [tuple(_PALE * white + (1 - _PALE) * np.array(c)) for c in skeleton.colors]
    for person in people:
        if 'head_angles_valid' not in person:
            continue
        visible = np.asarray(person['keypoints_visible']).reshape(1, -1)[0]
        points = person['keypoints'][0]
        add_skeleton(canvas, points, visible, skeleton.links, colors, 1)
        if person['head_angles_valid'].all():
            x1, y1, x2, y2 = person['bbox'][0]
            length = 0.2 * max(x2 - x1, y2 - y1)
            matrix = euler_to_matrix(person['head_angles'][0])
            add_axes(canvas, matrix, points[-1], length, 1, _PALE)


def draw_image(
    inferencer: HeadPoseInferencer,
    skeleton: Skeleton,
    path: str,
    people: list[dict],
    blank: bool,
) -> Image:
    """What is predicted of the labelled people of an image, over their labels.

    Raises:
        FileNotFoundError: If the image is not there.
        ValueError: If it cannot be read.
    """
    image = read_image(path)
    boxes = np.concatenate([person['bbox'] for person in people])
    heads = inferencer.predict(image, bboxes=boxes)
    canvas = as_image(np.full_like(image, 255) if blank else image)
    draw_labels(canvas, people, skeleton)
    return draw_heads(canvas, heads, skeleton=skeleton, in_place=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw and write."""
    args = parse_args(arguments)
    check_file(args.config, 'a config')
    check_file(args.checkpoint, 'a checkpoint')
    from mmengine.registry import init_default_scope

    init_default_scope('mmpose')
    inferencer = load_inferencer(args)
    skeleton = inferencer.estimator.skeleton
    found = list(people_by_image(args.config))
    images = found[: args.images]
    # The sheet is named among them, so that no picture takes its name.
    names = name_sources(['sheet', *(path for path, _ in images)])
    inputs = identify_files([args.config, args.checkpoint, *(p for p, _ in found)])
    pictures = []
    for (path, people), (_, stem) in zip(
        track(images, 'Images'), names[1:], strict=True
    ):
        picture = draw_image(inferencer, skeleton, path, people, args.blank)
        save_picture(path, stem, picture, args.out, inputs)
        pictures.append(picture)
    sheet = contact_sheet(pictures, columns=2)
    save_picture('sheet', 'sheet', sheet, args.out, inputs)
    print(f'{len(images)} pictures in {printable(args.out)}')


if __name__ == '__main__':
    sys.exit(run_command(main))
