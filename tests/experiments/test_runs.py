"""The table of runs, their configs, and what is done with their folders."""

import csv
import json
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
from experiments import heads, plan
from experiments.configs import compose, compose_test
from experiments.errors import scores, select
from experiments.plan import Plan, Run
from experiments.runner import CONFIG, RECORD, Runner, check_folder

ROOT = Path(__file__).parents[2]
TEST_PEOPLE = {'person03', 'person07', 'person12'}


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(ROOT / 'tools' / 'experiment.py'))['main']


@pytest.mark.parametrize(
    ('suite', 'count', 'trained'), [('sample', 123, 122), ('published', 66, 64)]
)
def test_every_run_of_the_table_is_a_config(suite, count, trained):
    of_suite = Plan(suite)
    runs = of_suite.runs()
    assert len(runs) == count
    assert sum(run.method != plan.LANDMARKS for run in runs.values()) == trained
    seen: set[str] = set()
    for name, run in of_suite.runs().items():
        parts = {f'data {run.data}', f'method {run.method}', run.variant}
        if parts <= seen:
            continue
        seen |= parts
        config = compose(of_suite, run)
        assert config.experiment_name == name
        for test in of_suite.tests_of(run):
            compose_test(config, of_suite.tests[test], 3)


def test_no_one_is_tested_on_whom_settings_were_chosen():
    for key, data in Plan().data.items():
        if key.startswith(('fold', 'protocol')):
            (tested,) = (v for k, v in data['test'].items() if k.endswith('subjects'))
            (names,) = (k for k in data['train'] if k.endswith('subjects'))
            assert TEST_PEOPLE.isdisjoint(tested)
            excluded = names.endswith('exclude_subjects')
            assert set(data['train'][names]).isdisjoint(tested) != excluded


def test_changes_reach_the_config():
    suite = Plan()
    config = compose(suite, Run(variant='r2', seed=2), iterations=7)
    steps = config.train_dataloader.dataset.pipeline
    (target,) = (step for step in steps if step['type'] == 'GenerateTarget')
    assert target.encoder.radius == config.model.head.decoder.radius == 2
    assert (config.train_cfg.max_iters, config.randomness.seed) == (7, 2)
    config = compose(suite, Run('only-genki4k', 'sixd', 'lr0.0005'))
    assert config.optim_wrapper.optimizer.lr == 0.0005
    (learnt,) = config.train_dataloader.dataset.datasets
    assert learnt.dataset_name == 'genki4k'
    assert len(config.test_dataloader.dataset.datasets) == 3
    paper = compose(Plan('published'), Run('wild', 'paper'))
    assert paper.optim_wrapper.optimizer.type == 'Adam'  # by its own schedule


@pytest.mark.parametrize(
    ('test', 'place'), [('shift-0.1', 'before'), ('occlusion-0.4', 'after')]
)
def test_a_step_of_a_test_stands_before_or_after_the_crop_is_cut(test, place):
    config = compose(Plan(), Run())
    changed = compose_test(config, Plan().tests[test], 4)
    steps = [step['type'] for step in changed.test_dataloader.dataset.pipeline]
    cut = steps.index('TopdownAffine')
    step = changed.test_dataloader.dataset.pipeline[
        cut - 1 if place == 'before' else cut + 1
    ]
    assert (step['seed'], step['type'][:4]) == (4, 'Head')
    assert len(config.test_dataloader.dataset.pipeline) == len(steps) - 1


