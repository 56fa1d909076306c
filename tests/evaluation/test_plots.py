"""Plots: the drawn values, labels with units, several runs."""

import numpy as np
import pytest

from bernoulli_mmpose.evaluation import plots
from bernoulli_mmpose.evaluation.results import STDS, results_table


def make_results(labels, errors, dataset='biwi'):
    """Results whose errors are these, without pictures."""
    errors = np.asarray(errors, dtype=float)
    return results_table(
        [
            dict(
                img_path=f'{index}.jpg',
                dataset=dataset,
                subject='',
                labels=label,
                predicted=np.nan_to_num(label) + error,
                std=np.ones(3),
                geodesic=np.linalg.norm(error),
                score=1,
                centre=np.zeros(2),
                bbox=np.zeros(4),
                rotation_std=2.0,
            )
            for index, (label, error) in enumerate(zip(labels, errors, strict=True))
        ]
    )


LABELS = [[0, 10, 5], [4, -40, -5]]
RUN = make_results(LABELS, [[1, 2, 3], [3, 12, 5]])
WORSE = make_results(LABELS, [[2, 4, 6], [6, 24, 10]])
NO_ROLL = make_results(
    [[10, 0, np.nan], [30, 0, np.nan]], [[1, 1, 0]] * 2, 'pointing04'
)


def bar_heights(axes):
    return [[bar.get_height() for bar in group] for group in axes.containers]


def test_mae_bars_and_baseline_beside():
    (axes,) = plots.plot_mae_by_angle({'ours': RUN}).axes
    # The mean's errors are 2, 25 and 5 degrees for every head.
    np.testing.assert_allclose(
        bar_heights(axes), [[13 / 3, 2, 7, 4], [32 / 3, 2, 25, 5]]
    )
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ['mean', 'pitch', 'yaw', 'roll']
    assert axes.get_ylabel() == 'MAE (degrees)'
    assert 'biwi: n = 2 heads' in axes.get_title()


def test_runs_on_the_same_labels_share_one_baseline():
    (axes,) = plots.plot_mae_by_angle({'ours': RUN, 'theirs': WORSE}).axes
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ['ours', 'theirs', 'predicting the mean']


def test_runs_on_other_labels_have_a_baseline_each_and_gaps():
    (axes,) = plots.plot_mae_by_angle({'a': RUN, 'b': NO_ROLL}).axes
    assert len(axes.containers) == 4
    assert np.isnan(bar_heights(axes)[1][3])


def test_share_curve_steps_at_the_largest_errors():
    (axes,) = plots.plot_share_by_threshold({'ours': RUN}).axes
    curve = axes.lines[0]
    # Largest errors of the two heads: 3 and 12.
    np.testing.assert_allclose(curve.get_xdata(), [0, 3, 12, 30])
    np.testing.assert_allclose(curve.get_ydata(), [0, 50, 100, 100])
    assert len(axes.lines) == 4  # the single angles as well
    assert axes.get_xlabel() == 'Error threshold (degrees)'


def test_share_curves_of_several_runs_and_of_unlabelled_roll():
    (axes,) = plots.plot_share_by_threshold({'a': RUN, 'b': NO_ROLL}).axes
    assert [line.get_label() for line in axes.lines] == ['a', 'b']
    (axes,) = plots.plot_share_by_threshold({'b': NO_ROLL}).axes
    assert [line.get_label() for line in axes.lines][1:] == ['pitch alone', 'yaw alone']


def test_error_by_interval_and_share_on_the_second_axis():
    axes, shares = plots.plot_error_by_interval({'ours': RUN}, (0, 15, 30, 60)).axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [2, 20 / 3])
    assert bar_heights(shares) == [[50, 50]]
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ['0–15', '30–60']
    assert shares.get_ylabel() == 'Share of heads (%)'


@pytest.mark.parametrize(
    'plot',
    [
        plots.plot_mae_by_angle,
        plots.plot_share_by_threshold,
        plots.plot_error_by_interval,
        plots.plot_risk_coverage,
        plots.plot_reliability,
    ],
)
def test_pictures_are_written_and_bad_runs_refused(plot, tmp_path):
    plot({'a': RUN, 'b': NO_ROLL}).savefig(tmp_path / 'plot.png')
    assert (tmp_path / 'plot.png').read_bytes().startswith(b'\x89PNG')
    with pytest.raises(ValueError, match='expected one or more results'):
        plot({})
    unlabelled = make_results(np.full((2, 3), np.nan), np.zeros((2, 3)))
    with pytest.raises(ValueError, match="labelled heads in 'x', got none"):
        plot({'x': unlabelled})


def test_error_falls_as_less_sure_heads_are_left_out():
    run = make_results(LABELS, [[1, 2, 3], [3, 12, 5]])
    run[STDS] = [[1, 1, 2], [2, 2, 1]]
    (axes,) = plots.plot_risk_coverage({'ours': run}).axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert lines['yaw'][0] == 2
    assert lines['yaw'][-1] == 7
    assert lines['roll'][0] == 5
    assert lines['roll'][-1] == 4
    (axes,) = plots.plot_risk_coverage({'ours': run, 'worse': WORSE}).axes
    assert [line.get_label() for line in axes.lines] == ['ours', 'worse']


def test_reliability_of_one_run_and_of_several():
    run = make_results([[0, 0, 0]] * 20, [[3, 0, 4]] * 10 + [[6, 0, 8]] * 10)
    run['rotation_std'] = [5.0] * 10 + [10.0] * 10
    (axes,) = plots.plot_reliability({'ours': run}).axes
    labels = [line.get_label() for line in axes.lines]
    assert labels == ['rotation', 'pitch', 'yaw', 'roll', 'as stated']
    points, diagonal = axes.lines[0].get_xydata(), axes.lines[-1].get_xydata()
    np.testing.assert_allclose(points, np.repeat([[5, 5], [10, 10]], 5, axis=0))
    np.testing.assert_allclose(diagonal, [[0, 0], [10, 10]])
    unknown = run.assign(rotation_std=np.nan)
    (axes,) = plots.plot_reliability({'a': run, 'b': unknown}).axes
    assert [line.get_label() for line in axes.lines] == ['a', 'b', 'as stated']
    root = np.sqrt((9 + 16 + 36 + 64) / 6)  # of all angles' errors
    pooled = axes.lines[1].get_ydata()
    assert np.sqrt(np.mean(pooled**2)) == pytest.approx(root)
