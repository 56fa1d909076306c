"""Figures of a model under conditions, on results made by hand."""

import cv2
import numpy as np
import pytest
from benchmarks import conditions, robustness
from benchmarks import robustness_report as report
from benchmarks.test_parts import build_test_set
from mmengine.config import Config

from bernoulli_mmpose.evaluation.results import results_table

PLAIN, MOVED = conditions.AS_THEY_ARE, conditions.move_name(*conditions.GOAL)
PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=(32, 32)),
    dict(type='PackPoseInputs', meta_keys=('id',)),
]


def results(errors, numbers, scores=(0.9, 0.7), label=0.0):
    """Heads that are off in yaw by these errors, by the number of their sample."""
    records = [
        dict(
            **dict.fromkeys(('img_path', 'dataset', 'subject'), ''),
            labels=[label] * 3,
            predicted=[0, error, 0],
            std=[1, 2, 3],
            geodesic=error + label,
            score=score,
            centre=[0, 0],
            bbox=[0] * 4,
            rotation_std=np.nan,
        )
        for error, score in zip(errors, scores, strict=True)
    ]
    return results_table(records).set_axis(list(numbers))


@pytest.fixture
def figures():
    runs = {
        PLAIN: results([2, 4, 9], [0, 5, 7], [0.9, 0.7, 0.6]),
        MOVED: results([4, 8], [5, 7]),
        'no head, grey': results([0, 0], [0, 1], [0.85, 0.1], label=np.nan),
    }
    return report.figures_of(runs, 0.8)


def test_growth_is_that_of_the_same_heads(figures):
    # (4 + 8) over (4 + 9), whichever others there are.
    assert figures['ratio'][MOVED] == pytest.approx(12 / 13)
    assert figures['ratio'][PLAIN] == 1
    assert np.isnan(figures['ratio']['no head, grey'])
    assert figures['mae_yaw'].tolist()[:2] == [5, 6]


def test_quantiles_and_trusted_heads(figures):
    assert figures['n'].tolist() == [3, 2, 2]
    assert figures['share_above'].tolist() == pytest.approx([1 / 3, 0.5, 0.5])
    assert figures['geodesic_above'].tolist()[:2] == [2, 4]
    assert figures['score_50'].tolist() == pytest.approx([0.7, 0.8, 0.475])
    assert figures['deviation_95'].tolist() == [2, 2, 2]  # the mean of 1, 2 and 3


def test_what_is_read(figures):
    errors, surety = report.figure_tables(figures, 0.8)
    assert [row[0] for row in errors.rows] == [PLAIN, MOVED]
    row = [MOVED, '2', '6.00', '6.00', '0.00', '6.00', '0.00', '2.00', '0.92']
    assert errors.rows[1] == row
    assert surety.rows[2][-2:] == ['50.0 %', '-']
    assert report.sentence(figures, 0.8) == (
        'Boxes moved by 15 % and scaled by 0.8 to 1.25: error x0.92. Score above 0.8: '
        '33.3 % of 3 heads, 50.0 % of 2 pictures without a head.'
    )


def test_plots_of_what_is_there(figures):
    rows = figures.reindex(
        [PLAIN, *(conditions.move_name(*m) for m in conditions.MOVES)]
    )
    (axes,) = report.plot_moved(rows).axes
    lines = {line.get_label(): line for line in axes.lines}
    assert [*lines] == ['geodesic', 'pitch', 'yaw', 'roll']
    np.testing.assert_allclose(lines['yaw'].get_xdata(), [0, 5, 10, 15, 30])
    np.testing.assert_allclose(lines['yaw'].get_ydata(), [5, *[np.nan] * 2, 6, np.nan])
    assert [text.get_text() for text in axes.texts] == ['x1.00', 'x0.92']
    left, right = report.plot_surety(figures, 0.8).axes
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == [f'{PLAIN} (3)', f'{MOVED} (2)', 'no head, grey (2)']
    heads, absent = right.lines[:2]
    assert (len(heads.get_xdata()), len(absent.get_xdata())) == (2, 1)


def test_a_model_without_score_and_deviation():
    table = results([2, 4], [0, 1], [np.nan] * 2)
    table[['std_pitch', 'std_yaw', 'std_roll']] = np.nan
    made = report.figures_of({PLAIN: table}, 0.8)
    assert made.filter(regex='score_|deviation_').isna().all(axis=None)
    assert report.figure_tables(made, 0.8)[1].rows[0][2:8] == ['-'] * 6


@pytest.fixture
def config(tmp_path):
    """Four heads, the last two without a label of roll, and a picture without one."""
    rows = ['image,x,y,w,h,pitch,yaw,roll']
    for number in range(4):
        noise = np.random.default_rng(number).integers(50, 200, (90, 90, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f'{number}.png'), noise)
        rows.append(f'{number}.png,30,30,30,30,5,-20,{"" if number > 1 else 3}')
    (tmp_path / 'heads.csv').write_text('\n'.join(rows))
    load = [dict(type='LoadImage')]
    heads = dict(type='HeadPoseTableDataset', data_root=str(tmp_path), pipeline=load)
    heads |= dict(ann_file='heads.csv', margin=0.4, test_mode=True)
    rooms = dict(type='HeadlessDataset', drawn=2, pipeline=load, test_mode=True)
    rooms |= dict(dataset_name='rooms')
    dataset = dict(type='CombinedHeadPoseDataset', datasets=[heads, rooms])
    dataset |= dict(keypoints_of='HeadPoseTableDataset', pipeline=PIPELINE)
    return Config(dict(test_dataloader=dict(dataset=dataset)))


def test_heads_count_where_a_condition_changes_them(config):
    crops = list(robustness.head_crops(build_test_set(config), PIPELINE, range(6), 0))
    numbers = {name: [n for k, n, _ in crops if k == name] for name, _, _ in crops}
    assert numbers.pop('no head, rooms') == [4, 5]
    assert numbers.pop('mask') == numbers.pop('sunglasses') == [0, 1]
    assert set(numbers) < set(conditions.head_conditions(0.4))
    assert all(found == [0, 1, 2, 3] for found in numbers.values())


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (
            dict(margin=0.1),
            'expected other names for other margins, .* 0.4 and 0.1',
        ),
        (dict(region='image'), "expected data sets of head boxes, 'head', got 'image'"),
    ],
)
def test_other_boxes_are_refused(config, change, message):
    parts = config.test_dataloader.dataset.datasets
    parts.append({**parts[0], **change})
    with pytest.raises(ValueError, match=message):
        next(robustness.head_crops(build_test_set(config), PIPELINE, [0], 0))


@pytest.mark.parametrize(
    ('length', 'limit', 'expected'),
    [(5, 9, [0, 1, 2, 3, 4]), (5, 3, [0, 2, 4]), (9, 1, [0])],
)
def test_samples_are_evenly_chosen(length, limit, expected):
    assert robustness.evenly(length, limit) == expected
