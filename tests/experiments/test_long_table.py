"""The long table of heads, and errors, ratios and intervals of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiments import heads
from experiments.errors import (
    errors_of_people,
    ratio_over_heads,
    ratio_over_people,
    ratio_over_seeds,
    scores,
    seed_noise,
    select,
)
from experiments.plan import Run

from bernoulli_headpose.rotation import mean_direction

LABELS = np.array([[-10.0, 30.0, np.nan], [15.0, 75.0, np.nan], [179.5, 0.0, np.nan]])
ERRORS = np.array([[0.04, -1.0, 0], [0.26, 2.0, 0], [2.0, -3.5, 0]])


def write_results(path, errors=ERRORS, labels=LABELS):
    """Results of HeadPoseMetric with these errors."""
    rows = pd.DataFrame(labels, columns=heads.ANGLES)
    rows[[f'pred_{name}' for name in heads.ANGLES]] = np.nan_to_num(labels) + errors
    rows = rows.assign(dataset='made', subject=['a', 'b', None], geodesic_deg=np.nan)
    path.parent.mkdir(parents=True)
    rows['img_path'] = [str(path.with_name(name)) for name in '120']
    for name in rows['img_path']:  # in the order of their SHA-256: 0, 1, 2
        Path(name).write_text(name[-1])
    rows.to_csv(path, index=False)
    return path


def collect(tmp_path, name='head_bins_r2_seed1', **run):
    write_results(tmp_path / name / 'results_shift-0.1_2.csv')
    folders, runs = {name: tmp_path / name}, {name: Run(**run)}
    rows = heads.collect(folders, runs, {'head': {}})
    heads.write_table(rows, tmp_path / heads.TABLE)
    return heads.read_table(tmp_path / heads.TABLE)


def test_heads_come_back_with_the_mae_they_had(tmp_path):
    table = collect(tmp_path)
    assert table['setting'].unique() == ['head_bins_r2']
    first = table.iloc[0]
    assert (first['seed'], first['test'], first['repeat']) == (1, 'shift-0.1', 2)
    assert (first['method'], first['variant']) == ('bins', 'r2')
    assert table['subject'].to_list() == ['-', 'a', 'b']
    assert table['interval'].to_list() == [165, 30, 75]
    # Of 2.0, 0.04 and 0.26 each is within 0.1, and so is the sum.
    np.testing.assert_allclose(table['pitch'], [2.0, 0.0, 0.3])
    np.testing.assert_allclose(table['yaw'], [-3.5, -1.0, 2.0])
    assert table['roll'].isna().all()
    # Where a head faces is known without roll: at a pitch of 15 and a yaw of 75, say.
    np.testing.assert_allclose(table['geodesic'], [4.0, 0.9, 2.0], atol=0.11)


@pytest.mark.parametrize('angle', ['pitch', 'yaw', 'roll'])
def test_what_was_not_learnt_has_no_error(tmp_path, angle):
    path = write_results(tmp_path / 'run' / 'results.csv', labels=np.zeros((3, 3)))
    rows = pd.read_csv(path).assign(geodesic_deg=9.0)
    rows.to_csv(path, index=False)
    table = heads.read_results(path, [angle])
    assert table[angle].isna().all()
    assert not (table['geodesic'] == 9).any()
    assert table['geodesic'].isna().all() == (angle != 'roll')


def test_pictures_without_a_head_are_left_out(tmp_path):
    labels = np.where([[True], [False], [True]], LABELS, np.nan)
    path = write_results(tmp_path / 'run' / 'results.csv', labels=labels)
    assert heads.read_results(path)['interval'].to_list() == [30, 165]


def test_errors_of_landmarks_tell_no_head(tmp_path):
    table = collect(tmp_path, method='landmarks')
    assert table['yaw'].to_list() == [1.0, 2.0, 3.5]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', 'a table of tests, got: No columns'),
        ('run,test\na,b\n', 'a table of tests'),
        ('{},,0,made,a,15,1,2,,\n', 'as run, got'),
        ('a_seed0,,0,made,a,15,1e9,2,,\n', "as pitch, got '1e9'"),
        ('a_seed0,,0,made,a,15,1 2,2,,\n', 'as many numbers'),
    ],
)
def test_a_damaged_table_is_named(tmp_path, text, message):
    header = ','.join([*heads.TEST, 'subject', 'interval', *heads.ANGLES, 'geodesic'])
    path = tmp_path / 'errors.csv'
    path.write_text(f'{header}\n{text}' if text.count(',') > 5 else text)
    with pytest.raises(ValueError, match=rf'errors.csv: expected .*{message}'):
        heads.read_table(path)


def test_damaged_results_are_named(tmp_path):
    (tmp_path / 'results.csv').write_text('dataset\nmade\n')
    with pytest.raises(ValueError, match=r'results.csv: expected results of Head'):
        heads.read_results(tmp_path / 'results.csv')


def made(setting, seeds, test=''):
    """Heads of two people, whose errors are these in pitch and twice these in yaw."""
    parts = []
    for seed, errors in enumerate(seeds):
        errors = np.array(errors, float)
        part = pd.DataFrame(dict(pitch=errors, yaw=-2 * errors, roll=np.nan))
        names = dict(run=f'{setting}_seed{seed}', setting=setting, seed=seed, test=test)
        part = part.assign(
            **names, repeat=0, dataset='made', geodesic=np.nan, interval=0
        )
        parts.append(part.assign(head=part.index, subject=['a', 'a', 'b', 'b']))
    return pd.concat(parts, ignore_index=True)


def test_mae_is_the_mean_over_labelled_angles():
    row = scores(made('head_bins', [[1, -2, 3, 4]])).iloc[0]
    assert (row['pitch'], row['yaw'], row['mean'], row['n']) == (2.5, 5, 3.75, 4)
    assert np.isnan(row['roll'])


def test_interval_over_seeds():
    ours = made('head_bins', [[0.9] * 4, [1.0] * 4, [1.1] * 4])
    table = scores(pd.concat([ours, made('head_sixd', [[2.0] * 4])]))
    # The unbiased standard deviation of the logarithms of 0.9, 1.0 and 1.1.
    noise = seed_noise(table, 'made')
    assert np.sqrt((noise**2).mean()) == pytest.approx(0.1004, abs=1e-4)
    ratio = ratio_over_seeds(table, 'head_bins', 'head_sixd', 'made')
    assert (ratio.value, ratio.count, ratio.seeds) == (pytest.approx(0.5), 4, 1)
    assert ratio.direction == 'lower'
    assert 0.37 < ratio.low < 0.45 < 0.55 < ratio.high < 0.63
    alone = table[table['setting'] == 'head_sixd']
    assert (
        ratio_over_seeds(alone, 'head_sixd', 'head_sixd', 'made').direction == 'unknown'
    )


def test_interval_over_people_is_students():
    table = pd.concat([made('x_a', [[2, 2, 5, 5]]), made('x_b', [[1, 1, 3, 3]])])
    ratio = ratio_over_people(table, 'x_a', 'x_b', 'made')
    # Differences 1.5 and 3; 12.706 is the t of one degree of freedom.
    assert (ratio.value, ratio.count, ratio.direction) == (1.75, 2, 'level')
    assert ratio.low == pytest.approx(1 + (2.25 - 12.706 * 0.75) / 3, abs=1e-3)


def test_constant_offsets_of_people_are_taken_off():
    table = made('x_a', [[5, 5, -3, 1]])
    assert errors_of_people(table).to_list() == [7.5, 3.0]
    assert errors_of_people(table, offsets=False).to_list() == pytest.approx(
        [0, 3], abs=0.01
    )
    assert abs(mean_direction(pd.Series([179.0, -179.0]))) == pytest.approx(180)


def test_a_further_test_is_compared_head_by_head():
    table = pd.concat([made('x_a', [[1, 2, 3, 4]]), made('x_a', [[2, 4, 6, 8]], 'far')])
    ratio = ratio_over_heads(table, 'x_a_seed0/far', 'x_a_seed0', 'made')
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((2, 2, 2))
    with pytest.raises(ValueError, match='x_a/near, made: expected tests of it'):
        select(table, 'x_a/near', 'made')
