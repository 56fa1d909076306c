"""Head labels for COCO-WholeBody annotations, from their 68 face keypoints."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bernoulli_headpose.rotation import FloatArray

from ..datasets.bad_labels import LARGEST_PIXEL
from ..datasets.coco_file import is_inside
from .labels import HeadLabel, label_heads
from .pnp import PoseLimits

# Tells of progress: the items, and what is done with them (rich.progress.track).
Progress = Callable[[list, str], Iterable]
KEYS = ('head_center', 'head_bbox', 'head_angles')


def silent(items: list, _: str) -> Iterable:
    """Progress that nobody is told of."""
    return items


def label_coco(
    content: Any,
    source: Path,
    focal_length: float | None = None,
    limits: PoseLimits | None = None,
    progress: Progress = silent,
) -> tuple[dict, list[HeadLabel]]:
    """Add head labels to the content of a COCO-WholeBody file.

    An annotation gets ``head_center`` [x, y] and ``head_bbox`` [x, y, w, h] in pixels
    and ``head_angles`` [pitch, yaw, roll] in degrees, each where it is known. It gets
    none if the head centre is outside the image, whose size the file tells.

    Args:
        content: What the file holds; it is left as it is.
        source: The file, for messages.
        focal_length: Of the camera, pixels.
        limits: What a valid pose must keep.
        progress: Wraps the annotations.

    Returns:
        The new content and a label for each annotation.

    Raises:
        ValueError: If it is not such a file or an annotation is not as it should be.
    """
    annotations = content.get('annotations') if isinstance(content, dict) else None
    if not isinstance(annotations, list) or not annotations:
        raise ValueError(
            f"{source}: expected COCO's object with a list 'annotations' that is not "
            f'empty, got {_kind(annotations)}'
        )
    for number, item in enumerate(annotations):
        if not isinstance(item, dict):
            raise ValueError(
                f'{source}, annotations[{number}]: expected an object, got '
                f'{reprlib.repr(item)}'
            )
    if not any('face_kpts' in item for item in annotations):
        raise ValueError(
            f"{source}: expected 'face_kpts' in the annotations (COCO-WholeBody), "
            f'found it in none of {len(annotations)}'
        )
    images = _images_by_id(content)
    new, labels = [], []
    for number, item in enumerate(progress(annotations, 'Heads')):
        name = reprlib.repr(item['id']) if 'id' in item else f'number {number}'
        where = f'{source}, annotation {name}'
        label = _label(item, images, where, focal_length, limits)
        labels.append(label)
        new.append({**item, **_keys(label)})
    return {**content, 'annotations': new}, labels


def _images_by_id(content: dict) -> dict[int | str, dict]:
    """The images that can be told apart; the data sets judge the others."""
    images = content.get('images')
    given = images if isinstance(images, list) else []
    objects = [image for image in given if isinstance(image, dict)]
    return {i['id']: i for i in objects if isinstance(i.get('id'), int | str)}


def _label(
    item: dict,
    images: Mapping[int | str, dict],
    where: str,
    focal_length: float | None,
    limits: PoseLimits | None,
) -> HeadLabel:
    present = sorted(set(KEYS) & set(item))
    if present:
        raise ValueError(
            f'{where}: expected no head labels yet, got {present}; give the file '
            'without them'
        )
    if 'face_kpts' not in item:
        return HeadLabel(reason="no 'face_kpts'")
    points = _face_points(item['face_kpts'], where)
    if not item.get('face_valid', True):
        return HeadLabel(reason="'face_valid' is false")
    label = label_heads(
        points[None, :, :2], points[None, :, 2] > 0, focal_length, limits
    )[0]
    key = item.get('image_id')
    image = images.get(key, {}) if isinstance(key, int | str) else {}
    if label.center is not None and not is_inside(label.center.tolist(), image):
        return HeadLabel(reason='the head centre is outside the image')
    return label


def _face_points(values: Any, where: str) -> FloatArray:
    """x, y and visibility (68, 3) of an annotation."""
    if not isinstance(values, list) or len(values) != 204:
        raise ValueError(
            f"{where}: 'face_kpts': expected a list of 204 numbers (x, y, visibility "
            f'of 68 points), got {_kind(values)}'
        )
    try:
        points = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{where}: 'face_kpts': expected numbers, got {error}"
        ) from None
    if points.ndim != 1:
        got = reprlib.repr(values[0])
        raise ValueError(f"{where}: 'face_kpts': expected numbers, got {got}")
    usable = np.abs(points) <= LARGEST_PIXEL
    if not usable.all():
        first = int(np.argmin(usable))
        raise ValueError(
            f"{where}: 'face_kpts': expected finite numbers, got {points[first]} "
            f'(point {first // 3})'
        )
    return points.reshape(68, 3)


def _keys(label: HeadLabel) -> dict[str, list[float]]:
    """The keys of the annotation that are known; places round to 1/1000."""
    values = zip(KEYS, (label.center, label.box, label.angles), strict=True)
    return {
        key: [round(float(number), 3) for number in value]
        for key, value in values
        if value is not None
    }


def _kind(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return f'a {type(value).__name__} of {len(value)}'
    return reprlib.repr(value)
