"""Files of the repository that name the same thing name it alike."""

import re
from pathlib import Path

import yaml

from bernoulli_headpose import __version__

ROOT = Path(__file__).resolve().parents[1]


def read_pins(name: str) -> dict[str, str]:
    """Packages of a list of requirements, with their pinned versions."""
    return dict(re.findall(r'^([\w-]+)==(\S+)$', (ROOT / name).read_text(), re.M))


def test_pre_commit_has_the_tools_of_the_checks():
    hooks = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
    found = {one['repo'].rpartition('/')[2]: one['rev'] for one in hooks['repos']}
    pins = read_pins('requirements-dev.txt')
    assert found
    for repo, version in found.items():
        assert version.removeprefix('v') == pins[repo.removesuffix('-pre-commit')]


def test_lists_of_requirements_agree():
    dev, docs = map(read_pins, ('requirements-dev.txt', 'requirements-docs.txt'))
    shared = dev.keys() & docs.keys()
    assert 'ruff' in shared
    assert {name: dev[name] for name in shared} == {name: docs[name] for name in shared}


def test_the_version_is_told_alike():
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    newest = re.search(
        r'^## \[(\S+)\] - (\S+)$', (ROOT / 'CHANGELOG.md').read_text(), re.M
    )
    assert newest is not None
    told = (citation['version'], citation['date-released'])
    assert told == newest.groups()
    assert citation['version'] == __version__
