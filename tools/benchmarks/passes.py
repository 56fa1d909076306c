"""Errors of the single pass over many heads, and of crops of the same heads."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmpose.registry import DATASETS
from rich.progress import track
from rich.table import Table

from bernoulli_headpose.files import identify_files
from bernoulli_headpose.rotation import ANGLE_NAMES
from bernoulli_headpose.terminal import PlainConsole
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.browsing import files_of
from bernoulli_mmpose.datasets import HeadSceneDataset
from bernoulli_mmpose.evaluation.criteria import (
    angle_errors,
    mask_labels,
    mean_absolute_errors,
)
from bernoulli_mmpose.evaluation.head_matching import match_heads
from bernoulli_mmpose.inferencers.heads import draw_heads
from bernoulli_mmpose.inferencers.outputs import save_picture

ROWS = dict(
    single='single pass, heads it found',
    crops='crops, the same heads',
    all='crops, all heads',
)


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
    crops = HeadPoseInferencer(*(args.crops or ()), device='cpu', detector='none')
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


def error_table(errors: dict[str, np.ndarray]) -> tuple[Table, float | None]:
    """Mean absolute errors of each way, and the single pass' over that of crops.

    Args:
        errors: Of :func:`compare`, degrees.

    Returns:
        Table, and ratio: None if the single pass found no labelled head.
    """
    table = Table('MAE, degrees', 'heads', *ANGLE_NAMES, 'mean')
    means = {key: mean_absolute_errors(errors[key]) for key in ROWS}
    for key, name in ROWS.items():
        figures = [
            means[key].get(f) for f in (*(f'mae_{a}' for a in ANGLE_NAMES), 'mae')
        ]
        cells = ['-' if figure is None else f'{figure:.2f}' for figure in figures]
        table.add_row(name, str(len(errors[key])), *cells)
    if not means['single']:
        return table, None
    return table, means['single']['mae'] / max(means['crops']['mae'], 1e-9)
