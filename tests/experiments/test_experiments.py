"""tools/experiments.py from training to the page, on a few tiny pictures."""

from dataclasses import replace

import experiments
import numpy as np
import pytest

from bernoulli_mmpose.experiments import by_person, catalogue, findings, suites
from bernoulli_mmpose.experiments.figures import (
    cell,
    error_table,
    on_common_heads,
    part,
    pooled,
    pooled_spread,
    standard_error,
)
from bernoulli_mmpose.experiments.verdicts import verdict_over_people

ONE = ('--methods', 'bernoulli')


def test_choices_are_those_of_the_catalogue():
    assert tuple(catalogue.EXPERIMENTS) == experiments.EXPERIMENTS
    assert tuple(catalogue.METHODS) == experiments.METHODS
    assert tuple(suites.SUITES) == experiments.SUITES


def test_a_failed_training_names_its_log(main, tiny, tmp_path):
    (tmp_path / 'data' / 'genki4k' / 'annotations.csv').unlink()
    with pytest.raises(RuntimeError, match='training failed with status .*train.log'):
        main(['run', 'ablation', '--iterations', '2', *tiny])
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
    text = findings.ratios({'o': two, 't': four, 'l': one}, 'o', 't', CHANCES, shown)
    assert (
        text
        == '- A: mean error of o is 0.50 of that of t, lower; the lowest is of l.\n'
    )
    # Of the ratio 0.5 the error is 0.5 x sqrt(2) of the chance of one training.
    text = findings.ratios({'o': two, 't': four}, 'o', 't', {'b': 0.35}, shown)
    assert text == '- b: mean error of o is 0.50 of that of t, lower.\n'
    text = findings.ratios({'o': two, 't': four}, 'o', 't', {'b': 0.36}, shown)
    assert text.endswith('of t, level (within two standard errors).\n')
    text = findings.ratios({'o': four, 't': two}, 'o', 't', {'b': 0.17}, shown)
    assert text == '- b: mean error of o is 2.00 of that of t, higher.\n'
    text = findings.ratios({'o': four, 't': two}, 'o', 't', {'b': 0.18}, shown)
    assert text.endswith('of t, level (within two standard errors).\n')
    three = {'o': two, 't': four, 'x': four}
    text = findings.ratios(three, 'o', 't', {'b': np.nan}, shown)
    assert text.endswith(
        'of that of t, of one seed, so it may be chance; the lowest of all.\n'
    )


def test_sentences_on_the_best_of_several(one_two_four):
    _, two, four = one_two_four
    tried = {'best': two, 'other': four}
    text = findings.against_the_best('o', four, tried, CHANCES, shown)
    assert text == (
        '- A: mean error of o in its default is 2.00 of that of best, higher; that is '
        'the best of 2 settings (1 seed).\n'
    )
    text = findings.against_the_best('o', four, tried, {'a': 0.8}, shown)
    assert 'of best, level (within two standard errors); that' in text
    assert findings.against_the_best('o', four, {'best': two}, CHANCES, shown) == ''


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
    # Of the ratio 1.25, of two pairs, the error is 1.25 of the chance of one training.
    level = ', level, where the paper has an effect (within'
    assert level in findings.fusion(*pairs, {'a': 0.101}, shown)
    assert '**unlike in the paper**' in findings.fusion(*pairs, {'a': 0.099}, shown)
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


def results_of_people(*errors):
    """A draw of people, a head each, with an error each on set 'a'."""
    results = results_of([[e, e, e] for e in errors])
    return replace(results, subject=[f'p{i}' for i in range(len(errors))])


def test_constant_offsets_are_signed_means_of_each_person():
    two = replace(results_of([[-3, 1, 1], [5, 1, 1], [-4, 1, 1]]), subject=[*'aab'])
    table = by_person.offsets_table({'us': two})
    assert table.header == ['', 'a', 'b', 'size']
    assert table.rows == [['us', '+1.0', '-4.0', '2.5']]


