"""docs/configs.md lists each config once, with the figures of the metafile."""

import re
from pathlib import Path

import pytest

from bernoulli_mmpose.shipped import read_models

ROOT = Path(__file__).parents[2]
LINK = re.compile(r'^\| \[`([^`]+)`\]\(\.\./configs/([^)]+)\.py\)')
ROWS = {
    found[2]: line
    for line in (ROOT / 'docs' / 'configs.md').read_text('utf-8').splitlines()
    if (found := LINK.match(line))
}


def test_every_config_has_its_row():
    folder = ROOT / 'configs'
    there = {
        path.relative_to(folder).with_suffix('').as_posix()
        for path in folder.rglob('*.py')
        if '_base_' not in path.parts
    }
    assert set(ROWS) == there


def test_no_config_is_listed_twice_or_named_otherwise():
    text = (ROOT / 'docs' / 'configs.md').read_text('utf-8')
    names = [
        LINK.match(line).groups() for line in text.splitlines() if LINK.match(line)
    ]
    assert len(names) == len(ROWS)
    assert all(shown == linked for shown, linked in names)


@pytest.mark.parametrize('model', read_models(), ids=lambda model: model['Name'])
def test_figures_are_those_of_the_metafile(model):
    row = ROWS[model['Name']]
    assert all(f'`{alias}`' in row for alias in model['Alias'])
    figures = [
        format(result['Metrics'][name], digits)
        for name, digits in (('Geodesic error', '.2f'), ('AP', '.3f'))
        for result in model['Results']
        if name in result['Metrics']
    ]
    assert re.findall(r'\d+\.\d+', row.split('|')[-2]) == figures


def test_weights_come_with_the_listed_models_alone():
    with_weights = {name for name, row in ROWS.items() if '| yes |' in row}
    assert with_weights == {m['Name'] for m in read_models() if 'Weights' in m}
