"""tools/summarize.py: what it writes, comparisons, bad input."""

import re
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose import rotation
from bernoulli_mmpose.evaluation import summary
from bernoulli_mmpose.evaluation.results import (
    COLUMNS,
    ROTATION_STD,
    STDS,
    read_results,
    results_table,
)
from bernoulli_mmpose.evaluation.results import (
    write_results as write_table,
)

TOOL = Path(__file__).parents[2] / 'tools' / 'summarize.py'


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(TOOL))['main']


def write_results(path, error, datasets=('biwi',), number=8):
    """Results whose yaw is off by ``error``, with an image for each head."""
    records = []
    for index in range(number):
        image = path.parent / f'{index}.png'
        cv2.imwrite(str(image), np.full((60, 80, 3), 20 * index, dtype=np.uint8))
        labels = np.array([0.0, 4.0 * index, 0.0])
        predicted = labels + [0.0, error * (index + 1), 0.0]
        matrices = rotation.euler_to_matrix(np.stack([labels, predicted]))
        records.append(
            {
                'img_path': str(image),
                'dataset': datasets[index % len(datasets)],
                'subject': '',
                'labels': labels,
                'predicted': predicted,
                'std': np.ones(3),
                'geodesic': float(rotation.geodesic_error(*matrices)),
                'score': 1.0,
                'centre': np.array([40.0, 30.0]) if index else np.full(2, np.nan),
                'bbox': np.array([20.0, 10, 60, 50]) if index else np.full(4, np.nan),
                'rotation_std': 3.0,
            }
        )
    write_table(results_table(records), path)
    return path


def test_writes_tables_plots_and_pictures(main, tmp_path, capsys):
    results = write_results(tmp_path / 'ours.csv', error=1.0)
    main([str(results), '--out', str(tmp_path / 'out'), '--pictures', '3'])
    written = {path.name for path in (tmp_path / 'out').iterdir()}
    assert written == {
        'summary.md',
        *('mae_by_angle.png', 'share_by_threshold.png', 'error_by_interval.png'),
        *('risk_coverage.png', 'reliability.png'),
        *('worst.png', 'best.png', 'turned.png', 'random.png'),
    }
    text = (tmp_path / 'out' / 'summary.md').read_text()
    # Yaw errors are 1 to 8: mean 4.5 (geodesic too), four of eight below 5.
    row = (
        '| ours | biwi | 8 | 4.50 | 4.50 | 0.00 | 4.50 | 0.00 | 1.50 | 50.0 % | 100.0 %'
    )
    assert row in text
    # Yaw is 0, 4 .. 28: its mean is 14 and the mean distance to it 8.
    mean = (
        '| ours, predicting the mean | biwi | 8 | - | - | 0.00 | 8.00 | 0.00 | 2.67 |'
    )
    assert mean in text
    # Errors of 1 to 8 degrees against deviations of 3, and of 1 for yaw alone.
    root = np.sqrt(204 / 8)
    assert f'| ours, rotation | 37.5 % | 75.0 % | {root / 3:.2f} |' in text
    # Quantiles of 1, 2 ... 8: the 68.27 % one of yaw, the 60.84 % one of them over 3.
    assert '| ours | std_factors=(1, 5.78, 1, 1.75) |' in text
    assert f'| ours, yaw | 12.5 % | 25.0 % | {root:.2f} |' in text
    assert '| ours | 4.50 (100.0 %) |' in text  # by yaw, 0 to 28
    assert all(f']({name})' in text for name in written - {'summary.md'})
    assert cv2.imread(str(tmp_path / 'out' / 'worst.png')).shape == (240, 728, 3)
    assert 'Criterion I' in capsys.readouterr().out


