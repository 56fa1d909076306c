"""Annotation files of COCO's form: what they lack, told by file and entry."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

# What MMPose and its reader of COCO take for granted.
COCO_FIELDS = dict(
    images=('id', 'file_name', 'width', 'height'),
    annotations=('id', 'image_id', 'category_id'),
)


def read_coco(
    path: Path, fields: dict[str, tuple[str, ...]] = COCO_FIELDS
) -> dict[str, Any]:
    """A file's content, an object with lists of objects.

    Args:
        path: The file.
        fields: The lists, and what each of their objects has to have.

    Raises:
        ValueError: If it is not of that form.
    """
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'{path}: expected JSON, got: {error}') from None
    for part, names in fields.items():
        items = content.get(part) if isinstance(content, dict) else None
        if not isinstance(items, list):
            raise ValueError(
                f"{path}: expected COCO's form, an object with a list {part!r}"
            )
        for number, item in enumerate(items):
            given = item if isinstance(item, dict) else {}
            missing = [name for name in names if name not in given]
            if missing:
                raise ValueError(
                    f'{path}: {part}[{number}]: expected the fields {list(names)}, '
                    f'found no {missing}'
                )
    return content


def read_numbers(
    annotation: dict, name: str, count: int, what: str, where: str
) -> list[float] | None:
    """A list of finite numbers; None where the field is absent or null.

    Args:
        annotation: The annotation.
        name: Of the field.
        count: How many numbers are expected.
        what: What they are, for errors.
        where: File and annotation, for errors.

    Raises:
        ValueError: If it is something else.
    """
    value = annotation.get(name)
    if value is None:
        return None
    if (
        not isinstance(value, (list, tuple))
        or len(value) != count
        or not all(isinstance(v, (int, float)) and math.isfinite(v) for v in value)
    ):
        raise ValueError(
            f'{where}, {name!r}: expected {count} finite numbers, {what}, got {value!r}'
        )
    return [float(v) for v in value]


def read_angles(annotation: dict, where: str) -> list[float] | None:
    """``head_angles``, [pitch, yaw, roll] in degrees; None where absent or null.

    Raises:
        ValueError: If they are something else, or beyond half a turn.
    """
    name = 'head_angles'
    angles = read_numbers(annotation, name, 3, '[pitch, yaw, roll]', where)
    if angles is not None and max(map(abs, angles)) > 180:
        raise ValueError(
            f'{where}, {name!r}: expected degrees in [-180, 180], got {angles}'
        )
    return angles


def check_points(annotation: dict, name: str, count: int, where: str) -> None:
    """Check the [x, y, visibility] of so many points, where they are given.

    Raises:
        ValueError: If they are not a flat list of finite numbers.
    """
    if name in annotation:
        fault = _row_fault(annotation[name], 3 * count)
        if fault:
            raise ValueError(
                f'{where}, {name!r}: expected {3 * count} numbers (x, y, '
                f'visibility of {count} points), got {fault}'
            )


def _row_fault(values: Any, count: int) -> str | None:
    """What is wrong with a flat list of so many finite numbers; None if nothing is."""
    if not isinstance(values, list) or any(isinstance(v, list) for v in values):
        return f'{type(values).__name__} that is no flat list'
    if len(values) != count:
        return str(len(values))
    array = np.asarray(values)
    if array.dtype.kind not in 'fiu' or not np.isfinite(array).all():
        return f'{count} that are not all finite numbers'
    return None
