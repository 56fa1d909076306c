"""Runs in their folders: what counts as finished, and what is left of others."""

import json
from types import SimpleNamespace

import pytest
from mmengine.config import Config

from bernoulli_mmpose.experiments import catalogue, records, training


def config_of(root='data', margin=0.4, limit=99):
    dataset = dict(type='D', data_root=root, margin=margin, pipeline=[dict(type='T')])
    loader = dict(batch_size=2, dataset=dict(datasets=[dataset]))
    tests = dict(dataset=dict(type='D', data_root=root, max_abs_angle=limit))
    return Config(
        dict(
            model=dict(type='M'),
            train_cfg=dict(max_iters=3),
            train_dataloader=loader,
            test_dataloader=tests,
            randomness=dict(seed=4),
        )
    )


@pytest.fixture
def replaced(monkeypatch):
    """Neither trains nor tests; results are what was written by hand."""

    def train(folder, _):
        (folder / 'last.pth').touch()
        return folder / 'last.pth'

    def evaluate(_, __, dump_file):
        dump_file.write_text('new')

    monkeypatch.setattr(training, '_train', train)
    monkeypatch.setattr(training, 'evaluate', evaluate)
    monkeypatch.setattr(training, '_count_parameters', lambda _: 5)
    monkeypatch.setattr(training.HeadPoseResults, 'read', lambda _: [0, 0])


no_training = pytest.mark.usefixtures('replaced')


@no_training
def test_an_unfinished_run_is_done_again_from_the_start(tmp_path):
    folder = tmp_path / 'run'
    folder.mkdir()
    for name in ('results.csv', 'results_shift_0.csv', '.0123abcd.part.json'):
        (folder / name).write_text('of other weights')
    config_of().dump(folder / records.CONFIG)
    assert records.find_run(folder, config_of()) is None
    done = training.train_and_test(config_of(), folder, 1)
    assert (folder / 'results.csv').read_text() == 'new'
    assert not (folder / 'results_shift_0.csv').exists()
    assert not (folder / '.0123abcd.part.json').exists()
    assert (done.record['crops'], done.record['seed']) == (6, 4)
    assert records.find_run(folder, config_of('moved')).record == done.record


@no_training
def test_the_revision_is_that_of_the_start(tmp_path, monkeypatch):
    found = iter(['before', 'after'])
    monkeypatch.setattr(training, 'revision', lambda: next(found))
    done = training.train_and_test(config_of(), tmp_path, 1)
    assert done.record['revision'] == 'before'


@no_training
def test_a_training_that_breaks_leaves_no_record(tmp_path, monkeypatch):
    def broken(*_):
        raise OSError('no space')

    monkeypatch.setattr(training, 'evaluate', broken)
    with pytest.raises(OSError, match='no space'):
        training.train_and_test(config_of(), tmp_path / 'run', 1)
    assert records.find_run(tmp_path / 'run', config_of()) is None


@no_training
def test_a_run_on_other_data_is_refused(tmp_path):
    training.train_and_test(config_of(), tmp_path, 1)
    with pytest.raises(ValueError, match='another config .data differs.. Move it'):
        records.find_run(tmp_path, config_of(margin=0.5))
    with pytest.raises(ValueError, match='another config .test data differs'):
        records.find_run(tmp_path, config_of(limit=90))


