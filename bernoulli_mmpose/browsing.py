"""Pictures of data set samples: the record, the network's input, the targets."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import DATASETS
from numpy.typing import NDArray

from bernoulli_headpose.files import FileId, identify_files, read_image
from bernoulli_headpose.rotation import ANGLE_NAMES

from .datasets import CocoHeadsDataset, HeadPoseDataset
from .datasets.body_head_dataset import BodyHeadDataset
from .visualization import (
    angles_to_label,
    contact_sheet,
    crop_square,
    draw_axes,
    draw_box,
    draw_label,
)
from .visualization.canvas import Image
from .visualization.overlays import draw_scaled_overlay

_TILE = 240  # pixels
_AXIS_SHARE = 0.3  # of the box's or the input's longer side


def keep_transformed_keypoints(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """A data set's config whose samples tell where the keypoints are in the input.

    Args:
        dataset: Config of a data set or of a wrapper around others.

    Returns:
        A copy with ``pack_transformed=True`` in each ``PackPoseInputs``.
    """
    config: dict[str, Any] = deepcopy(dict(dataset))
    for step in config.get('pipeline') or ():
        if str(step['type']).rpartition('.')[2] == 'PackPoseInputs':
            step['pack_transformed'] = True
    if 'dataset' in config:
        config['dataset'] = keep_transformed_keypoints(config['dataset'])
    if 'datasets' in config:
        config['datasets'] = [*map(keep_transformed_keypoints, config['datasets'])]
    return config


def build_dataset(dataset: Mapping[str, Any]) -> Any:
    """Build a data set or wrapper; bad labels are left out unless its config tells."""
    return DATASETS.build(_skip_bad_labels(dataset))


def _skip_bad_labels(dataset: Mapping[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = dict(dataset)
    kind = DATASETS.get(config.get('type', ''))
    kinds = (HeadPoseDataset, BodyHeadDataset, CocoHeadsDataset)
    if inspect.isclass(kind) and issubclass(kind, kinds):
        config.setdefault('bad_labels', 'skip')
    if 'dataset' in config:
        config['dataset'] = _skip_bad_labels(config['dataset'])
    if 'datasets' in config:
        config['datasets'] = [*map(_skip_bad_labels, config['datasets'])]
    return config


def files_of(dataset: Any) -> set[FileId]:
    """What tells the files that a data set reads, so that no output overwrites one.

    Args:
        dataset: A built data set, or a wrapper around others.
    """
    parts = getattr(dataset, 'datasets', None)
    if parts is None and hasattr(dataset, 'dataset'):
        parts = [dataset.dataset]
    if parts is not None:
        return set().union(*map(files_of, parts))
    records = map(dataset.get_data_info, range(len(dataset)))
    return identify_files([dataset.ann_file, *(one['img_path'] for one in records)])


def draw_sample(record: Mapping[str, Any], packed: Mapping[str, Any]) -> Image:
    """One sample before and after the pipeline, in a row of square pictures.

    From the left: the whole image with boxes and axes, the input with axes, and,
    where the pipeline makes targets, the head centre's map and each value's map
    over the input (red positive, blue negative, scaled to its largest value).

    Args:
        record: What the data set's ``get_data_info`` gives, of one head or of many;
            the image is its ``img`` where it has one.
        packed: What the pipeline gives, with ``transformed_keypoints`` (see
            :func:`keep_transformed_keypoints`).

    Returns:
        BGR picture.

    Raises:
        FileNotFoundError: If the record's image is not there.
        ValueError: If it cannot be read.
    """
    pixels = packed['inputs'].permute(1, 2, 0).numpy()
    image = np.ascontiguousarray(np.clip(pixels, 0, 255).astype(np.uint8))
    tiles = [_record_tile(record), _input_tile(image, packed['data_samples'])]
    tiles += _target_tiles(image, packed['data_samples'])
    return contact_sheet(tiles, columns=len(tiles))


def _record_tile(record: Mapping[str, Any]) -> Image:
    path = Path(record['img_path'])
    image: Any = record.get('img')
    if image is None:
        image = read_image(path)
    tile, matrix = _whole_square(image)
    boxes = np.asarray(record.get('bbox', []), dtype=np.float64).reshape(-1, 2, 2)
    for index, box in enumerate(boxes):
        corners = box @ matrix[:, :2].T + matrix[:, 2]
        tile = draw_box(tile, corners.ravel())
        length = _AXIS_SHARE * float(np.ptp(corners, axis=0).max())
        tile = _add_axes(tile, record, record['keypoints'], matrix, length, index)
    return draw_label(tile, [path.name, str(record.get('subject', ''))])


def _input_tile(image: Image, sample: Any) -> Image:
    tile, matrix = _whole_square(image)
    fields = sample.gt_instances
    lines = [f'input {image.shape[1]}x{image.shape[0]}']
    if 'transformed_keypoints' in fields:
        keypoints = fields.transformed_keypoints
        tile = _add_axes(tile, fields, keypoints, matrix, _AXIS_SHARE * _TILE)
    if 'head_angles' in fields:
        known = np.asarray(fields.head_angles_valid)[0] > 0
        angles = np.where(known, np.asarray(fields.head_angles)[0], np.nan)
        lines.append(angles_to_label('', angles))
    return draw_label(tile, lines)


def _target_tiles(image: Image, sample: Any) -> list[Image]:
    if 'gt_fields' not in sample:
        return []
    maps = {'head centre': sample.gt_fields.heatmaps[-1]}
    if 'angle_heatmaps' in sample.gt_fields:
        values = sample.gt_fields.angle_heatmaps
        named = len(values) == len(ANGLE_NAMES)
        names = ANGLE_NAMES if named else [f'value {i}' for i in range(len(values))]
        maps.update(zip(names, values, strict=True))
    tiles = []
    for name, tensor in maps.items():
        overlay, extreme = draw_scaled_overlay(image, tensor.numpy())
        label = f'{name} map, {extreme:+.2f}'
        tiles.append(draw_label(_whole_square(overlay)[0], [label]))
    return tiles


def _add_axes(
    tile: Image,
    fields: Any,
    keypoints: NDArray,
    matrix: NDArray,
    length: float,
    index: int = 0,
) -> Image:
    """Axes at a head's last keypoint: pale where an angle is unknown (taken as 0)."""
    if 'head_rotation' not in fields:
        return tile
    known = np.asarray(_get(fields, 'head_angles_valid'))[index]
    if not known.any():
        return tile
    lightness = 0.0 if known.all() else 0.6
    centre = matrix @ np.append(np.asarray(keypoints)[index, -1, :2], 1.0)
    matrix3 = _get(fields, 'head_rotation')[index]
    return draw_axes(tile, matrix3, centre, length, lightness=lightness)


def _get(fields: Any, name: str) -> Any:
    return fields[name] if isinstance(fields, Mapping) else getattr(fields, name)


def _whole_square(image: Image) -> tuple[Image, NDArray]:
    height, width = image.shape[:2]
    return crop_square(image, (0, 0, width, height), _TILE)
