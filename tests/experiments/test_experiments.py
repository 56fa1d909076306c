"""tools/experiments.py from training to the page, on a few tiny pictures."""

import json
from pathlib import Path

import numpy as np
import pytest

from bernoulli_mmpose.experiments import catalogue, findings
from bernoulli_mmpose.experiments.figures import (
    cell,
    error_table,
    on_common_heads,
    part,
    pooled,
    standard_error,
)

ONE = ('--methods', 'bernoulli')


def test_from_training_to_the_page(main, tiny, tmp_path, capsys, monkeypatch):
    run = ['run', 'robustness', 'ablation', '--iterations', '2', '--jobs', '2']
    run += [*ONE, *tiny]
    main(run)
    assert 'head_bernoulli_seed0: training' in capsys.readouterr().out
    folder = tmp_path / 'out' / 'sample' / 'head_bernoulli_seed0'
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

    main(run)
    assert '(finished before)' in capsys.readouterr().out
    with pytest.raises(ValueError, match='another config .train_cfg differs'):
        main(['run', 'peers', '--iterations', '3', *ONE, *tiny])

    calls = []
    monkeypatch.setitem(
        main.__globals__, 'run_tool', lambda *words: calls.append(words)
    )
    main(['pictures', '--number', '2', *tiny])
    assert [call[0] for call in calls] == ['summarize'] + 4 * ['feature_maps']
    assert all(Path(call[3]).is_file() for call in calls[1:])

    with pytest.raises(ValueError, match='another config .train_cfg differs'):
        main(['report', '--docs', str(tmp_path / 'docs'), *tiny])
    main(['report', '--iterations', '2', '--docs', str(tmp_path / 'docs'), *tiny])
    page = (tmp_path / 'docs' / 'results.md').read_text()
    assert 'GENKI-4K, MAE in degrees (n = 3 heads)' in page
    assert 'a short schedule of 128 crops; 1 training of' in page
    assert 'HRNet `w18_small_v1` from scratch, 64x64 input' in page
    assert 'n = 3 heads, one training, 2 repeats' in page
    assert page.count('Not run.') == 3  # background, protocols and people
    listed = json.loads((tmp_path / 'docs' / 'results' / 'runs.json').read_text())
    default = next(run for run in listed if run['name'] == folder.name)
    table = page.split('**Approaches: GENKI-4K')[1]
    row = next(r for r in table.splitlines() if r.startswith('| Bernoulli heatmap |'))
    figures = default['figures']['genki4k']
    angles = [f'{figures[f"mae_{name}"]:.2f}' for name in ('pitch', 'yaw', 'roll')]
    assert row.split(' | ')[1:4] == angles
    assert len(default['perturbed_mae']['genki4k']['shift-0.1']) == 2
    pictures = {path.name for path in (tmp_path / 'docs' / 'results').glob('*.png')}
    assert {'radius_genki4k.png', 'peers_genki4k_shares.png'} <= pictures
    linked = {
        line.split('(results/')[1][:-1] for line in page.splitlines() if '![' in line
    }
    assert linked == pictures

    elsewhere = ['--out', str(tmp_path / 'elsewhere')]
    for command in ('restore', 'report'):
        main(
            [command, '--iterations', '2', '--docs', str(tmp_path / 'docs'), *elsewhere]
        )
    assert not list((tmp_path / 'elsewhere').rglob('*.pth'))
    again = (tmp_path / 'docs' / 'results.md').read_text()
    assert again == page
    assert listed == json.loads(
        (tmp_path / 'docs' / 'results' / 'runs.json').read_text()
    )


def test_a_failed_training_names_its_log(main, tiny, tmp_path):
    (tmp_path / 'data' / 'genki4k' / 'annotations.csv').unlink()
    with pytest.raises(RuntimeError, match='training failed with status .*train.log'):
        main(['run', 'peers', '--iterations', '2', *ONE, *tiny])
    assert not list((tmp_path / 'out').rglob('run.json'))


def test_missing_data_is_told_at_once(main, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(tmp_path / 'elsewhere'))
    with pytest.raises(FileNotFoundError, match='found none at .*elsewhere/genki4k'):
        main(['run', 'peers', '--iterations', '2', *ONE, *tiny])
    assert not (tmp_path / 'out').exists()


def test_nothing_to_run_is_told(main, tiny):
    with pytest.raises(
        ValueError, match='in radius .*bernoulli, paper.*, got sixd bins'
    ):
        main(['run', 'radius', '--methods', 'sixd', 'bins', *tiny])