RECORD = '{"name": "x", "device": "cpu", "heads_tested": %s}'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'JSON'),
        ('{"name": ', 'JSON'),
        ('[' * 10**5, 'JSON'),
        (RECORD % ('1' * 5000), 'JSON'),
        (RECORD % 'NaN', 'JSON, got: NaN'),
        ('[1, 2]', 'the record of a run'),
        ('null', 'the record of a run'),
        ('{"name": "x"}', 'the record of a run'),
        (RECORD % ('1' * 400), 'a number as heads_tested, got 1111'),
        (RECORD % '-1', 'a number as heads_tested, got -1'),
        (RECORD % '[1]', r'a number as heads_tested, got \[1\]'),
        (RECORD % 'true', 'a number as heads_tested, got True'),
    ],
)
def test_a_damaged_record_is_named(tmp_path, text, message):
    (tmp_path / 'run.json').write_text(text)
    with pytest.raises(ValueError, match=rf'run\.json: expected {message}'):
        records.read_run(tmp_path)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (
            dict(minutes_of_training='x'),
            "expected a number as minutes_of_training, got 'x'",
        ),
        (dict(crops=[]), r'expected a number as crops, got \[\]'),
        (dict(minutes_of_training=2, threads=None), 'a number as threads, got None'),
        (dict(device=None), 'expected text as device, got None'),
        (dict(heads_tested=True), 'expected a number as heads_tested, got True'),
        (dict(heads_tested=None), 'expected a number as heads_tested, got None'),
        (dict(name='other'), 'expected the record of run, got other'),
        (dict(minutes_of_training=2), 'expected threads beside minutes_of_training'),
    ],
)
@no_training
def test_what_is_wrong_with_a_record_is_told(tmp_path, changes, message):
    folder = tmp_path / 'run'
    folder.mkdir()
    record = records.write_record(folder).record
    records.read_run(folder)
    (folder / 'run.json').write_text(json.dumps({**record, **changes}))
    with pytest.raises(ValueError, match=message):
        records.read_run(folder)


@no_training
def test_a_record_is_written_whole(tmp_path):
    record = records.write_record(tmp_path, minutes=1).record
    assert json.loads((tmp_path / 'run.json').read_text()) == record
    assert (record['minutes'], record['heads_tested']) == (1, 2)


@no_training
def test_a_test_of_replaced_weights_does_not_count(tmp_path):
    trained = training.train_and_test(config_of(), tmp_path / 'run', 1)
    again = tmp_path / 'again'
    training.retest(config_of(limit=90), again, trained)
    assert records.find_run(again, config_of(limit=90)) is not None
    trained.checkpoint.write_bytes(b'others')
    assert records.find_run(again, config_of(limit=90)) is None
    trained.checkpoint.unlink()  # weights may be thrown away
    assert records.find_run(again, config_of(limit=90)) is not None


@no_training
def test_cut_results_are_refused(tmp_path, monkeypatch):
    done = training.train_and_test(config_of(), tmp_path, 1)
    monkeypatch.setattr(training.HeadPoseResults, 'read', lambda _: [0])
    with pytest.raises(ValueError, match=r'results\.csv: expected 2 heads, got 1'):
        done.results()


@no_training
def test_damaged_files_of_a_run_are_named(tmp_path):
    done = training.train_and_test(config_of(), tmp_path, 1)
    (tmp_path / 'config.py').write_text('model = dict(')
    with pytest.raises(ValueError, match=r'config\.py: expected a config'):
        records.find_run(tmp_path, config_of())
    with pytest.raises(ValueError, match=r'run\.json: expected a checkpoint, got none'):
        _ = records.Finished(tmp_path, {**done.record, 'checkpoint': ''}).checkpoint


@no_training
def test_landmarks_are_told_apart_by_the_test_data_alone(tmp_path):
    folder = tmp_path / catalogue.LANDMARKS
    training.train_and_test(config_of(), folder, 1)
    assert records.find_run(folder, config_of(margin=0.5)) is not None
    with pytest.raises(ValueError, match='another config .test data differs'):
        records.find_run(folder, config_of(limit=90))


def test_a_training_keeps_its_memory_unless_told_otherwise(tmp_path, monkeypatch):
    seen = {}

    def run(_, env, **__):
        seen.update(env)
        (tmp_path / 'last_checkpoint').write_text('iter_3.pth')
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(training.subprocess, 'run', run)
    monkeypatch.setenv('MALLOC_TRIM_THRESHOLD_', '5')
    monkeypatch.setenv('OMP_NUM_THREADS', '5')
    assert training._train(tmp_path, 1) == tmp_path / 'iter_3.pth'
    assert seen['MALLOC_TRIM_THRESHOLD_'] == '5'
    assert int(seen['MALLOC_MMAP_THRESHOLD_']) == 2**25
    assert seen['OMP_NUM_THREADS'] == '1'
