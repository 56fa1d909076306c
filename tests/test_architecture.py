"""Which room of the house may import which: the table of docs/architecture.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIGHT, PLUGIN = 'bernoulli_headpose', 'bernoulli_mmpose'
# Modules of the light package that name the plugin: for types, or to run a model.


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
    """The light package, or the subpackage or module of the plugin; else empty."""
    first, _, rest = module.partition('.')
    if first == PLUGIN:
        return rest.split('.')[0] or PLUGIN
    return first if first == LIGHT else ''


def imports_of(path: Path) -> Iterator[str]:
    """Modules that a file names, in functions too."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = '.'.join((*above, *filter(None, [node.module])))
            yield from (f'{base}.{alias.name}' for alias in node.names)


def files_of(room: str) -> list[Path]:
    """The modules of a room."""
    folder = ROOT / room if room == LIGHT else ROOT / PLUGIN / room
    return [*folder.rglob('*.py')] or [folder.with_suffix('.py')]


@pytest.mark.parametrize('room', sorted(read_table()))
def test_a_room_imports_what_the_table_says(room):
    found = {room_of(name) for path in files_of(room) for name in imports_of(path)}
    rooms = {LIGHT, PLUGIN, *read_table()} - {room}
    # The light package runs the plugin's inferencer, where one is asked for.
    runs = {PLUGIN} if room == LIGHT else set()
    assert (found & rooms) - runs == read_table()[room]


@pytest.mark.parametrize('package', [LIGHT, PLUGIN])
def test_packages_import_nothing_of_the_tools(package):
    tools = {path.stem for path in (ROOT / 'tools').iterdir()} | {'tools', 'tests'}
    files = [
        path for path in (ROOT / package).rglob('*.py') if '.mim' not in path.parts
    ]
    found = {name.split('.')[0] for path in files for name in imports_of(path)}
    assert not found & tools


def test_the_light_package_names_the_plugin_where_it_runs_it_alone():
    found = {
        (path.name, name.split('.')[0])
        for path in files_of(LIGHT)
        for name in imports_of(path)
    }
    heavy = {'torch', 'torchvision', 'mmengine', 'mmcv', 'mmdet', 'mmpose', PLUGIN}
    heavy |= {'scipy', 'pandas', 'matplotlib'}
    assert {pair for pair in found if pair[1] in heavy} == {
        ('cli_model.py', name) for name in (PLUGIN, 'mmengine', 'torch')
    }


def test_every_room_is_in_the_table():
    paths = (ROOT / PLUGIN).glob('[!_.]*')
    found = {path.stem for path in paths} - {'checkpoints', 'py'}  # py.typed
    assert found == set(read_table()) - {LIGHT}
