"""From training to the page and back, on tiny pictures that are trained on once."""

import io
import json
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from bernoulli_mmpose.experiments.bench import Bench

RUN = 'run', 'robustness', 'ablation', '--iterations', '2', '--jobs', '2'
ONE = '--methods', 'bernoulli'
NAME = 'head_bernoulli_seed0'

needs_page = pytest.mark.usefixtures('reported')


@pytest.fixture(scope='module')
def trained(main, tiny_once):
    """The folder of it all, the options that name it, and what was printed."""
    place, options = tiny_once
    with redirect_stdout(io.StringIO()) as printed:
        main([*RUN, *ONE, *options])
    return place, options, printed.getvalue()


@pytest.fixture(scope='module')
def reported(main, trained):
    """The page and the list of its runs."""
    place, options, _ = trained
    main(['report', '--iterations', '2', '--docs', str(place / 'docs'), *options])
    return read_docs(place)


def read_docs(place):
    page = (place / 'docs' / 'results.md').read_text()
    return page, json.loads((place / 'docs' / 'results' / 'runs.json').read_text())


def test_a_run_leaves_its_records(trained):
    place, _, printed = trained
    assert f'{NAME}: training' in printed
    folder = place / 'out' / 'sample' / NAME
    record = json.loads((folder / 'run.json').read_text())
    assert record['crops'] == 128
    assert record['heads_tested'] == 6
    assert len(list(folder.glob('results_*.csv'))) == 4
    shifted = (folder / 'results_shift-0.1_0.csv').read_text()
    assert shifted != (folder / 'results_shift-0.1_1.csv').read_text()

    again = json.loads(
        (folder.parent / 'head_bernoulli_eq2_seed0/run.json').read_text()
    )
    assert again['weights_of'] == folder.name
    assert 'minutes_of_training' not in again


def test_what_is_finished_is_not_trained_again(main, trained, capsys):
    _, options, _ = trained
    main([*RUN, *ONE, *options])
    assert '(finished before)' in capsys.readouterr().out
    with pytest.raises(ValueError, match='another config .train_cfg differs'):
        main(['run', 'peers', '--iterations', '3', *ONE, *options])


def test_pictures_are_of_a_head_of_each_kind(main, trained, monkeypatch):
    _, options, _ = trained
    calls = []
    monkeypatch.setattr(Bench, '_run_tool', lambda _, *words: calls.append(words))
    main(['pictures', '--number', '2', *options])
    assert [call[0] for call in calls] == ['summarize'] + 4 * ['feature_maps']
    assert all(Path(call[3]).is_file() for call in calls[1:])


def test_runs_of_other_configs_are_not_reported(main, trained, tmp_path):
    _, options, _ = trained
    with pytest.raises(ValueError, match='another config .train_cfg differs'):
        main(['report', '--docs', str(tmp_path / 'docs'), *options])


def test_the_page_tells_what_was_run(reported):
    page, _ = reported
    assert 'GENKI-4K, MAE in degrees (n = 3 heads)' in page
    assert 'a short schedule of 128 crops; 1 training of' in page
    assert 'HRNet `w18_small_v1` from scratch, 64x64 input' in page
    assert 'n = 3 heads, one training, 2 repeats' in page
    assert page.count('Not run.') == 3  # background, protocols and people


def test_the_page_has_the_figures_of_the_list(reported):
    page, listed = reported
    default = next(run for run in listed if run['name'] == NAME)
    table = page.split('**Approaches: GENKI-4K')[1]
    row = next(r for r in table.splitlines() if r.startswith('| Bernoulli heatmap |'))
    figures = default['figures']['genki4k']
    angles = [f'{figures[f"mae_{name}"]:.2f}' for name in ('pitch', 'yaw', 'roll')]
    assert row.split(' | ')[1:4] == angles
    assert len(default['perturbed_mae']['genki4k']['shift-0.1']) == 2


def test_the_page_shows_every_plot(trained, reported):
    place, *_ = trained
    page, _ = reported
    pictures = {path.name for path in (place / 'docs' / 'results').glob('*.png')}
    assert {'radius_genki4k.png', 'peers_genki4k_shares.png'} <= pictures
    linked = {
        line.split('(results/')[1][:-1] for line in page.splitlines() if '![' in line
    }
    assert linked == pictures


def test_restored_runs_give_the_same_page(main, trained, reported):
    place, *_ = trained
    elsewhere = '--out', str(place / 'elsewhere'), '--docs', str(place / 'docs')
    for command in ('restore', 'report'):
        main([command, '--iterations', '2', *elsewhere])
    assert not list((place / 'elsewhere').rglob('*.pth'))
    page, listed = reported
    again, listed_again = read_docs(place)
    assert again == page
    assert listed == listed_again


@needs_page
def test_logged_runs_are_not_lost(main, trained, tmp_path):
    """A page of fewer runs does not take the place of the archive of more."""
    place, *_ = trained
    out = tmp_path / 'out'
    shutil.copytree(place / 'out' / 'sample' / NAME, out / 'sample' / NAME)
    archive = place / 'docs' / 'results' / 'runs.tar.xz'
    before = archive.read_bytes()
    words = '--iterations', '2', '--out', str(out)
    lost = r'got 1 more .head_bernoulli_eq2_seed0/results\.csv .* `restore` brings'
    with pytest.raises(ValueError, match=lost):
        main(['report', '--docs', str(place / 'docs'), *words])
    assert archive.read_bytes() == before
    main(['report', '--docs', str(tmp_path / 'docs'), *words])


@needs_page
def test_logged_tests_of_a_run_are_not_lost(main, trained, tmp_path):
    place, *_ = trained
    for part in ('out', 'docs'):
        shutil.copytree(place / part, tmp_path / part)
    words = '--iterations', '2', '--out', str(tmp_path / 'out')
    (tmp_path / 'out' / 'sample' / NAME / 'results_shift-0.1_1.csv').unlink()
    with pytest.raises(ValueError, match=rf'got 1 more .{NAME}/results_shift-0\.1_1'):
        main(['report', '--docs', str(tmp_path / 'docs'), *words])


@needs_page
def test_a_test_without_its_weights_does_not_stop_the_others(main, trained, tmp_path):
    place, *_ = trained
    shutil.copytree(place / 'out', tmp_path / 'out')
    folder = tmp_path / 'out' / 'sample' / NAME
    next(folder.glob('*.pth')).unlink()
    (folder / 'results_shift-0.1_1.csv').unlink()
    words = '--iterations', '2', '--out', str(tmp_path / 'out')
    with pytest.raises(
        RuntimeError, match=rf'1 trainings or tests failed.*\n{NAME}: FileNotFoundError'
    ):
        main(['run', 'robustness', *ONE, *words])


@needs_page
def test_what_is_not_restored_is_named(main, trained, tmp_path, capsys):
    place, *_ = trained
    left = tmp_path / 'out' / 'sample' / NAME
    left.mkdir(parents=True)
    (left / 'train.log').write_text('of a training that was stopped')
    words = '--iterations', '2', '--out', str(tmp_path / 'out')
    main(['restore', '--docs', str(place / 'docs'), *words])
    printed = capsys.readouterr().out
    assert f'{left} left alone: unfinished' in printed
    assert f'1 runs restored from {place}' in printed
    with pytest.raises(
        FileNotFoundError, match=r'none/results/runs\.tar\.xz: expected'
    ):
        main(['restore', '--docs', str(tmp_path / 'none'), *words])