def test_an_out_that_is_a_file_is_refused(main, tiny, tmp_path, capsys):
    (tmp_path / 'out').write_text('')
    with pytest.raises(SystemExit):
        main(['run', 'peers', *ONE, *tiny])
    assert '--out: expected a folder, got ' in capsys.readouterr().err


def test_a_page_of_nothing_is_refused(main, tiny, tmp_path):
    with pytest.raises(FileNotFoundError, match='expected finished runs, got none'):
        main(['report', '--docs', str(tmp_path / 'docs'), *tiny])


@pytest.mark.parametrize('option', ['--seeds', '--jobs', '--iterations'])
def test_counts_below_one_are_refused(main, tiny, option, capsys):
    with pytest.raises(SystemExit):
        main(['run', 'peers', option, '0', *tiny])
    assert f'{option}: expected 1 or more, got 0' in capsys.readouterr().err


def test_experiments_are_listed(main, tiny, capsys):
    main(['list', *tiny])
    printed = capsys.readouterr().out
    assert all(name in printed for name in catalogue.EXPERIMENTS)


def results_of(errors, dataset='a'):
    from bernoulli_mmpose.evaluation import HeadPoseResults

    count = len(errors)
    labels = np.zeros((count, 3))
    return HeadPoseResults(
        img_path=[str(i) for i in range(count)],
        dataset=[dataset] * count,
        subject=[''] * count,
        labels=labels,
        predicted=np.array(errors, dtype=float),
        std=np.ones((count, 3)),
        geodesic=np.full(count, 2.0),
        score=np.ones(count),
        centre=np.zeros((count, 2)),
        bbox=np.ones((count, 4)),
    )


def shown(name):
    return {'a': 'A'}.get(name, name)


CHANCES = {'a': 0.05, 'c': 0.05}


@pytest.fixture
def one_two_four():
    """Repeats with errors of 1, 2 and 4 degrees on two test sets."""
    return [[results_of([[e, e, e]]), results_of([[e, e, e]], 'b')] for e in (1, 2, 4)]


def test_sentences_on_ratios(one_two_four):
    one, two, four = one_two_four
    text = findings.ratios({'o': two, 't': four, 'l': one}, 'o', 't', ['a', 'c'], shown)
    assert text == '- A: mean error of o 0.50 of that of t; the lowest is of l.\n'
    text = findings.ratios({'o': two, 't': four}, 'o', 't', ['b'], shown)
    assert text == '- b: mean error of o 0.50 of that of t.\n'
    three = {'o': two, 't': four, 'x': four}
    text = findings.ratios(three, 'o', 't', ['b'], shown)
    assert text.endswith('of that of t; the lowest of all.\n')


def test_sentences_on_the_best_of_several(one_two_four):
    _, two, four = one_two_four
    tried = {'best': two, 'other': four}
    text = findings.against_the_best('o', four, tried, ['a', 'c'], shown)
    assert text == (
        '- A: mean error of o in its default 2.00 of that of best, the best of 2 '
        'settings (1 seed).\n'
    )
    assert findings.against_the_best('o', four, {'best': two}, ['a'], shown) == ''


def test_sentences_on_fusion(one_two_four):
    one, two, four = one_two_four
    pairs = {'2': one, '3': two}, {'2': two, '3': four}
    lower = findings.fusion(*pairs, CHANCES, shown)
    assert '0.50 of that without, in the mean of 2 radii (lower at 2)' in lower
    assert lower.endswith('as in the paper; with it, lowest at r = 2.\n')
    pairs = {'2': one, '3': four}, {'2': two, '3': two}
    higher = findings.fusion(*pairs, CHANCES, shown)
    assert '1.25 of' in higher
    assert '**unlike in the paper**' in higher
    assert ', level (within' in findings.fusion(*pairs, {'a': 0.126}, shown)
    assert '**unlike in the paper**' in findings.fusion(*pairs, {'a': 0.124}, shown)
    unknown = findings.fusion(*pairs, {'a': np.nan}, shown)
    assert 'of one seed, so it may be chance' in unknown
    assert findings.fusion({'2': one}, {'2': []}, CHANCES, shown) == ''


def test_sentences_on_the_background(one_two_four):
    one, _, four = one_two_four
    further = findings.background({'o': one}, {'o': four}, CHANCES, shown)
    assert 'of o is 4.00 times that without, higher.' in further
    nearer = findings.background({'o': four}, {'o': one}, CHANCES, shown)
    assert '0.25 times that without, lower.' in nearer
    assert findings.background({'o': one}, {'o': []}, CHANCES, shown) == ''


