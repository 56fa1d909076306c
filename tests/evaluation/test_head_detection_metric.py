"""Many heads: pairs, precision and recall by hand, angles of the matched."""

import numpy as np
import pytest

from bernoulli_headpose import rotation
from bernoulli_mmpose.evaluation import HeadDetectionMetric
from bernoulli_mmpose.evaluation.head_matching import average_precision, match_heads


def instances(heads, visible=None):
    """Ground truth of heads (x, y, size, pitch, yaw, roll)."""
    heads = np.array(heads, dtype=np.float64).reshape(-1, 6)
    half = heads[:, 2:3] / 2
    return dict(
        keypoints=heads[:, None, :2],
        keypoints_visible=np.ones((len(heads), 1))
        if visible is None
        else np.array(visible, float)[:, None],
        bboxes=np.concatenate([heads[:, :2] - half, heads[:, :2] + half], axis=1),
        head_angles=heads[:, 3:],
        head_angles_valid=np.ones((len(heads), 3)),
        head_rotation=rotation.euler_to_matrix(heads[:, 3:]),
    )


def predictions(heads, scores):
    fields = instances(heads)
    return dict(
        keypoints=fields['keypoints'],
        bboxes=fields['bboxes'],
        head_angles=fields['head_angles'],
        head_scores=np.array(scores, dtype=float),
    )


def sample(truth, predicted, index=0):
    return dict(
        id=index,
        img_path=f'{index}.jpg',
        dataset_name='crowd',
        gt_instances=truth,
        pred_instances=predicted,
    )


def evaluate(samples, **options):
    metric = HeadDetectionMetric(**options)
    metric.process({}, samples)
    return metric.evaluate(len(samples))


def test_figures_counted_by_hand():
    truth = instances([(50, 50, 40, 0, 0, 0), (150, 50, 40, 10, 20, 30)])
    predicted = predictions(
        [(58, 50, 80, 3, -4, 5), (300, 300, 40, 0, 0, 0)], [0.9, 0.8]
    )
    metrics = evaluate([sample(truth, predicted)])
    assert metrics['heads/n_truth'] == 2
    assert metrics['heads/n_predicted'] == 2
    assert metrics['heads/n'] == 1
    assert metrics['heads/precision'] == 0.5
    assert metrics['heads/recall'] == 0.5
    assert metrics['heads/f1'] == 0.5
    assert metrics['heads/average_precision'] == 0.5
    assert metrics['heads/center_error'] == pytest.approx(8 / 40)
    assert metrics['heads/size_error'] == pytest.approx(1.0)
    assert metrics['heads/mae_pitch'] == pytest.approx(3)
    assert metrics['heads/mae_yaw'] == pytest.approx(4)
    assert metrics['heads/mae_roll'] == pytest.approx(5)


def test_heads_from_behind_have_no_error_where_the_rotation_is_right():
    truth = instances([(50, 50, 40, 0, 135, 0), (150, 50, 40, 5, -179, 5)])
    other = [(50, 50, 40, 180, 45, 180), (150, 50, 40, 0, 0, 0)]
    predicted = predictions(other, [0.9, 0.8])
    predicted['head_rotation'] = rotation.euler_to_matrix([(0, 135, 0), (5, 179, 5)])
    predicted['head_rotation_std'] = np.array([3.0, 4.0])
    metrics = evaluate([sample(truth, predicted)])
    assert metrics['heads/mae_yaw'] == pytest.approx(1)
    assert metrics['heads/mae_pitch'] == pytest.approx(0, abs=1e-9)
    assert metrics['heads/geodesic_mean'] == pytest.approx(1, abs=0.01)


def test_one_prediction_serves_one_head_and_twins_are_false_alarms():
    truth = instances([(50, 50, 40, 0, 0, 0)])
    predicted = predictions([(50, 50, 40, 0, 0, 0), (52, 50, 40, 9, 9, 9)], [0.9, 0.8])
    metrics = evaluate([sample(truth, predicted)])
    assert (metrics['heads/precision'], metrics['heads/recall']) == (0.5, 1)
    assert metrics['heads/mae'] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ('scores', 'expected'),
    [
        (None, [(0, 0), (1, 1)]),
        ([0.9, 0.8], [(0, 0), (1, 1)]),
        ([0.8, 0.9], [(1, 0)]),  # its nearest, and the other is too far from the first
    ],
)
def test_pairs_are_made_in_order_of_the_scores(scores, expected):
    pairs = match_heads([(0, 0), (11, 0)], [(5, 0), (24, 0)], [40] * 2, 0.5, (), scores)
    assert list(zip(pairs.predicted, pairs.truth, strict=True)) == expected
    assert list(pairs.spurious) == [i for i in (0, 1) if i not in pairs.predicted]


def test_a_head_that_is_not_labelled_is_no_mistake():
    truth = instances([(50, 50, 40, 0, 0, 0), (200, 50, 40, 0, 0, 0)], visible=[1, 0])
    found = [(50, 50, 40, 0, 0, 0), (205, 50, 40, 0, 0, 0)]
    metrics = evaluate([sample(truth, predictions(found, [0.9, 0.8]))])
    assert metrics['heads/n_truth'] == metrics['heads/n_predicted'] == 1
    assert metrics['heads/precision'] == metrics['heads/recall'] == 1
    assert metrics['heads/average_precision'] == 1


