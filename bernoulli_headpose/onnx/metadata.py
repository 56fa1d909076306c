"""What an exported file has to say of itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from ..heads import check_value_names
from ..rotation import ANGLE_NAMES

_Rule = tuple[Callable[[Any], bool], str]
_MOST_SIDE = 4096


def _are_numbers(value: Any, count: int, least: float = -1e6) -> bool:
    """Whether a value is a list of so many finite numbers, or more of a count below 0.

    They are above ``least``.
    """
    is_list = isinstance(value, list) and all(map(_is_number, value))
    fits = is_list and (len(value) == count or (count < 0 and len(value) >= -count))
    return fits and all(least < one < 1e6 for one in value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value)


def _is_side(value: Any) -> bool:
    return type(value) is int and 0 < value <= _MOST_SIDE


def _is_bool(value: Any) -> bool:
    return type(value) is bool


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_rows(value: Any, count: int) -> bool:
    is_list = isinstance(value, list)
    return is_list and all(_are_numbers(one, count) for one in value)


_BOTH: dict[str, _Rule] = dict(
    finds_heads=(_is_bool, 'true or false'),
    angles=(lambda value: value == [*ANGLE_NAMES], f'{[*ANGLE_NAMES]}'),
    color_order=(lambda value: value in ('RGB', 'BGR'), 'RGB or BGR'),
    mean=(lambda value: _are_numbers(value, 3), 'three numbers'),
    std=(lambda value: _are_numbers(value, 3, 0.0), 'three numbers above 0'),
    package_version=(lambda value: isinstance(value, str), 'a text'),
)
_ONE_HEAD: dict[str, _Rule] = dict(
    input_size=(
        lambda value: _are_numbers(value, 2) and all(map(_is_side, value)),
        f'[w, h] of 1 to {_MOST_SIDE} pixels',
    ),
    margin=(lambda value: _is_number(value) and -0.5 < value < 100, '-0.5 to 100'),
    padding=(lambda value: _is_number(value) and 0 < value < 100, '0 to 100'),
    use_udp=(_is_bool, 'true or false'),
    of_faces=(_is_bool, 'true or false'),
    unknown_std=(lambda value: _are_numbers(value, -3, 0.0), 'three numbers or more'),
)
_ALL_HEADS: dict[str, _Rule] = dict(
    longer_side=(_is_side, f'1 to {_MOST_SIDE} pixels'),
    enlarge=(lambda value: _is_number(value) and 0 < value < 100, '0 to 100'),
    size_multiple=(_is_side, f'1 to {_MOST_SIDE} pixels'),
)
_OPTIONAL: dict[str, _Rule] = dict(
    values=(_are_names, 'names'),
    keypoints=(_are_names, 'names'),
    skeleton_links=(lambda value: _are_rows(value, 2), 'pairs of keypoints'),
    skeleton_colors=(lambda value: _are_rows(value, 3), '[red, green, blue] each'),
)


def check_metadata(texts: Mapping[str, str], name: str) -> dict[str, Any]:
    """Read the metadata of a file.

    Args:
        texts: As they stand in it: a JSON each.
        name: What errors call the file.

    Returns:
        What the runtime needs, see :func:`bernoulli_mmpose.export.model_metadata` and
        :func:`bernoulli_mmpose.export.many_heads_metadata`.

    Raises:
        ValueError: If something is missing, or not what it should be.
    """
    kind = 'finds_heads'
    found = _take(texts, _BOTH, name)
    found |= _take(texts, _ALL_HEADS if found[kind] else _ONE_HEAD, name)
    found |= _take(texts, {k: v for k, v in _OPTIONAL.items() if k in texts}, name)
    check_value_names(f'{name}: values', found.setdefault('values', []))
    count = len(found.setdefault('keypoints', []))
    links = found.setdefault('skeleton_links', [])
    colors = found.setdefault('skeleton_colors', [])
    # The head's centre is the last of the keypoints.
    ends = [end for link in links for end in link]
    if len(links) != len(colors) or not set(ends) <= set(range(count + 1)):
        raise ValueError(
            f'{name}: expected skeleton_links of {count + 1} keypoints, and as many '
            f'skeleton_colors, got {links} and {colors}'
        )
    return found


def _take(
    texts: Mapping[str, str], rules: Mapping[str, _Rule], name: str
) -> dict[str, Any]:
    found = {}
    for key, (is_good, expected) in rules.items():
        try:
            found[key] = json.loads(texts[key])
        except (KeyError, ValueError, RecursionError):
            found[key] = texts.get(key)
        if not is_good(found[key]):
            got = 'none' if found[key] is None else f'{found[key]!r:.60}'
            raise ValueError(
                f'{name}: expected a file of tools/export_onnx.py, whose metadata '
                f'{key!r} is {expected}, got {got}'
            )
    return found
