"""Sections of the page from runs written by hand."""

import numpy as np
import pytest

from bernoulli_mmpose.evaluation import HeadPoseResults
from bernoulli_mmpose.experiments import catalogue, robustness
from bernoulli_mmpose.experiments.runs import Run
from bernoulli_mmpose.experiments.sections import Collection, sections
from bernoulli_mmpose.experiments.training import Finished


def write(path, error):
    """Two heads, all of whose errors are the same."""
    path.parent.mkdir(exist_ok=True)
    HeadPoseResults(
        img_path=['a', 'b'],
        dataset=['genki4k'] * 2,
        subject=[''] * 2,
        labels=np.zeros((2, 3)),
        predicted=np.full((2, 3), float(error)),
        std=np.ones((2, 3)),
        geodesic=np.full(2, 2.0),
        score=np.ones(2),
        centre=np.zeros((2, 2)),
        bbox=np.ones((2, 4)),
    ).write(path)


@pytest.fixture
def section(tmp_path):
    """A section's text, of runs by name with their errors."""

    def text_of(title, errors, suite='sample'):
        for name, error in errors.items():
            write(tmp_path / name / 'results.csv', error)
        runs = {name: Finished(tmp_path / name, {}) for name in errors}
        collection = Collection(catalogue.SUITES[suite], suite, runs, {})
        page = ''.join(sections(collection)).split('\n## ')
        return next(part for part in page if part.startswith(title))

    return text_of


def row_of(text, name):
    cells = [line.split(' | ') for line in text.splitlines()]
    return next(row[1:] for row in cells if row[0] == f'| {name}')


def test_changes_are_compared_with_the_default_of_their_seed(section):
    title = 'the same weights, decoded by the plain mean (Eq. 2)'
    assert catalogue.ABLATION[title].seed == Run().seed == 0
    errors = {Run().name: 2, Run(seed=1).name: 4, catalogue.ABLATION[title].name: 1}
    text = section('What the paper left open', errors)
    assert row_of(text, title)[-1] == '0.50 |'
    assert row_of(text, 'default')[-2:] == ['1', '1.00 |']
    assert row_of(text, 'default, 2 seeds')[-3:] == ['2.00 ± 0.00', '2', '1.50 |']
    spread = np.std([2, 4], ddof=1) / 3
    assert f'2 seeds of the default spread by {spread:.2f} of their mean' in text


def test_growth_is_of_whole_sets_of_repeats(section, tmp_path):
    folder = tmp_path / Run().name
    whole, begun = list(robustness.PERTURBATIONS)[:2]
    for seed in robustness.SEEDS:
        write(folder / robustness.dump_name(whole, seed), 2 + seed)
    for seed in list(robustness.SEEDS)[1:]:
        write(folder / robustness.dump_name(begun, seed), 9)
    text = section('Shifted and covered heads', {Run().name: 2})
    assert 'n = 2 heads, one training, 5 repeats' in text
    cells = row_of(text, catalogue.METHODS['bernoulli'].title)
    assert cells == ['2.00', '4.00 ± 1.58 (x2.00)', '-', '-', '- |']
    assert f'grows at most 2.00 times ({whole}).' in text


@pytest.mark.parametrize(
    ('suite', 'command'),
    [('sample', 'run peers`'), ('published', 'run peers --suite published`')],
)
def test_commands_name_the_suite(section, suite, command):
    assert command in section('The approaches', {Run().name: 2}, suite)
