"""Which room of the house may import which: the table of docs/architecture.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIGHT, PLUGIN = 'bernoulli_headpose', 'bernoulli_mmpose'


def read_table() -> dict[str, set[str]]:
    """Rooms and what each may import of the project."""
    allowed = {}
    for line in (ROOT / 'docs' / 'architecture.md').read_text('utf-8').splitlines():
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if line.startswith('| `') and len(cells) == 3:
            rooms, _, imports = cells
            names = set(imports.replace('`', '').replace(',', ' ').split())
            for room in rooms.replace('`', '').replace(',', ' ').split():
                allowed[room] = names - {'-'}
    return allowed


def room_of(module: str) -> str:
    """The light package, or the subpackage or module of the plugin."""
    first, _, rest = module.partition('.')
    return rest.split('.')[0] or PLUGIN if first == PLUGIN else first


def imports_of(path: Path) -> Iterator[str]:
    """Modules of the project that a file names, in functions too."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = '.'.join((*above, *filter(None, [node.module])))
            names = [f'{base}.{alias.name}' for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith((LIGHT, PLUGIN)))


@pytest.mark.parametrize('room', sorted(read_table()))
def test_a_room_imports_what_the_table_allows(room):
    folder = ROOT / room if room == LIGHT else ROOT / PLUGIN / room
    paths = [*folder.rglob('*.py')] or [folder.with_suffix('.py')]
    found = {room_of(name) for path in paths for name in imports_of(path)}
    if room == LIGHT:  # for its types, and when the network is to run
        found -= {'HeadPoseInferencer', PLUGIN}
    assert found - {room} <= read_table()[room]


def test_every_room_is_in_the_table():
    rooms = {room_of(f'{PLUGIN}.{path.stem}') for path in (ROOT / PLUGIN).glob('[!_]*')}
    assert rooms - {'checkpoints'} == set(read_table()) - {LIGHT}