def test_sentences_on_protocols(one_two_four):
    one, two, four = one_two_four
    rising = findings.protocols({'8': one, '6': two, '4': four}, CHANCES, shown)
    assert '1.00, 2.00, 4.00 degrees' in rising
    assert ': rising; from first to last as in the paper' in rising
    mixed = findings.protocols({'8': one, '6': four, '4': two}, CHANCES, shown)
    assert ': not rising throughout; from first to last as in the paper' in mixed
    falling = findings.protocols({'8': two, '6': one}, CHANCES, shown)
    assert 'from first to last **unlike in the paper**' in falling


def test_sentences_on_the_ablation(one_two_four):
    one, two, four = one_two_four
    settings = {'default': two, 'x': one, 'y': four, 'z': four}
    everywhere = 'Lower on every test set, by whatever amount: x.'
    assert findings.ablation(settings, {'a': np.nan}, shown) == f'- {everywhere}\n'
    text = findings.ablation(settings, {'a': 0.2}, shown)  # 2 x 0.2 x sqrt(2) = 0.57
    assert '1 of 3 changes are level with the default (within 0.57 of its' in text
    assert 'the ratio to the default: y (2.00); z (2.00).' in text
    text = findings.ablation(settings, {'a': 0.1, 'b': 0.1}, shown)
    assert 'A: 0 of 3 changes are level' in text
    assert 'b: 0 of 3 changes are level' in text
    assert text.endswith(f'{everywhere}\n')


def test_the_larger_spread_counts_over_seeds():
    repeats = [results_of([[e, e, e]]) for e in (1, 3)]
    own = np.sqrt(2) / 2  # standard deviation over the mean
    assert standard_error(repeats, 'a') == pytest.approx(own / np.sqrt(2))
    assert standard_error(repeats, 'a', 0.1) == pytest.approx(own / np.sqrt(2))
    assert standard_error(repeats, 'a', 0.8) == pytest.approx(0.8 / np.sqrt(2))
    assert standard_error(repeats[:1], 'a', 0.1) == pytest.approx(0.1)
    assert np.isnan(standard_error(repeats[:1], 'a'))
    assert np.isnan(standard_error(repeats, 'b', 0.1))
    pairs = {'2': repeats}, {'2': [results_of([[1, 1, 1]])] * 2}
    error = own / np.sqrt(2), 0.1 / np.sqrt(2)
    assert np.hypot(*error) > 0.5
    assert ', level (within' in findings.fusion(*pairs, {'a': 0.1}, str)


def test_repeats_are_pooled_and_compared_on_the_same_images():
    more, fewer = results_of([[1, 1, 1], [5, 5, 5]]), results_of([[2, 2, 2]])
    assert [len(results) for results in on_common_heads([more, fewer])] == [1, 1]
    assert on_common_heads([more, fewer])[0].errors.tolist() == [[1, 1, 1]]
    assert pooled([more, fewer]).errors[:, 0].tolist() == [1, 5, 2]
    assert pooled([more, fewer]).img_path == ['0', '1', '0']


def test_means_and_spreads_over_seeds_by_hand():
    settings = {
        'ours': [results_of([[1, 2, 3]]), results_of([[3, 4, 5]])],
        'theirs': [results_of([[2, 4, 6], [-2, -4, -6]])],
        'of other data': [results_of([[1, 1, 1]], 'b')],
    }
    table = error_table('T', settings, 'a', against='theirs')
    assert table.title == 'T: a, MAE in degrees (n = 1 to 2 heads)'
    assert table.header == [
        *['', 'pitch', 'yaw', 'roll', 'mean', 'geodesic', 'seeds'],
        'mean, of theirs',
    ]
    spread = f'± {np.sqrt(2):.2f}'
    assert table.rows == [
        [
            'ours',
            *(f'{m:.2f} {spread}' for m in (2, 3, 4)),
            f'**3.00 {spread}**',
            '2.00 ± 0.00',
            '2',
            '0.75',
        ],
        ['theirs', '2.00', '4.00', '6.00', '4.00', '2.00', '1', '1.00'],
    ]
    assert error_table('T', settings, 'c') is None
    assert part(settings['ours'][0], 'b') is None
    assert cell(np.nan, np.nan) == '-'
