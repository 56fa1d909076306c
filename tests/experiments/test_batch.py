"""Many trainings: what fails is told last, what cannot start is told first."""

from pathlib import Path

import pytest
from mmengine.config import Config

from bernoulli_mmpose.experiments import batch


def config_of(*folders):
    sets = [dict(data_root=str(folder)) for folder in folders]
    loader = dict(dataset=dict(datasets=sets))
    return Config(dict(train_dataloader=loader, test_dataloader=loader))


@pytest.fixture
def trained(monkeypatch):
    """Folders that were trained; those named 'bad' fail."""
    calls = []

    def train_and_test(_, folder, threads):
        calls.append(folder.name)
        if folder.name.startswith('bad'):
            raise RuntimeError(f'no luck with {threads} threads')
        return folder

    monkeypatch.setattr(batch, 'train_and_test', train_and_test)
    monkeypatch.setattr(batch, 'one_line', lambda run: f'figures of {run.name}')
    monkeypatch.setattr(batch.os, 'cpu_count', lambda: 4)
    return calls


@pytest.mark.parametrize(('jobs', 'threads'), [(1, 4), (3, 1)])
def test_one_that_fails_does_not_stop_the_others(
    trained, tmp_path, capsys, jobs, threads
):
    names = ('bad1', 'good1', 'bad2', 'good2')
    configs = {Path(tmp_path / name): config_of(tmp_path) for name in names}
    failures = batch.train_missing(configs, jobs)
    assert sorted(trained) == sorted(names)
    assert sorted(failures) == [
        f'{name}: RuntimeError: no luck with {threads} threads'
        for name in ('bad1', 'bad2')
    ]
    printed = capsys.readouterr().out
    assert 'good2: figures of good2' in printed
    assert all(f'[{number}/4]' in printed for number in range(1, 5))


def test_a_test_that_fails_is_told(capsys):
    done = []
    assert batch.attempt('good', done.append, 'its word') == []
    assert done == ['its word']
    line = "bad: ValueError: invalid literal for int() with base 10: 'its word'"
    assert batch.attempt('bad', int, 'its word') == [line]
    assert capsys.readouterr().out == f'{line}\n'


def test_missing_data_is_told_before_the_first_training(trained, tmp_path):
    configs = {
        tmp_path / 'one': config_of(tmp_path),
        tmp_path / 'two': config_of(tmp_path, tmp_path / 'nowhere'),
    }
    with pytest.raises(
        FileNotFoundError, match='folders of data, found none at .*nowhere .*DATA_ROOT'
    ):
        batch.train_missing(configs, 1)
    assert trained == []


def test_mim_makes_its_folder_before_two_trainings_start(
    trained, tmp_path, monkeypatch
):
    monkeypatch.setattr(batch.importlib, 'import_module', trained.append)
    batch.train_missing({tmp_path / 'one': config_of(tmp_path)}, 2)
    assert trained == ['mim', 'one']