def test_sentences_on_protocols():
    """The people differ by more than the protocols do."""
    most, fewer, fewest = (
        [results_of_people(5 + e, 2 + e, 9 + e), results_of_people(7 + e, 3 + e)]
        for e in (0, 1, 2)
    )
    by_name = {'8': most, '6': fewer, '4': fewest}
    rising = by_person.protocols(by_name, ['a', 'c'], shown)
    assert '5.17, 6.17, 7.17 degrees' in rising
    assert ': rising; from first to last, over 3 people, as in the paper.' in rising
    by_name = {'8': most, '6': fewest, '4': fewer}
    mixed = by_person.protocols(by_name, ['a'], shown)
    assert ': not rising throughout; from first to last, over 3 people, as in' in mixed
    falling = by_person.protocols({'8': fewer, '6': most}, ['a'], shown)
    assert 'over 3 people, **unlike in the paper**' in falling
    with pytest.raises(ValueError, match='as many draws .* last protocol, got 2 and 1'):
        by_person.protocols({'8': most, '6': fewer[:1]}, ['a'], shown)
    with pytest.raises(ValueError, match='the same people .* got p0, p1 and p0, p1, p'):
        by_person.protocols({'8': fewer[1:], '6': most[:1]}, ['a'], shown)


@pytest.mark.parametrize(
    ('effects', 'text'),
    [
        # t of 0.975 with 2 degrees of freedom is 4.3027; the standard error is 1.
        ([4.30 - 3**0.5, 4.30, 4.30 + 3**0.5], 'level (within the 95 % interval'),
        ([4.31 - 3**0.5, 4.31, 4.31 + 3**0.5], 'up'),
        ([-4.31 - 3**0.5, -4.31, -4.31 + 3**0.5], 'down'),
        ([5], 'of one person, so it may be chance'),
    ],
)
def test_effects_on_people_are_weighed_by_their_number(effects, text):
    found = verdict_over_people(np.array(effects), ('up', 'down'))
    assert found.startswith(text)


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


def test_the_spread_is_of_all_settings_with_several_seeds():
    three = [results_of([[e, e, e]]) for e in (1, 3, 2)]  # 1 of a mean of 2
    two = [results_of([[e, e, e]]) for e in (3, 5)]  # sqrt(2) of a mean of 4
    single, elsewhere = [results_of([[9, 9, 9]])], [results_of([[1, 1, 1]], 'b')] * 2
    spread = pooled_spread([three, two, single, elsewhere], 'a')
    assert spread == pytest.approx(np.sqrt((2 * 1 / 4 + 1 * 2 / 16) / 3))
    assert np.isnan(pooled_spread([single], 'a'))
    assert standard_error(three, 'a', 0.3) == pytest.approx(0.3 / np.sqrt(3))
    assert np.isnan(standard_error(elsewhere, 'a', 0.3))


def test_tests_of_the_same_weights_are_told_without_a_verdict(one_two_four):
    one, two, four = one_two_four
    text = findings.same_weights(two, {'x': one, 'y': four}, ['a'], shown)
    assert text == (
        '- A: the ratio to the default, of tests of its very weights: x (0.50); y '
        '(2.00).\n'
    )
    assert findings.same_weights(two, {'x': []}, ['a'], shown) == ''


def test_people_who_are_not_the_same_are_not_compared():
    both, one = results_of_people(1, 2), results_of_people(1)
    with pytest.raises(ValueError, match='same people of us and them, got p0, p1 and'):
        by_person.compare_people('us', both, 'them', one)


def test_images_are_the_same_wherever_the_data_was():
    here, there = results_of([[1, 1, 1], [5, 5, 5]]), results_of([[2, 2, 2]])
    here = replace(here, img_path=['data/biwi/01/x.png', 'data/biwi/02/x.png'])
    there = replace(there, img_path=['/mnt/sets/biwi/02/x.png'])
    first, second = on_common_heads([here, there])
    assert first.errors.tolist() == [[5, 5, 5]]
    assert second.errors.tolist() == [[2, 2, 2]]
    with pytest.raises(ValueError, match='some images in common, got 2 of others'):
        on_common_heads([here, replace(there, img_path=['/mnt/sets/biwi/03/x.png'])])
    with pytest.raises(ValueError, match='some images in common'):
        on_common_heads([here, replace(there, dataset=['b'])])


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
