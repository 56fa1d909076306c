"""Annotation files of COCO's form: what they lack, told by file and entry."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bernoulli_headpose.files import is_name, read_json

from .bad_labels import LARGEST_PIXEL, BadLabels, LabelError

# What MMPose and its reader of COCO take for granted.
COCO_FIELDS = dict(
    images=('id', 'file_name', 'width', 'height'),
    annotations=('id', 'image_id', 'category_id'),
)
_LARGEST_WHOLE = 2**53  # that every reader of JSON holds


def read_coco(
    path: Path, bad_labels: BadLabels, fields: dict[str, tuple[str, ...]] = COCO_FIELDS
) -> dict[str, Any]:
    """A file's content, an object with lists of objects; bad ones are judged.

    Annotations of images that are not in the file are left out, with a warning.

    Args:
        path: The file.
        bad_labels: Judges images and annotations.
        fields: The lists, and what each of their objects has to have.

    Raises:
        ValueError: If it is not of that form.
    """
    content = read_json(path, finite=False)
    for part in fields:
        if not isinstance(content, dict) or not isinstance(content.get(part), list):
            raise ValueError(
                f"{path}: expected COCO's form, an object with a list {part!r}"
            )
    good = {}
    for part, names in fields.items():
        good[part] = [
            item
            for number, item in enumerate(content[part])
            if bad_labels.judge(_check_item, f'{path}: {part}[{number}]', item, names)
        ]
        if 'id' in names:
            _check_unique(f'{path}: {part}', good[part])
    if 'annotations' in good:
        images = [image for image in content['images'] if isinstance(image, dict)]
        given = {i['id'] for i in images if isinstance(i.get('id'), int | str)}
        good['annotations'] = _of_images(path, good, given, bad_labels)
    return {**content, **good}


def _check_item(where: str, item: Any, names: tuple[str, ...]) -> bool:
    """Refuse an image or annotation that lacks a field or has another kind in one."""
    given = item if isinstance(item, dict) else {}
    missing = [name for name in names if name not in given]
    if missing:
        raise LabelError(where, f'the fields {list(names)}', f'no {missing}')
    for name in names:
        value, place = item[name], f'{where}, {name!r}'
        if name in ('id', 'image_id') and not is_whole(value):
            is_text = isinstance(value, str)
            if not is_text or (name == 'id' and 'image_id' in names):
                raise LabelError(place, 'a whole number', reprlib.repr(value))
        if name in ('width', 'height') and not is_number(value, least=1e-9):
            raise LabelError(place, 'a size in pixels', reprlib.repr(value))
        if name == 'file_name' and not is_name(value):
            raise LabelError(place, 'the name of a file', reprlib.repr(value))
    return True


def _check_unique(where: str, items: list[dict]) -> None:
    counts = Counter(item['id'] for item in items)
    twice = [key for key, count in counts.items() if count > 1]
    if twice:
        raise ValueError(
            f'{where}: expected another id for each, got {len(twice)} again, such as '
            f'{twice[0]!r}'
        )


def _of_images(
    path: Path,
    content: Mapping[str, list],
    given: set[int | str],
    bad_labels: BadLabels,
) -> list[dict]:
    """The annotations whose image is there.

    Args:
        path: The file.
        content: Its good images and annotations.
        given: The ids of all its images, bad ones too.
        bad_labels: Judges annotations.

    Raises:
        LabelError: If one's ``image_id`` is text and its image's a number, or the
            other way round.
    """
    known = {image['id'] for image in content['images']}
    texts = {str(key) for key in known}
    elsewhere = BadLabels('skip')
    kept = []
    for number, annotation in enumerate(content['annotations']):
        key = annotation['image_id']
        if key in known:
            kept.append(annotation)
            continue
        where = f'{path}: annotations[{number}]'
        if key in given:
            what = 'an image that is good'
            bad_labels.report(LabelError(where, what, f'image {key!r}'))
        elif str(key) in texts:
            what = "an 'image_id' as the image has it"
            got = f'{key!r}, {"text" if isinstance(key, str) else "a number"}'
            bad_labels.report(LabelError(where, what, got))
        else:
            what = "the 'image_id' of an image in the file"
            elsewhere.report(LabelError(where, what, repr(key)))
    elsewhere.close(path, left=1)
    return kept


def is_number(value: Any, most: float = LARGEST_PIXEL, least: float = -np.inf) -> bool:
    """Whether it is a number between these, neither NaN nor true or false."""
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and abs(value) <= most and value >= least


def is_whole(value: Any) -> bool:
    """Whether it is an integer that is not absurdly large."""
    return isinstance(value, int) and is_number(value, _LARGEST_WHOLE)


def read_numbers(
    annotation: dict, name: str, count: int, what: str, where: str
) -> list[float] | None:
    """A list of numbers, at most a million; None where the field is absent or null.

    Args:
        annotation: The annotation.
        name: Of the field.
        count: How many numbers are expected.
        what: What they are, for errors.
        where: File and annotation, for errors.

    Raises:
        LabelError: If it is something else.
    """
    value = annotation.get(name)
    if value is None:
        return None
    is_list = isinstance(value, list | tuple)
    if not is_list or len(value) != count or not all(map(is_number, value)):
        wanted = f'{count} finite numbers, {what}'
        raise LabelError(f'{where}, {name!r}', wanted, reprlib.repr(value))
    return [float(v) for v in value]


def read_angles(annotation: dict, where: str) -> list[float] | None:
    """``head_angles``, [pitch, yaw, roll] in degrees; None where absent or null.

    Raises:
        LabelError: If they are something else, or beyond half a turn.
    """
    name = 'head_angles'
    angles = read_numbers(annotation, name, 3, '[pitch, yaw, roll]', where)
    if angles is not None and max(map(abs, angles)) > 180:
        raise LabelError(f'{where}, {name!r}', 'degrees in [-180, 180]', angles)
    return angles


def is_inside(place: Sequence[float], image: Mapping[str, Any]) -> bool:
    """Whether [x, y] is in an image, its border included; also if no size is given."""
    size: list[Any] = [image.get('width'), image.get('height')]
    if not all(is_number(side, least=1e-9) for side in size):
        return True
    return all(0 <= at <= side for at, side in zip(place, size, strict=True))


def read_center(
    annotation: dict, image: Mapping[str, Any], where: str
) -> list[float] | None:
    """``head_center``, [x, y] in pixels; None where absent or null.

    Raises:
        LabelError: If it is something else, or outside the image.
    """
    name = 'head_center'
    center = read_numbers(annotation, name, 2, '[x, y] in pixels', where)
    if center is not None and not is_inside(center, image):
        got = f'{center} in {image["width"]:g}x{image["height"]:g} pixels'
        raise LabelError(f'{where}, {name!r}', 'a head centre inside the image', got)
    return center


def check_points(annotation: dict, name: str, count: int, where: str) -> None:
    """Check the [x, y, visibility] of so many points, where they are given.

    Raises:
        LabelError: If they are not a flat list of finite numbers.
    """
    if name in annotation:
        fault = _row_fault(annotation[name], 3 * count)
        if fault:
            what = f'{3 * count} numbers (x, y, visibility of {count} points)'
            raise LabelError(f'{where}, {name!r}', what, fault)


def _row_fault(values: Any, count: int) -> str | None:
    """What is wrong with a flat list of so many finite numbers; None if nothing is."""
    if not isinstance(values, list) or any(isinstance(v, list) for v in values):
        return f'{type(values).__name__} that is no flat list'
    if len(values) != count:
        return str(len(values))
    array = np.asarray(values)
    if array.dtype.kind not in 'fiu' or not (np.abs(array) <= LARGEST_PIXEL).all():
        return f'{count} that are not all finite numbers'
    return None
