"""Configs that are read as data, and never run."""

from __future__ import annotations

import ast
from typing import Any

_MAX_LETTERS = 1_000_000  # the parser takes 500 times as much memory


def parse_assignments(text: str) -> dict[str, Any]:
    """Names and values of a Python config that holds nothing but literals.

    So MMEngine writes the configs of runs and checkpoints: assignments of literals and
    of ``dict(...)``, nested.

    Raises:
        ValueError: If there is anything else in it.
    """
    if len(text) > _MAX_LETTERS:
        raise ValueError(f'expected at most {_MAX_LETTERS} letters, got {len(text)}')
    try:
        return dict(map(_assignment, ast.parse(text).body))
    # Too deep, unhashable keys, numbers of thousands of digits, NUL ...
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        reason = str(error) or 'it is nested too deep'
        raise ValueError(f'expected a config of literals, {reason}') from None


def _assignment(line: ast.stmt) -> tuple[str, Any]:
    if isinstance(line, ast.Assign) and len(line.targets) == 1:
        (name,) = line.targets
        if isinstance(name, ast.Name):
            return name.id, _value(line.value)
    raise ValueError(f'line {line.lineno} is no assignment')


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.List):
        return [_value(one) for one in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(one) for one in node.elts)
    if isinstance(node, ast.Dict):
        if None in node.keys:
            raise ValueError(f'line {node.lineno} unpacks a dict')
        keys = [ast.literal_eval(key) for key in node.keys if key]
        return dict(zip(keys, map(_value, node.values), strict=True))
    if isinstance(node, ast.Call):
        return _dict_call(node)
    return ast.literal_eval(node)


def _dict_call(node: ast.Call) -> dict[Any, Any]:
    """Value of ``dict(name=value)`` or ``dict({key: value})``."""
    called = isinstance(node.func, ast.Name) and node.func.id == 'dict'
    first = [_value(one) for one in node.args if isinstance(one, ast.Dict)]
    names = {one.arg: _value(one.value) for one in node.keywords if one.arg}
    if not called or len(first) + len(names) != len(node.args) + len(node.keywords):
        raise ValueError(f'line {node.lineno} calls something')
    return dict(*first, **names)
