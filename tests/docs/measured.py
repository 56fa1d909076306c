"""Figures of the pages, and the records in docs/measured that they are taken from.

``docs/measured/PAGE.yml`` maps a key to where its figures come from: either
``command``, ``data``, ``date`` and ``values`` (``n`` where it is one number) of a
measurement, or ``from``, a file or files of the repository that hold them.
``constants.yml`` maps files of code to the numbers that text may name anywhere.
"""

import re
from functools import cache
from pathlib import Path

import yaml
from markdown_it.tree import SyntaxTreeNode
from pages import DOCS, ROOT, Block

RECORDS = DOCS / 'measured'
CONSTANTS = RECORDS / 'constants.yml'
# 4.53 and x1.10, but neither 3 nor 0.10.21.
FIGURE = re.compile(r'(?<![\d.])\d+\.\d+(?!\.?\d)')
VERSION = re.compile(
    r'(?:Python|NumPy|OpenCV|[Tt]orch|PyTorch|MMPose|MMEngine|mmcv|onnxruntime|CUDA|'
    r'version|Apache-|CC[ -]BY\S*)[ >=v]*\d+(?:\.\d+)+'
    r'(?:(?:,| to| and| or)* \d+\.\d+)*'
)


@cache
def read_records() -> dict[str, dict]:
    """All entries, by their keys."""
    records: dict[str, dict] = {}
    for path in sorted(RECORDS.glob('*.yml')):
        entries = yaml.safe_load(path.read_text('utf-8')) or {}
        if path != CONSTANTS:
            assert not records.keys() & entries.keys(), f'{path}: a key stands twice'
            records |= entries
    return records


@cache
def read_constants() -> dict[str, list[float]]:
    return yaml.safe_load(CONSTANTS.read_text('utf-8'))


@cache
def figures_in(path: Path) -> set[float]:
    """Decimal figures of a text file."""
    return {float(one) for one in FIGURE.findall(path.read_text('utf-8'))}


def values_of(key: str) -> set[float]:
    """The figures of an entry.

    Raises:
        KeyError: If there is none of that name.
    """
    record = read_records()[key]
    files = record.get('from', [])
    found = [
        figures_in(ROOT / one) for one in ([files] if files == str(files) else files)
    ]
    return {float(one) for one in record.get('values', [])}.union(*found)


def rows_of(block: Block) -> list[tuple[int, str]]:
    """Line and text of a paragraph, or of each row of a table; no code, no links."""
    nodes = [one for one in block.node.walk() if one.type == 'tr'] or [block.node]
    return [(one.map[0] + 1 if one.map else block.line, _text(one)) for one in nodes]


def _text(node: SyntaxTreeNode) -> str:
    kinds = ('text', 'softbreak')
    words = [one.content or ' ' for one in node.walk() if one.type in kinds]
    return VERSION.sub(' ', ''.join(words) if len(words) == 1 else ' '.join(words))


def unproven(block: Block) -> list[str]:
    """What is wrong with the figures of a block, a line each."""
    if block.node.type not in ('paragraph', 'table'):
        return []
    keys = [one for one in re.split(r',\s*', block.notes.get('measured', '')) if one]
    unknown = [key for key in keys if key not in read_records()]
    if unknown:
        return [f'{block}: expected keys of docs/measured, got {unknown}']
    known = set().union(*map(values_of, keys))
    if block.node.type == 'paragraph':
        known |= {one for values in read_constants().values() for one in values}
    return [
        f'{block.page.name}:{line}: expected figures of {keys or "a record"}, got {odd}'
        for line, text in rows_of(block)
        if (odd := [one for one in FIGURE.findall(text) if float(one) not in known])
    ]
