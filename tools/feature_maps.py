"""Draw the feature maps of a network's stages for one image.

python tools/feature_maps.py CONFIG CHECKPOINT photo.jpg --out maps.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bernoulli_headpose.files import (
    identify_files,
    printable,
    read_image,
    write_picture,
)
from bernoulli_headpose.sources import check_model_files
from bernoulli_headpose.terminal import CommandParser, run_command

STAGES = {'layer1': 'stage 1', **{f'stage{i}': f'stage {i}' for i in (2, 3, 4)}}


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', type=Path, help='config file')
    parser.add_argument('checkpoint', type=Path, help='its trained weights')
    parser.add_argument('image', type=Path, help='image file')
    parser.add_argument('--out', type=Path, required=True, help='PNG to write')
    parser.add_argument(
        '--box',
        nargs=4,
        type=float,
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help="the crop, pixels: the head with the margin of the config's data "
        '(the whole image)',
    )
    args = parser.parse_args(arguments)
    if args.out.suffix.lower() != '.png':
        parser.error(f'--out: expected a .png file, got {args.out}')
    return args


def check_box(box: Sequence[float], image: np.ndarray) -> np.ndarray:
    """A crop that holds some of the image, shape (4,).

    Raises:
        ValueError: If it does not.
    """
    height, width = image.shape[:2]
    left, top, right, bottom = box
    if not (max(left, 0) < min(right, width) and max(top, 0) < min(bottom, height)):
        raise ValueError(
            f'--box: expected x1 < x2 and y1 < y2 inside the image of {width}x{height} '
            f'pixels, got {[*box]}'
        )
    return np.array(box, dtype=np.float32)


def prepare(model: Any, image: np.ndarray, box: np.ndarray) -> dict[str, Any]:
    """The network's input, by the pipeline of the config's test data."""
    from mmengine.dataset import Compose, pseudo_collate

    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    record = dict(img=image, bbox=box[None], bbox_score=np.ones(1, np.float32))
    return pseudo_collate([pipeline({**model.dataset_meta, **record})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one row of pictures: the input and the maps after each stage."""
    args = parse_args(arguments)
    check_model_files(args.config, args.checkpoint)
    image = read_image(args.image)
    box = args.box or (0, 0, image.shape[1], image.shape[0])
    crop = check_box(box, image)
    from bernoulli_mmpose.inferencers.loading import load_model
    from bernoulli_mmpose.visualization import (
        collect_feature_maps,
        draw_feature_maps,
        merge_feature_maps,
    )

    model = load_model(args.config, args.checkpoint)
    batch = prepare(model, image, crop)
    pixels = batch['inputs'][0].permute(1, 2, 0).numpy()
    inputs = model.data_preprocessor(batch, False)['inputs']
    maps = collect_feature_maps(model, inputs, tuple(STAGES))
    size = (pixels.shape[0], pixels.shape[1])
    merged = {
        STAGES[name]: merge_feature_maps(branches, size)[0].numpy()
        for name, branches in maps.items()
    }
    kept = identify_files([args.config, args.checkpoint, args.image])
    write_picture(args.out, draw_feature_maps(pixels, merged), kept)
    print(f'wrote {printable(args.out)}: feature maps of {len(merged)} stages')


if __name__ == '__main__':
    sys.exit(run_command(main))
