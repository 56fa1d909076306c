"""HeadPoseMetric: metrics, what is left out, the dump, two processes, bad input."""

import csv
import json
import os
import socket

import numpy as np
import pytest
import torch
import torch.distributed
import torch.multiprocessing
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from bernoulli_headpose import rotation
from bernoulli_mmpose.evaluation import HeadPoseMetric, read_headless, read_results


def make_sample(index, label, predicted, valid=(1, 1, 1), dataset='biwi', **meta):
    """A data sample as a dict, as MMEngine's Evaluator hands it to a metric."""
    label = np.array([label], dtype=np.float32)
    truth = {
        'head_angles': label,
        'head_rotation': rotation.euler_to_matrix(label).astype(np.float32),
        'head_angles_valid': np.array([valid], dtype=np.float32),
        'bboxes': np.array([[10, 20, 30, 45]], dtype=np.float32),
    }
    prediction = {
        'head_angles': torch.tensor(np.array([predicted]), dtype=torch.float32),
        'head_angles_std': np.full((1, 3), 2.5),
        'head_scores': np.array([0.75]),
        'keypoints': np.array([[[1.0, 2.0], [20.0, 31.5]]]),
    }
    path = f'{dataset}/{index}.jpg'
    meta = {'id': index, 'img_path': path, 'dataset_name': dataset, **meta}
    return {**meta, 'gt_instances': truth, 'pred_instances': prediction}


def make_samples(number, seed=0):
    """Heads of two data sets, some without labels, and bodies without heads."""
    rng = np.random.default_rng(seed)
    samples = []
    for index in range(number):
        label, noise = rng.normal(0, 25, 3), rng.normal(0, 5, 3)
        valid = rng.random(3) < 0.8
        # The first is a padding candidate; ids begin anew in each data set.
        dataset, id_ = ('biwi', 'pointing04')[index % 3 == 1], index // 2
        sample = make_sample(id_, label, label + noise, valid, dataset)
        sample['img_path'] = f'{index}.jpg'
        if index % 5 == 3:
            sample['gt_instances'] = {'keypoints': np.zeros((1, 17, 2))}
        samples.append(sample)
    return samples


def evaluate(samples, **options):
    metric = HeadPoseMetric(**options)
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_figures_by_hand():
    samples = [
        make_sample(0, (0, 30, 0), (0, 10, 0)),
        make_sample(1, (10, 0, 0), (14, 0, 0)),
        make_sample(2, (5, 5, 5), (6, 11, 50), valid=(1, 1, 0)),
    ]
    metrics = evaluate(samples, interval_edges=(0, 15, 180))
    expected = {
        'mae': (5 / 3 + 26 / 3 + 0) / 3,
        'mae_pitch': 5 / 3,
        'mae_yaw': 26 / 3,
        'mae_roll': 0,
        'geodesic_mean': (20 + 4 + 6.08109) / 3,  # the last is of z alone
        'geodesic_median': 6.08109,
        'within_5': 1 / 3,
        'within_10': 2 / 3,
        'within_15': 2 / 3,
        'baseline_mae_pitch': 10 / 3,
        'mae_0_15': (5 / 2 + 3 + 0) / 3,
        'share_0_15': 2 / 3,
        'mae_15_180': 20 / 3,
        'n': 3,
        'n_unlabelled': 0,
    }
    for key, value in expected.items():
        assert metrics[f'head_pose/{key}'] == pytest.approx(value, abs=1e-4), key


@pytest.mark.parametrize(
    'label', [(0, 0, 0), (0, 91, 0), (5, -98, 3), (-170, 85, 175), (10, 180, -20)]
)
def test_equal_rotations_have_no_error(label):
    """Whichever of its two triples a predicted rotation was read as."""
    other = np.add(180, np.multiply(label, (1, -1, 1)))
    sample = make_sample(0, label, other)
    sample['pred_instances']['head_rotation'] = rotation.euler_to_matrix([label])
    metrics = evaluate([sample])
    assert metrics['head_pose/mae'] == pytest.approx(0, abs=1e-4)
    assert metrics['head_pose/geodesic_mean'] == pytest.approx(0, abs=1e-4)