def test_a_head_whose_centre_is_outside_the_image_is_not_counted():
    truth = instances([(50, 50, 40, 0, 0, 0), (-5, 50, 40, 0, 0, 0)])
    found = [(50, 50, 40, 0, 0, 0), (1, 50, 40, 0, 0, 0)]
    image = dict(sample(truth, predictions(found, [0.9, 0.8])), ori_shape=(99, 99))
    metrics = evaluate([image])
    assert metrics['heads/n_truth'] == metrics['heads/n_predicted'] == 1
    assert metrics['heads/precision'] == metrics['heads/recall'] == 1


def test_images_without_anybody():
    empty = sample(instances([]), predictions([], []))
    metrics = evaluate([empty])
    assert metrics['heads/precision'] == 1
    assert 'heads/recall' not in metrics
    wrong = sample(instances([]), predictions([(9, 9, 9, 0, 0, 0)], [0.9]))
    assert evaluate([wrong])['heads/precision'] == 0


def test_the_score_threshold_decides_what_counts_but_not_the_average_precision():
    truth = instances([(50, 50, 40, 0, 0, 0), (150, 50, 40, 0, 0, 0)])
    heads = [(50, 50, 40, 0, 0, 0), (150, 50, 40, 0, 0, 0)]
    metrics = evaluate(
        [sample(truth, predictions(heads, [0.9, 0.2]))], score_threshold=0.5
    )
    assert (metrics['heads/precision'], metrics['heads/recall']) == (1, 0.5)
    assert metrics['heads/average_precision'] == 1


def test_pairs_go_by_score_and_not_by_distance():
    truth = instances([(50, 50, 40, 0, 0, 0)])
    heads = [(60, 50, 40, 0, 0, 0), (50, 50, 40, 0, 0, 0)]
    metrics = evaluate([sample(truth, predictions(heads, [0.9, 0.4]))])
    assert metrics['heads/average_precision'] == 1
    assert metrics['heads/center_error'] == 10 / 40


def test_predictions_of_one_score_come_in_together():
    for order in ([1, 0], [0, 1]):
        assert average_precision([0.5] * 20, order * 10, 10) == 0.5
    assert average_precision([0.9, 0.5, 0.5], [True, False, True], 2) == (
        pytest.approx(0.5 + 0.5 * 2 / 3)
    )


def test_average_precision_of_a_mixed_list():
    # Right, wrong, right of 4 heads: 1/4 * 1 + 1/4 * 2/3.
    got = average_precision([0.9, 0.8, 0.7], [True, False, True], 4)
    assert got == pytest.approx(0.25 + 0.25 * 2 / 3)


def test_padded_samples_count_once_and_data_sets_are_told_apart():
    truth = instances([(50, 50, 40, 0, 0, 0)])
    one = sample(truth, predictions([(50, 50, 40, 1, 1, 1)], [0.9]))
    other = dict(sample(truth, predictions([], []), 1), dataset_name='other')
    metrics = evaluate([one, one, other], by_dataset=True)
    assert metrics['heads/n_truth'] == 2
    assert metrics['heads/crowd/recall'] == 1
    assert metrics['heads/other/recall'] == 0


def test_the_dumped_table_has_one_row_a_pair(tmp_path):
    truth = instances([(50, 50, 40, 0, 0, 0), (150, 50, 40, 10, 20, 30)])
    file = tmp_path / 'heads.csv'
    evaluate(
        [sample(truth, predictions([(50, 50, 40, 3, 4, 5)], [0.9]))],
        dump_file=str(file),
    )
    assert len(file.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ('change', 'error', 'message'),
    [
        (dict(head_angles=np.full((1, 3), np.nan)), ValueError, 'finite head_angles'),
        (dict(keypoints=np.full((1, 1, 2), np.inf)), ValueError, 'finite keypoints'),
        (dict(head_scores=np.array([np.nan])), ValueError, 'finite head_scores'),
        (dict(head_scores=np.ones(2)), ValueError, 'head_scores'),
        (dict(bboxes=np.ones((1, 3))), ValueError, 'bboxes'),
    ],
)
def test_wrong_predictions_are_named(change, error, message):
    truth = instances([(50, 50, 40, 0, 0, 0)])
    predicted = {**predictions([(50, 50, 40, 0, 0, 0)], [0.9]), **change}
    with pytest.raises(error, match=message):
        evaluate([sample(truth, predicted)])


@pytest.mark.parametrize('factor', [np.nan, 0, -1])
def test_a_predicted_rotation_that_is_none_is_named(factor):
    """It would pass for one that is not predicted."""
    predicted = predictions([(50, 50, 40, 0, 0, 0), (90, 50, 40, 0, 0, 0)], [0.9] * 2)
    predicted['head_rotation'] = np.stack([np.eye(3), factor * np.eye(3)])
    with pytest.raises(ValueError, match=r"'0.jpg', pred.*: expected rotations in"):
        evaluate([sample(instances([(50, 50, 40, 0, 0, 0)]), predicted)])


@pytest.mark.parametrize('head', [(50, 50, 0, 0, 0, 0), (np.nan, 50, 40, 0, 0, 0)])
def test_labels_of_no_place_or_size_are_named_unless_hidden(head):
    predicted = predictions([(50, 50, 40, 0, 0, 0)], [0.9])
    with pytest.raises(ValueError, match=r"'0.jpg', gt_instances: .* of head 0, got"):
        evaluate([sample(instances([head]), predicted)])
    hidden = instances([head], visible=[0])
    assert evaluate([sample(hidden, predicted)])['heads/n_truth'] == 0


@pytest.mark.parametrize(
    'options', [dict(match_threshold=0), dict(score_threshold=1.5)]
)
def test_wrong_thresholds_are_named(options):
    with pytest.raises(ValueError, match='match_threshold'):
        HeadDetectionMetric(**options)