def test_tells_from_which_score_and_deviation_on_to_trust_a_head(main, tmp_path):
    path = write_results(tmp_path / 'ours.csv', error=1.0)  # geodesic errors 1 to 8
    lines = path.read_text().splitlines()
    rows = [dict(zip(COLUMNS, line.split(','), strict=True)) for line in lines[1:]]
    for index, row in enumerate(rows):
        row |= dict(score=f'{0.95 - index / 10:.2f}', rotation_std=str(index + 1))
    none = dict.fromkeys(('pitch', 'yaw', 'roll', 'geodesic_deg'), '')
    for index in range(20):
        score, std = index / 20 - 0.001, 100 - 5 * index - 0.5
        rows.append(rows[0] | none | dict(dataset='rooms', score=f'{score:.3f}'))
        rows[-1] |= dict(rotation_std=f'{std}', head_absent='1')
    lines[1:] = [','.join(row.values()) for row in rows]
    path.write_text('\n'.join(lines))
    main([str(path), '--out', str(tmp_path / 'out')])
    text = (tmp_path / 'out' / 'summary.md').read_text()
    shares = '87.5 % | 75.0 % | 62.5 % | 50.0 % | 37.5 % | 25.0 % | 12.5 %'
    assert f'| ours | 8 | {shares} |' in text
    shares = '65.0 % | 55.0 % | 45.0 % | 35.0 % | 25.0 % | 15.0 % | 5.0 %'
    assert f'| ours, no head | 20 | {shares} |' in text
    errors = '4.00 | 3.50 | 3.00 | 2.50 | 2.00 | 1.50 | 1.00'
    assert f'| ours, geodesic error | 8 | {errors} |' in text
    # One of 20 is above 0.899; none above 0.949, the greatest.
    assert '| ours, score above | 5.0 % | 0.899 | 12.5 % | 1.00 | 0.33 |' in text
    assert '| ours, score above | 1.0 % | 0.949 | 12.5 % | 1.00 | 0.33 |' in text
    assert '| ours, deviation below | 5.0 % | 9.5 | 100.0 % | 4.50 | 1.50 |' in text
    assert '| ours, deviation below | 1.0 % | 4.5 | 50.0 % | 2.50 | 0.83 |' in text


def test_unknown_deviations_give_no_table(tmp_path):
    run = read_results(write_results(tmp_path / 'ours.csv', error=1.0))
    titles = [table.title for table in summary.summary_tables({'ours': run})]
    unsure = run.assign(**dict.fromkeys([*STDS, *ROTATION_STD], np.nan))
    fewer = [table.title for table in summary.summary_tables({'ours': unsure})]
    assert fewer == [
        title for title in titles if not re.search('deviations|std_factors', title)
    ]
    assert len(fewer) == len(titles) - 3


def test_compares_files_under_names_that_tell_them_apart(main, tmp_path):
    paths = []
    for name, error in (('ours', 0.5), ('theirs', 2.0)):
        (tmp_path / name).mkdir()
        paths.append(str(write_results(tmp_path / name / 'results.csv', error)))
    main([*paths, '--out', str(tmp_path / 'out')])
    text = (tmp_path / 'out' / 'summary.md').read_text()
    assert '| ours | biwi | 8 | 2.25 | 2.25 | 0.00 | 2.25 |' in text
    assert '| theirs | biwi | 8 | 9.00 | 9.00 | 0.00 | 9.00 |' in text
    main([*paths, '--out', str(tmp_path / 'named'), '--names', 'A', 'B'])
    assert '| B | biwi | 8 |' in (tmp_path / 'named' / 'summary.md').read_text()


def test_only_heads_that_all_have_found(main, tmp_path):
    ours, theirs = (write_results(tmp_path / f'{n}.csv', 1.0) for n in 'ab')
    table = read_results(theirs)
    table.loc[6, 'score'] = 0.0
    write_table(table.drop(index=7), theirs)
    words = [str(ours), str(theirs), '--out', str(tmp_path), '--found']
    main(words)
    text = (tmp_path / 'summary.md').read_text()
    # Yaw errors are 1 to 6.
    for name in 'ab':
        assert f'| {name} | biwi | 6 | 3.50 |' in text
    write_table(table.assign(score=0.0), theirs)
    with pytest.raises(ValueError, match='a, b: expected heads that all have'):
        main(words)


@pytest.mark.parametrize(
    'words', [['--names', 'A', 'A'], ['--pictures', '-1'], ['--names', 'A']]
)
def test_bad_words_are_refused(main, tmp_path, capsys, words):
    paths = [str(write_results(tmp_path / f'{n}.csv', 1.0)) for n in 'ab']
    with pytest.raises(SystemExit):
        main([*paths, '--out', str(tmp_path / 'out'), *words])
    assert f'{words[0]}: expected' in capsys.readouterr().err