def test_angles_of_heads_within_90_are_compared_as_they_are():
    """As in the literature, unless they were read from a rotation."""
    metrics = evaluate([make_sample(0, (0, 89, 0), (180, 91, 180))])
    assert metrics['head_pose/mae'] == pytest.approx((180 + 2 + 180) / 3)
    metrics = evaluate([make_sample(0, (0, 91, 0), (180, 89, 180))])
    assert metrics['head_pose/mae'] == pytest.approx(0)


def test_a_rotation_without_labelled_roll_is_judged_by_pitch_and_yaw():
    sample = make_sample(0, (0, 90, 0), (180, 89, 180), valid=(1, 1, 0))
    sample['pred_instances']['head_rotation'] = rotation.euler_to_matrix([[0, 91, 0]])
    assert evaluate([sample])['head_pose/mae'] == pytest.approx(0.5, abs=1e-4)


def test_works_in_mmengine_evaluator_on_data_samples():
    raw = make_sample(7, (0, 30, 0), (0, 10, 0))
    sample = PoseDataSample(
        metainfo={key: raw[key] for key in ('id', 'img_path', 'dataset_name')}
    )
    sample.gt_instances = InstanceData(**raw['gt_instances'])
    sample.pred_instances = InstanceData(**raw['pred_instances'])
    evaluator = Evaluator({'type': 'mmpose.HeadPoseMetric', 'prefix': 'biwi'})
    evaluator.process([sample])
    assert evaluator.evaluate(1)['biwi/mae'] == pytest.approx(20 / 3)


def test_samples_without_head_labels_are_counted_and_left_out():
    body = make_sample(1, (0, 0, 0), (90, 90, 90))
    body['gt_instances'] = {'keypoints': np.zeros((1, 17, 2))}
    unlabelled = make_sample(2, (0, 0, 0), (90, 90, 90), valid=(0, 0, 0))
    metrics = evaluate([make_sample(0, (0, 0, 0), (1, 1, 1)), body, unlabelled])
    assert metrics['head_pose/mae'] == pytest.approx(1)
    assert (metrics['head_pose/n'], metrics['head_pose/n_unlabelled']) == (1, 2)


def test_nothing_labelled_gives_counts_only(tmp_path):
    dump = tmp_path / 'none.csv'
    sample = make_sample(0, (0, 0, 0), (1, 1, 1), valid=(0, 0, 0))
    metrics = evaluate([sample], dump_file=str(dump))
    assert len(dump.read_text().splitlines()) == 1
    assert metrics == {'head_pose/n': 0, 'head_pose/n_unlabelled': 1}


def test_figures_of_each_data_set():
    samples = [
        make_sample(0, (0, 0, 0), (8, 0, 0), dataset='genki4k'),
        make_sample(0, (0, 0, 0), (2, 0, 0), dataset='biwi'),
    ]
    metrics = evaluate(samples, by_dataset=True)
    assert metrics['head_pose/mae_pitch'] == pytest.approx(5)
    assert metrics['head_pose/genki4k/mae_pitch'] == pytest.approx(8)
    assert metrics['head_pose/biwi/mae_pitch'] == pytest.approx(2)
    assert metrics['head_pose/biwi/n'] == 1


def test_metric_is_empty_after_evaluation():
    metric = HeadPoseMetric()
    for error in (1, 2):
        metric.process(None, [make_sample(0, (0, 0, 0), (error,) * 3)])
        assert metric.evaluate(1)['head_pose/mae'] == pytest.approx(error)


def test_dump_holds_each_head_and_gives_the_same_figures(tmp_path):
    path = tmp_path / 'new' / 'results.csv'
    samples = [
        make_sample(1, (5, 5, 5), (6, 11, 50), valid=(1, 1, 0)),
        make_sample(0, (0, 30, 0), (0, 10, 0), subject='F03'),
    ]
    samples[0]['pred_instances']['head_rotation_std'] = np.array([4.5])
    metrics = evaluate(samples, dump_file=str(path))
    with path.open(newline='') as file:
        first, second = csv.DictReader(file)
    assert (first['img_path'], first['subject']) == ('biwi/0.jpg', 'F03')
    assert (first['yaw'], first['pred_yaw'], first['error_yaw']) == ('30', '10', '20')
    assert float(first['geodesic_deg']) == pytest.approx(20, abs=1e-4)
    assert (first['centre_x'], first['centre_y']) == ('20', '31.5')
    assert (first['bbox_x1'], first['bbox_y2']) == ('10', '45')
    assert (first['std_roll'], first['score']) == ('2.5', '0.75')
    assert (first['rotation_std'], second['rotation_std']) == ('', '4.5')
    assert (second['roll'], second['error_roll']) == ('', '')
    assert float(second['geodesic_deg']) == pytest.approx(6.08109, abs=1e-4)
    assert [entry.name for entry in path.parent.iterdir()] == ['results.csv']
    errors = read_results(path)['error_yaw']
    assert errors.mean() == pytest.approx(metrics['head_pose/mae_yaw'])


