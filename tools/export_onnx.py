"""Export a head-pose model to ONNX, decode included, and check the file.

The graph takes normalised image batches, (B, 3, H, W) float32 with height and width
multiples of 32, and gives angles (pitch, yaw, roll), their standard deviations
(degrees), the head centre (input pixels) and the score. It is written only if it
agrees with PyTorch to 0.001 degrees. A model that finds all heads of an image gives
slots of heads, (B, N, ...), with their sizes and whether a slot holds a head; it is
exported in fp32. Of a model of MMPose with head pose beside it the graph also gives the
body's raw outputs, and its keypoints but where MMPose finds them by DARK or UDP; it
takes one size, and has no flip test.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from console import PlainConsole
from numpy.typing import NDArray
from rich.table import Table

from bernoulli_headpose.estimation.finding import LEAST_SCORE
from bernoulli_headpose.files import FileId, identify_files, printable
from bernoulli_headpose.sources import check_model_files
from bernoulli_headpose.terminal import CommandParser, run_command

if TYPE_CHECKING:
    import onnx
    from mmpose.models import BottomupPoseEstimator, TopdownPoseEstimator

PRECISIONS = ('fp32', 'int8')  # of bernoulli_mmpose.export
ON_OFF = {'on': True, 'off': False, None: None}


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(
        description=__doc__,
        usage='%(prog)s [CONFIG CHECKPOINT] OUT.onnx [options]',
    )
    parser.add_argument(
        'paths', nargs='+', type=Path, metavar='[CONFIG CHECKPOINT] OUT.onnx',
        help='without config and checkpoint: head-pose, of the package',
    )  # fmt: skip
    parser.add_argument(
        '--precision', choices=PRECISIONS, default='fp32', help='of the graph'
    )
    parser.add_argument(
        '--calibration', nargs='+', type=Path, default=[], metavar='FOLDER_OR_CSV',
        help='real images for the check against PyTorch and the ranges of int8: '
        'folders of head crops, or tables of image, x, y, w, h, pitch, yaw, roll',
    )  # fmt: skip
    parser.add_argument(
        '--flip-test', choices=('on', 'off'), help="average with the mirrored image's "
        "maps, at twice the time (default: the config's test_cfg)",
    )  # fmt: skip
    parser.add_argument(
        '--accuracy', action='store_true',
        help="measure fp32 and --precision on the labels of the config's test set",
    )  # fmt: skip
    args = parser.parse_args(arguments)
    if len(args.paths) not in (1, 3) or args.paths[-1].suffix != '.onnx':
        got = ' '.join(map(str, args.paths))
        parser.error(f'expected [CONFIG CHECKPOINT] OUT.onnx, got {got}')
    if args.precision == 'int8' and not args.calibration:
        parser.error('--precision int8: expected --calibration with real images')
    return args


def check_images(
    model: TopdownPoseEstimator, sources: Sequence[Path], console: PlainConsole
) -> NDArray[np.float32]:
    """Real crops where sources are given, else noise, said aloud."""
    from bernoulli_mmpose.models import head_of

    if sources:
        from bernoulli_mmpose import export

        crops = export.load_crops(model, sources)
        console.print(f'{len(crops)} crops of real images')
        return crops
    console.print('No --calibration images: checked on noise, which is a weaker check.')
    width, height = head_of(model).decoder.input_size
    shape = (16, 3, height, width)
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def print_accuracy(
    model: TopdownPoseEstimator,
    models: dict[str, onnx.ModelProto],
    console: PlainConsole,
) -> None:
    """Measure on the config's test set and show the table."""
    from bernoulli_mmpose import export

    rows = export.measure_accuracy(models, export.load_labelled_crops(model))
    figures = export.accuracy_table(rows)
    table = Table(title=figures.title, title_justify='left')
    for name in figures.header:
        table.add_column(name, no_wrap=True)
    for row in figures.rows:
        table.add_row(*row)
    console.print(table)


def export_one_head(
    model: TopdownPoseEstimator,
    args: argparse.Namespace,
    inputs: set[FileId],
    console: PlainConsole,
) -> None:
    """Export a model of one head in a precision, checked on images."""
    from bernoulli_mmpose import export

    out = args.paths[-1]
    images = check_images(model, args.calibration, console)
    full = export.model_to_onnx(model)
    differences = export.check_against_model(model, full, images)
    listed = ', '.join(f'{name} {value:.1e}' for name, value in differences.items())
    console.print(f'Largest differences from PyTorch in fp32: {listed}')
    converted = export.to_precision(full, args.precision, images)
    models = {'fp32': full, args.precision: converted}
    export.check_finite(converted, images)
    if args.accuracy:
        print_accuracy(model, models, console)
    export.save_onnx(converted, out, inputs)
    console.print(
        f'{printable(out)}: {args.precision}, {out.stat().st_size / 1e6:.1f} MB, flip '
        f'test {"in the graph" if export.HeadPoseGraph(model).flip_test else "off"}'
    )


def export_many_heads(
    model: BottomupPoseEstimator,
    out: Path,
    inputs: set[FileId],
    console: PlainConsole,
) -> None:
    """Export a model that finds all heads of an image, checked on noise."""
    from bernoulli_mmpose import export

    width, height = model.head.decoder.input_size
    noise = np.random.default_rng(0).standard_normal((8, 3, height, width))
    # Noise holds few heads, so every peak counts while the graphs are compared.
    codec = model.head.decoder
    wanted = min(codec.score_threshold, LEAST_SCORE)
    codec.score_threshold = 1e-3
    probe = export.many_heads_to_onnx(model)
    differences = export.check_many_heads(model, probe, noise.astype(np.float32))
    codec.score_threshold = wanted
    listed = ', '.join(f'{name} {value:.1e}' for name, value in differences.items())
    what = 'Differences from PyTorch in fp32, of 98 % of the heads of noise'
    console.print(f'{what}: {listed}')
    export.save_onnx(export.many_heads_to_onnx(model), out, inputs)
    name = printable(out)
    console.print(f'{name}: fp32, {out.stat().st_size / 1e6:.1f} MB, many heads')


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the model, and export it by its kind."""
    args = parse_args(arguments)
    *sources, out = args.paths
    if sources:
        check_model_files(*sources)
    from mmengine.registry import init_default_scope

    from bernoulli_mmpose.inferencers.loading import load_model
    from bernoulli_mmpose.models import MultiBernoulliHead

    inside = (path for source in args.calibration for path in source.glob('*'))
    inputs = identify_files([*sources, *args.calibration, *inside])
    init_default_scope('mmpose')
    width = None if sys.stdout.isatty() else 110
    console = PlainConsole(soft_wrap=True, width=width)
    model = load_model(*sources, flip_test=ON_OFF[args.flip_test])
    if hasattr(model, 'head_pose') and args.flip_test is None:
        model.test_cfg['flip_test'] = False  # not in a graph with a body
    if isinstance(model.head, MultiBernoulliHead):
        if args.precision != 'fp32' or args.accuracy or args.calibration:
            raise ValueError('a model of many heads: expected fp32 and no images')
        export_many_heads(model, out, inputs, console)
    else:
        export_one_head(model, args, inputs, console)


if __name__ == '__main__':
    sys.exit(run_command(main))