def write_set(folder: Path, rng: np.random.Generator, roll: bool) -> None:
    folder.mkdir(parents=True)
    names = ('image', 'x', 'y', 'w', 'h', 'pitch', 'yaw', 'roll', 'subject', 'split')
    with (folder / 'annotations.csv').open('w') as file:
        rows = csv.writer(file)
        rows.writerow(names)
        for i in range(8):
            image = rng.integers(0, 255, (80, 90, 3)).astype(np.uint8)
            cv2.imwrite(str(folder / f'{i}.png'), image)
            angles = [3 * i, -5 * i, i] if roll else [4 * i, 6 * i, '']
            split = 'train' if i < 5 else 'test'
            rows.writerow([f'{i}.png', 30, 20, 40, 40, *angles, f'p{i}', split])


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Two sets of eight pictures, and a suite of one question on them."""
    rng = np.random.default_rng(0)
    write_set(tmp_path / 'data' / 'pointing04', rng, roll=False)
    write_set(tmp_path / 'data' / 'genki4k', rng, roll=True)
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(tmp_path / 'data'))
    table = plan.read_table()
    table['data']['sample']['head'].pop('more_tests')
    table['tests']['shift-0.1']['repeats'] = 1
    runs = [{'methods': ['bernoulli', 'bins'], 'tests': ['shift-0.1']}]
    table['questions'] = {'robustness': {'title': 'Moved', 'runs': runs}}
    monkeypatch.setattr(plan, 'read_table', lambda: table)
    return tmp_path


@pytest.fixture
def without_training(monkeypatch):
    """Commands only note their words; those of a run whose name has 'bins' fail."""
    called = []

    def call(_, words, folder, log):
        if 'bins' in folder.name:
            raise RuntimeError(f'{log} failed')
        called.append([str(word) for word in words][:2])
        (folder / 'last_checkpoint').write_text('iter_2.pth')
        (folder / 'iter_2.pth').touch()

    monkeypatch.setattr(Runner, '_call', call)
    return called


def test_a_run_that_fails_does_not_stop_others_and_is_not_finished(
    tiny, without_training, capsys
):
    runner = Runner(Plan(), tiny / 'out', jobs=2, iterations=2)
    left = runner.folder / 'head_bernoulli_seed0' / 'results_shift-0.1_0.csv'
    left.parent.mkdir(parents=True)
    left.write_text('of other weights')
    with pytest.raises(
        RuntimeError, match='1 runs failed.*\nhead_bins_seed0: RuntimeError'
    ):
        runner.run(Plan().runs())
    assert without_training == [['mim', 'train'], *[['mim', 'test']] * 2]
    assert not left.exists()
    assert '[2/2]' in capsys.readouterr().out
    record = json.loads((left.parent / RECORD).read_text())
    assert (record['run'], record['minutes']) == ('head_bernoulli_seed0', 0)
    assert not (runner.folder / 'head_bins_seed0' / RECORD).exists()
    without_training.clear()
    with pytest.raises(RuntimeError, match='1 runs failed'):
        runner.run(Plan().runs())
    assert without_training == [['mim', 'test']]  # that gave no results


@pytest.mark.usefixtures('without_training')
def test_a_folder_of_another_config_is_refused_and_moved_data_is_not(tiny, monkeypatch):
    suite, run = Plan(), Run()
    runner = Runner(suite, tiny, iterations=2)
    runner.run({run.name: run})
    folder = runner.folder / run.name
    assert list(runner.finished()) == [run.name]
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', 'elsewhere')
    assert check_folder(folder, compose(suite, run, 2))
    with pytest.raises(ValueError, match='another config .train_cfg differs'):
        check_folder(folder, compose(suite, run, 3))
    (folder / CONFIG).write_text('import os')
    with pytest.raises(ValueError, match='config'):
        check_folder(folder, compose(suite, run, 2))
    with pytest.raises(FileNotFoundError, match='elsewhere/genki4k.*DATA_ROOT'):
        runner.run({run.name: run})


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['run', 'wrong'], 'expected some of approaches, .*, all, got wrong'),
        (['run', 'people', '--suite', 'published'], 'runs of the suite published'),
        (['run', 'all', '--runs', 'x'], "match 'x', got none"),
        (['errors', '--docs', 'nowhere'], 'nowhere/results/errors.*found none'),
        (['errors', 'x'], 'x: expected names of runs'),
    ],
)
def test_what_a_user_can_get_wrong_is_named(main, words, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        main(words)


def test_counts_below_one_are_refused(main, capsys):
    with pytest.raises(SystemExit):
        main(['run', 'all', '--jobs', '0'])
    assert '--jobs: expected 1 or more, got 0' in capsys.readouterr().err


def test_the_list_counts_finished_runs(main, tmp_path, capsys):
    main(['list', '--out', str(tmp_path)])
    assert 'ablation' in capsys.readouterr().out


@pytest.mark.slow
def test_from_training_to_the_page(main, tiny, capsys):
    options = ['--out', str(tiny / 'out'), '--iterations', '2']
    command = ['run', 'all', '--runs', 'head_bins*', *options]
    main(command)
    docs = ['--docs', str(tiny / 'docs')]
    main(['collect', *options, *docs])
    main(['report', *docs])
    page = (tiny / 'docs' / 'results.md').read_text()
    assert '| bins, ' in page
    assert (tiny / 'docs' / 'results' / 'robustness.png').stat().st_size > 1000
    table = heads.read_table(tiny / 'docs' / 'results' / heads.TABLE)
    assert len(table) == 2 * 6  # tests, heads
    results = heads.read_results(tiny / 'out/sample/head_bins_seed0/results.csv')
    found = select(scores(table), 'head_bins', 'genki4k').iloc[0]
    exact = results[results['dataset'] == 'genki4k'][heads.ANGLES].abs().mean()
    assert found[heads.ANGLES].to_list() == pytest.approx(exact.to_list(), abs=0.02)
    capsys.readouterr()
    main(['errors', 'head_bins*', *docs])
    assert 'shift-0.1' in capsys.readouterr().out
    main(command)
    assert 'head_bins_seed0: finished before' in capsys.readouterr().out