@pytest.fixture
def dumped(tmp_path):
    path = tmp_path / 'results.csv'
    samples = [make_sample(i, (5, 5, 5), (6, 11, 50)) for i in range(2)]
    evaluate(samples, dump_file=str(path))
    return path


def make_headless(index, score):
    sample = make_sample(index, (0, 0, 0), (1, 1, 1), (0, 0, 0), 'rooms')
    sample['gt_instances']['head_absent'] = np.ones(1)
    sample['pred_instances']['head_scores'] = np.array([score])
    return sample


def test_pictures_without_a_head_count_by_their_score(tmp_path):
    path = tmp_path / 'results.csv'
    heads = [make_sample(0, (0, 30, 0), (0, 10, 0))]
    samples = heads + [make_headless(i, i / 100) for i in range(101)]
    metrics = evaluate(samples, dump_file=str(path), by_dataset=True)
    alone = evaluate(heads, by_dataset=True)
    assert {key: metrics[key] for key in alone} == alone
    for name, value in (('50', 0.5), ('95', 0.95), ('99', 0.99)):
        assert metrics[f'head_pose/headless_score_{name}'] == pytest.approx(value)
    assert metrics['head_pose/n_headless'] == 101
    assert metrics['head_pose/n_unlabelled'] == 0
    assert len(read_results(path)) == 1
    assert read_headless(path)['score'].sum() == pytest.approx(50.5)


def test_a_dump_of_before_there_were_deviations_of_rotations_and_no_heads(dumped):
    table = read_results(dumped)
    rows = [row.rsplit(',', 2) for row in dumped.read_text().splitlines()]
    lasts = [last for _, *last in rows]
    assert lasts == [['rotation_std', 'head_absent'], ['', '0'], ['', '0']]
    rows = [row[:1] for row in rows]
    assert not len(read_headless(dumped))
    table['head_absent'] = np.nan
    dumped.write_text('\n'.join(kept for (kept,) in rows))
    assert read_results(dumped).equals(table)


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_a_dump_saved_by_another_program(dumped, encoding):
    dumped.write_text(dumped.read_text(), encoding=encoding)
    assert len(read_results(dumped)) == 2


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        (',11,', ',1e400,', 'line 2: expected numbers in pred_pitch'),
        (',11,', ',1e308,', 'line 2: expected numbers in pred_pitch'),
        (',11,', ',inf,', 'line 2: expected numbers in pred_pitch'),
        (',11,', ',,', 'line 2: expected finite pred_pitch'),
        (',11,', ',11,12,', 'line 2: expected a cell for each column, got more'),
        ('biwi/0.jpg', 'x' * 200_000, 'expected a CSV table, got: field larger'),
    ],
)
def test_damaged_dumps_are_named(dumped, old, new, message):
    dumped.write_text(dumped.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=rf'results\.csv(:|,) {message}'):
        read_results(dumped)


def test_a_row_that_is_cut_off_is_not_unknown(dumped):
    dumped.write_text(dumped.read_text().rsplit(',', 3)[0] + '\n')
    with pytest.raises(ValueError, match='line 3: expected a cell for each .* fewer'):
        read_results(dumped)


def test_stray_quotes_swallow_no_row(dumped):
    header, *rows = dumped.read_text().splitlines()
    dumped.write_text('\n'.join([header, *('"' + row for row in rows)]))
    with pytest.raises(ValueError, match=r'results\.csv: expected a CSV table, got: '):
        read_results(dumped)


def test_no_known_angle_is_told(caplog):
    sample = make_sample(0, (0, 0, 0), (1, 1, 1), valid=(0, 0, 0))
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    evaluate([sample])
    logger.removeHandler(caplog.handler)
    assert 'known angle, got none in 1 samples' in caplog.records[-1].getMessage()


def test_failed_dump_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'results.csv'
    path.write_text('old')
    monkeypatch.setattr(csv, 'writer', None)
    with pytest.raises(TypeError):
        evaluate([make_sample(0, (0, 0, 0), (1, 1, 1))], dump_file=str(path))
    assert path.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [path]


