"""A suite of a few tiny pictures, and the tool that runs it."""

import csv
import runpy
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_mmpose.experiments import catalogue, robustness, suites

ROOT = Path(__file__).parents[2]
HEADER = ('image', 'x', 'y', 'w', 'h', 'pitch', 'yaw', 'roll', 'subject', 'split')


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(ROOT / 'tools' / 'experiments.py'))['main']


def write_set(folder, rng, roll):
    folder.mkdir(parents=True)
    with (folder / 'annotations.csv').open('w') as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for i in range(8):
            image = rng.integers(0, 255, (80, 90, 3)).astype(np.uint8)
            cv2.imwrite(str(folder / f'{i}.png'), image)
            split = 'train' if i < 5 else 'test'
            angles = [3 * i, -5 * i, i] if roll else [4 * i, 6 * i, '']
            rows.writerow([f'{i}.png', 30, 20, 40, 40, *angles, f'p{i}', split])


def shrink(tmp_path, monkeypatch):
    """A suite of two sets of eight pictures, with one seed."""
    rng = np.random.default_rng(0)
    write_set(tmp_path / 'data' / 'pointing04', rng, roll=False)
    write_set(tmp_path / 'data' / 'genki4k', rng, roll=True)
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(tmp_path / 'data'))
    sample = suites.SUITES['sample']
    data = {**sample.data, 'head': replace(sample.data['head'], more_tests=())}
    suite = replace(sample, data=data, seeds=1)
    monkeypatch.setitem(suites.SUITES, 'sample', suite)
    for name in list(robustness.PERTURBATIONS)[1:3]:
        monkeypatch.delitem(robustness.PERTURBATIONS, name)
    monkeypatch.setattr(robustness, 'SEEDS', range(2))
    for title, run in list(catalogue.ABLATION.items()):
        if run.variant != 'eq2':
            monkeypatch.delitem(catalogue.ABLATION, title)
    return ['--out', str(tmp_path / 'out')]


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Options of a command on the suite of :func:`shrink`."""
    return shrink(tmp_path, monkeypatch)


@pytest.fixture(scope='module')
def tiny_once(tmp_path_factory):
    """The same for all tests of a module, and the folder that holds it."""
    folder = tmp_path_factory.mktemp('tiny')
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield folder, shrink(folder, monkeypatch)