def test_mixed_data_sets_have_rows_of_their_own(tmp_path):
    path = write_results(tmp_path / 'r.csv', 1.0, datasets=('biwi', 'genki4k'))
    table = summary.summary_tables({'r': read_results(path)})[0]
    heads = {row[0]: row[2] for row in table.rows}
    assert (heads['r'], heads['r: biwi'], heads['r: genki4k']) == ('8', '4', '4')


def test_ranking_of_heads(tmp_path):
    run = read_results(write_results(tmp_path / 'r.csv', 1.0))
    run.loc[3, ['pitch', 'pred_pitch']] = -80
    ranks = summary.rank_heads(run, 2)
    assert list(ranks['worst']) == [7, 6]
    assert list(ranks['best']) == [0, 1]
    assert list(ranks['turned']) == [3, 7]
    assert len(set(ranks['random'])) == 2
    assert len(summary.rank_heads(run, 99)['random']) == 8


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))
    return path


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (
            lambda p: edit(p, 'pred_yaw', 'yaw_hat'),
            r'r.csv: expected .*missing pred_yaw',
        ),
        (
            lambda p: p.write_text(p.read_text().split('\n')[0]),
            'r.csv: .*row.*got none',
        ),
        (lambda p: p.write_text(''), 'r.csv: expected the columns'),
        (
            lambda p: edit(p, ',28,', ',north,'),
            r'r.csv, line 9: expected numbers in pitch, yaw, roll, got',
        ),
    ],
)
def test_bad_files_are_named(main, tmp_path, spoil, message):
    path = write_results(tmp_path / 'r.csv', 1.0)
    spoil(path)
    with pytest.raises(ValueError, match=message):
        main([str(path), '--out', str(tmp_path / 'out')])
    assert not (tmp_path / 'out').exists()


def test_missing_picture_is_named(main, tmp_path):
    path = write_results(tmp_path / 'r.csv', 1.0)
    (tmp_path / '3.png').unlink()
    with pytest.raises(FileNotFoundError, match='3.png: expected an image'):
        main([str(path), '--out', str(tmp_path / 'out'), '--pictures', '8'])


def test_the_same_file_twice_and_wrong_names_are_refused(main, tmp_path):
    path = str(write_results(tmp_path / 'r.csv', 1.0))
    with pytest.raises(ValueError, match='expected each file once'):
        main([path, path, '--out', str(tmp_path / 'out')])
    with pytest.raises(SystemExit):
        main([path, '--out', str(tmp_path / 'out'), '--names', 'a', 'b'])


@pytest.mark.parametrize(
    ('name', 'target'),
    [
        ('summary.md', 'ours.csv'),
        ('mae_by_angle.png', '3.png'),
        ('worst.png', '7.png'),
    ],
)
def test_no_input_is_written_over(main, tmp_path, name, target):
    results = write_results(tmp_path / 'ours.csv', error=1.0)
    before = (tmp_path / target).read_bytes()
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / name).hardlink_to(tmp_path / target)
    with pytest.raises(ValueError, match=f'{name} would overwrite an input'):
        main([str(results), '--out', str(tmp_path / 'out'), '--pictures', '2'])
    assert (tmp_path / target).read_bytes() == before


def test_a_name_is_shown_as_it_is(main, tmp_path, capsys):
    results = write_results(tmp_path / 'a\x1b[2J[b].csv', error=1.0)
    main([str(results), '--out', str(tmp_path / 'out')])
    shown = capsys.readouterr().out
    assert r'a\x1b[2J[b]' in shown
    assert '\x1b' not in shown


def test_a_full_disk_leaves_no_half_picture(main, tmp_path, small_disk):
    results = write_results(tmp_path / 'ours.csv', error=1.0)
    (small_disk / 'full').write_bytes(bytes(90_000))
    with pytest.raises(OSError, match='No space left.*mae_by_angle.png'):
        main([str(results), '--out', str(small_disk)])
    assert [path.name for path in small_disk.iterdir()] == ['full']
