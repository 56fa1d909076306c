"""Body AP and head angles in one run; the body's is MMPose's own figure."""

import numpy as np
import pytest
from mmengine.evaluator import Evaluator
from mmpose.evaluation import MultiDatasetEvaluator
from mmpose.registry import DATASETS, METRICS

FILE = 'annotations/coco_wholebody_val_v1.0_head_pose.json'
PAIRS = [
    ('CocoHeadPoseDataset', 'CocoDataset', 'CocoMetric', 'coco'),
    (
        'CocoWholeBodyHeadPoseDataset',
        'CocoWholeBodyDataset',
        'CocoWholeBodyMetric',
        'coco-wholebody',
    ),
]
PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=(192, 256)),
    dict(type='PackPoseInputs'),
]


def build(root, name):
    return DATASETS.build(
        dict(
            type=name,
            data_root=str(root),
            ann_file=FILE,
            data_prefix=dict(img='val2017'),
            test_mode=True,
            pipeline=PIPELINE,
        )
    )


def predict(dataset, noise=0.0, body=None):
    """The labels as predictions, moved at random, and the batch."""
    rng = np.random.default_rng(1)
    batch = [dataset[i] for i in range(len(dataset))]
    for sample in (item['data_samples'] for item in batch):
        truth = sample.gt_instances
        count = truth.keypoints.shape[1]
        moves = rng.normal(0, noise, (1, 140, 2))[:, : body or count]
        sample.pred_instances = truth.new()
        pred = sample.pred_instances
        pred.keypoints = truth.keypoints + np.resize(moves, truth.keypoints.shape)
        pred.keypoints[:, :body] = truth.keypoints[:, :body] + moves
        pred.keypoint_scores = np.linspace(0.3, 1, 140, dtype=np.float32)[None, :count]
        if 'head_angles' in truth:
            pred.head_angles = truth.head_angles
    inputs = [item['inputs'] for item in batch]
    samples = [item['data_samples'] for item in batch]
    return samples, dict(inputs=inputs, data_samples=samples)


def run(evaluator, dataset, samples, batch):
    evaluator.dataset_meta = dataset.metainfo
    evaluator.process(data_samples=samples, data_batch=batch)
    return evaluator.evaluate(len(dataset))


def both(metric, **options):
    return [
        dict(type='BodyPartMetric', metric=dict(type=metric), **options),
        dict(type='HeadPoseMetric'),
    ]


@pytest.mark.parametrize(('name', 'original', 'metric', 'prefix'), PAIRS)
def test_perfect_predictions(body_root, name, original, metric, prefix):  # noqa: ARG001
    dataset = build(body_root, name)
    metrics = run(Evaluator(both(metric)), dataset, *predict(dataset))
    assert metrics[f'{prefix}/AP'] == pytest.approx(1)
    assert metrics['head_pose/mae'] == pytest.approx(0, abs=1e-4)
    assert metrics['head_pose/n'] == 1
    assert metrics['head_pose/n_unlabelled'] == 2


@pytest.mark.filterwarnings('ignore:The metainfo config file')
@pytest.mark.parametrize(('name', 'original', 'metric', 'prefix'), PAIRS)
def test_body_figures_are_mmposes_own(body_root, name, original, metric, prefix):
    own, stock = build(body_root, name), build(body_root, original)
    body = stock.metainfo['num_keypoints']
    noise = 6.0 if body == 17 else 1.5  # faces and hands forgive less
    metrics = run(Evaluator(both(metric)), own, *predict(own, noise, body))
    evaluator = Evaluator(dict(type=metric))
    expected = run(evaluator, stock, *predict(stock, noise, body))
    assert 0 < expected[f'{prefix}/AP'] < 1
    assert {key: metrics[key] for key in expected} == expected


def test_evaluator_of_several_data_sets(body_root):
    dataset = build(body_root, 'CocoHeadPoseDataset')
    samples, batch = predict(dataset)
    heads = [sample.clone() for sample in samples[:1]]
    heads[0].set_metainfo(dict(dataset_name='aflw2000'))
    batch = {key: [*value, *value[:1]] for key, value in batch.items()}
    evaluator = MultiDatasetEvaluator(
        both('CocoMetric'),
        datasets=[dict(type='CocoHeadPoseDataset'), dict(type='AFLW2000Dataset')],
    )
    metrics = run(evaluator, dataset, [*samples, *heads], batch)
    assert metrics['coco/AP'] == pytest.approx(1)
    assert metrics['head_pose/n'] == 1


def test_only_the_data_sets_asked_for(body_root):
    dataset = build(body_root, 'CocoHeadPoseDataset')
    samples, batch = predict(dataset)
    stray = samples[0].clone()
    stray.set_metainfo(dict(dataset_name='pointing04', img_id=77))
    samples, batch = [*samples, stray], {k: [*v, v[0]] for k, v in batch.items()}
    names = dict(datasets=['coco_head_pose'])
    metrics = run(Evaluator(both('CocoMetric', **names)), dataset, samples, batch)
    assert metrics['coco/AP'] == pytest.approx(1)
    assert metrics['head_pose/n'] == 2
    nothing = Evaluator(both('CocoMetric', datasets=['other'])[0])
    with pytest.raises(ValueError, match=r"expected samples of \['other'\], got none"):
        run(nothing, dataset, samples, batch)


def test_samples_that_two_processes_saw_count_once(body_root):
    dataset = build(body_root, 'CocoHeadPoseDataset')
    metric = METRICS.build(both('CocoMetric')[0])
    metric.dataset_meta = dataset.metainfo
    samples, batch = predict(dataset, 6.0)
    metric.process(batch, [sample.to_dict() for sample in samples])
    seen = list(metric.results)
    once = metric.compute_metrics([seen])
    assert metric.compute_metrics([seen[:2], seen[1:]]) == once
    assert metric.metric.results == []


def test_the_samples_and_the_meta_information_are_left_alone(body_root):
    dataset = build(body_root, 'CocoHeadPoseDataset')
    samples, batch = predict(dataset)
    meta = dataset.metainfo
    metric = METRICS.build(both('CocoMetric')[0])
    metric.dataset_meta = meta
    record = samples[0].to_dict()
    metric.process(batch, [record])
    assert record['pred_instances']['keypoints'].shape == (1, 18, 2)
    assert len(meta['sigmas']) == meta['num_keypoints'] == 18
    assert len(metric.metric.dataset_meta['sigmas']) == 17


@pytest.mark.filterwarnings('ignore:The metainfo config file')
@pytest.mark.parametrize(('name', 'original', 'metric', 'prefix'), PAIRS)
def test_a_set_of_bodies_alone(body_root, name, original, metric, prefix):
    """The model's head centre is left out, as with a set that has one."""
    own, stock = build(body_root, name), build(body_root, original)
    noise = 6.0 if prefix == 'coco' else 1.5
    samples, batch = predict(own, noise)
    for sample, labels in zip(samples, predict(stock)[0], strict=True):
        sample.gt_instances = labels.gt_instances
        sample.set_metainfo(dict(dataset_name=stock.metainfo['dataset_name']))
    count = own.metainfo['num_keypoints']
    assert samples[0].pred_instances.keypoints.shape == (1, count, 2)
    metrics = run(Evaluator(both(metric)[:1]), stock, samples, batch)
    expected = run(Evaluator(both(metric)[:1]), own, *predict(own, noise))
    assert 0 < metrics[f'{prefix}/AP'] < 1
    assert metrics == expected