def run_rank(rank, port, folder, samples):
    """One of two processes that share the samples, as MMEngine's loops do."""
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.distributed.init_process_group('gloo', rank=rank, world_size=2)
    metric = HeadPoseMetric(
        by_dataset=True, dump_file=f'{folder}/dump.csv', collect_dir=f'{folder}/parts'
    )
    for index in DefaultSampler(samples, shuffle=False, round_up=True):
        metric.process(None, [samples[index]])
    metrics = metric.evaluate(len(samples))
    with open(f'{folder}/rank{rank}.json', 'w') as file:  # noqa: PTH123
        json.dump(metrics, file)
    torch.distributed.destroy_process_group()


def test_two_processes_give_the_figures_of_one(tmp_path):
    samples = make_samples(23)  # odd: the sampler pads with the first sample
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(run_rank, (port, str(tmp_path), samples), nprocs=2)
    single = evaluate(samples, by_dataset=True, dump_file=f'{tmp_path}/single.csv')
    assert single['head_pose/n'] + single['head_pose/n_unlabelled'] == 23
    for rank in (0, 1):
        metrics = json.loads((tmp_path / f'rank{rank}.json').read_text())
        assert metrics == pytest.approx(single, rel=0, abs=1e-12)
    assert (tmp_path / 'dump.csv').read_text() == (tmp_path / 'single.csv').read_text()


def test_metric_that_sees_a_part_of_the_samples_drops_all_padding():
    # MultiDatasetEvaluator gives each metric its own data set's samples only,
    # so that cutting at the size of the whole would keep the padded sample.
    samples = make_samples(9)
    metric = HeadPoseMetric()
    parts = [[metric._record(s) for s in part] for part in (samples, samples[:1])]
    assert metric.compute_metrics(parts) == metric.compute_metrics([parts[0]])


def spoil(field, value, instances='pred_instances'):
    sample = make_sample(4, (0, 0, 0), (1, 1, 1))
    sample[instances][field] = value
    return sample


@pytest.mark.parametrize(
    ('sample', 'message'),
    [
        (
            spoil('head_angles', [[1, np.nan, 2]]),
            r"image 'biwi/4.jpg', pred_instances: expected finite head_angles, got \[",
        ),
        (spoil('head_angles', np.zeros(3)), r'head_angles of \(1, 3\), got \(3,\)'),
        (spoil('head_angles_std', np.zeros((1, 2))), r'head_angles_std of \(1, 3\)'),
        (
            spoil('head_angles', np.zeros((2, 3)), 'gt_instances'),
            r"biwi/4.jpg', gt_instances: .* head_angles of \(1, 3\), got \(2, 3\)",
        ),
        (spoil('head_angles', [[np.nan] * 3], 'gt_instances'), 'expected finite'),
        (spoil('head_rotation', [np.eye(3) * np.nan]), "4.jpg', .* expected rotations"),
        (spoil('head_rotation', [-np.eye(3)]), "4.jpg', .* expected rotations"),
    ],
)
def test_bad_samples_name_the_image(sample, message):
    with pytest.raises(ValueError, match=message):
        HeadPoseMetric().process(None, [sample])


@pytest.mark.parametrize(
    ('remove', 'message'),
    [
        ('id', "biwi/4.jpg.*'id' in the data sample's metainfo"),
        ('pred_instances', 'pred_instances: expected head_angles'),
    ],
)
def test_missing_fields_are_named(remove, message):
    sample = make_sample(4, (0, 0, 0), (1, 1, 1))
    del sample[remove]
    with pytest.raises(KeyError, match=message):
        HeadPoseMetric().process(None, [sample])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'thresholds': (10, 5)}, 'thresholds: expected'),
        ({'interval_edges': (0,)}, 'interval_edges: expected two or more'),
        ({'dump_file': 'results.json'}, "dump_file: expected a .csv file, got 'res"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        HeadPoseMetric(**options)


def test_a_label_without_its_rotation_is_named():
    sample = make_sample(4, (0, 0, 0), (1, 1, 1))
    del sample['gt_instances']['head_rotation']
    with pytest.raises(KeyError, match=r'biwi/4.jpg.*gt_instances: expected head_rot'):
        HeadPoseMetric().process(None, [sample])
