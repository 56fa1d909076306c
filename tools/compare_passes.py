"""The single pass over many heads against crops of the same heads, on composed scenes.

Scenes are those of the config's test set (HeadSceneDataset). The single pass finds the
heads itself; the model of single heads is given their true boxes. Errors are those of
the heads that the single pass found, for both, and of all heads for the crops.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from rich.progress import track
from rich.table import Table

from bernoulli_headpose.files import identify_files
from bernoulli_headpose.head_drawing import draw_heads
from bernoulli_headpose.outputs import save_picture
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import CommandParser, PlainConsole, run_command
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.browsing import files_of
from bernoulli_mmpose.datasets import HeadSceneDataset
from bernoulli_mmpose.evaluation.criteria import (
    angle_errors,
    mask_labels,
    mean_absolute_errors,
)
from bernoulli_mmpose.evaluation.head_matching import match_heads

ROWS = dict(
    single='single pass, heads it found',
    crops='crops, the same heads',
    all='crops, all heads',
)


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = CommandParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path, help='of a model of many heads')
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument(
        '--crops',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='model of single heads (default: the one shipped)',
    )
    parser.add_argument('--scenes', type=int, help="number (default: the config's)")
    parser.add_argument('--match', type=float, default=0.5, help='distance over size')
    parser.add_argument('--pictures', type=int, default=0, help='scenes to draw')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/passes'))
    args = parser.parse_args(arguments)
    if args.match <= 0 or (args.scenes is not None and args.scenes < 1):
        parser.error('--match and --scenes: expected more than 0')
    return args


def angles_of(heads: list[dict]) -> np.ndarray:
    """Pitch, yaw, roll (N, 3) of head dicts."""
    values = [[head[name] for name in ANGLE_NAMES] for head in heads]
    return np.array(values, dtype=float).reshape(-1, 3)


def build_scenes(config: Path, length: int | None) -> tuple[HeadSceneDataset, int]:
    """The config's test scenes, and their number.

    Raises:
        ValueError: If its test set is of no scenes.
    """
    dataset = Config.fromfile(config).test_dataloader.dataset
    if dataset.type != 'HeadSceneDataset':
        raise ValueError(
            f'{config}: expected a test set of scenes (HeadSceneDataset), got '
            f'{dataset.type}'
        )
    length = length or dataset.length
    return DATASETS.build(dict(dataset, pipeline=[], length=length)), length


def compare(args: argparse.Namespace, console: PlainConsole) -> dict[str, np.ndarray]:
    """Absolute errors (N, 3) of each way, and the counts of the single pass."""
    scenes, length = build_scenes(args.config, args.scenes)
    named = [args.config, args.checkpoint, *(args.crops or ())]
    inputs = identify_files(named) | files_of(scenes)
    single = HeadPoseInferencer(str(args.config), str(args.checkpoint), device='cpu')
    model, weights = args.crops or (None, None)
    crops = HeadPoseInferencer(model, weights, device='cpu', detector='none')
    errors: dict[str, list[np.ndarray]] = {name: [] for name in ROWS}
    counts = np.zeros(3, int)  # heads, predictions, pairs
    for index in track(range(length), 'Scenes', console=console):
        scene = scenes[index]
        found = single.predict(scene['img'])
        given = angles_of(crops.predict(scene['img'], bboxes=scene['bbox']))
        labels = mask_labels(scene['head_angles'], scene['head_angles_valid'])
        sizes = scene['bbox'][:, 2] - scene['bbox'][:, 0]
        centers = [head['center'] for head in found]
        pairs = match_heads(centers, scene['keypoints'][:, 0], sizes, args.match)
        counts += [len(labels), len(found), len(pairs.truth)]
        ours, truth = angles_of(found)[pairs.predicted], labels[pairs.truth]
        errors['single'].append(angle_errors(ours, truth))
        errors['crops'].append(angle_errors(given[pairs.truth], truth))
        errors['all'].append(angle_errors(given, labels))
        if index < args.pictures:
            picture = draw_heads(scene['img'], found)
            name = f'scene {index}'
            save_picture(name, f'{index:03d}', picture, args.out, inputs)
    return {**{k: np.concatenate(v) for k, v in errors.items()}, 'counts': counts}


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare and print."""
    args = parse_args(arguments)
    init_default_scope('mmpose')
    console = PlainConsole(width=100)
    results = compare(args, console)
    heads, predicted, pairs = results.pop('counts')
    table = Table('MAE, degrees', 'heads', *ANGLE_NAMES, 'mean')
    means = {key: mean_absolute_errors(results[key]) for key in ROWS}
    for key, name in ROWS.items():
        figures = [
            means[key].get(f) for f in (*(f'mae_{a}' for a in ANGLE_NAMES), 'mae')
        ]
        cells = ['-' if figure is None else f'{figure:.2f}' for figure in figures]
        table.add_row(name, str(len(results[key])), *cells)
    console.print(table)
    precision = pairs / predicted if predicted else 1.0  # as HeadDetectionMetric has it
    recall = pairs / max(heads, 1)
    console.print(f'recall {recall:.3f}, precision {precision:.3f} of {heads} heads')
    if not means['single']:
        raise ValueError('no ratio: expected labelled heads that were found, got none')
    ratio = means['single']['mae'] / max(means['crops']['mae'], 1e-9)
    console.print(f'single pass over crops: {ratio:.2f}')


if __name__ == '__main__':
    sys.exit(run_command(main))
