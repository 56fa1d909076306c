"""Values beside the angles, from a table to ONNX: a gaze, which made balls show."""

import csv
import json

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import DATASETS, KEYPOINT_CODECS, METRICS, MODELS

from bernoulli_headpose import HeadPose
from bernoulli_headpose.heads import Heads
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.codecs import BernoulliHeatmap
from bernoulli_mmpose.datasets import HeadPoseTableDataset, TableHeadsDataset
from bernoulli_mmpose.evaluation import HeadPoseMetric, read_results
from bernoulli_mmpose.inferencers.loading import check_model

SIDE = 64
GAZE = ('gaze_pitch', 'gaze_yaw')
PLACE = (14, 14, 36, 36)
BOX = np.array([[14, 14, 50, 50]], np.float32)
HEADER = ['image', 'x', 'y', 'w', 'h', 'pitch', 'yaw', 'roll', *GAZE, 'split']


def draw_ball(gaze):
    """A ball that is lighter where it looks to: up, or to the right in the picture."""
    y, x = (np.mgrid[:SIDE, :SIDE] - SIDE / 2) / 24
    light = 128 + 3 * (x * gaze[1] - y * gaze[0])
    ball = np.where(x**2 + y**2 < 1, light.clip(40, 255), 0)
    return np.repeat(ball.astype(np.uint8)[..., None], 3, axis=2)


def write_balls(root, number=128):
    """A table of balls whose gaze is up to 30 degrees; of some it is unknown."""
    root.mkdir(parents=True)
    gazes = np.random.default_rng(0).uniform(-30, 30, (number, 2))
    with (root / 'annotations.csv').open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i, gaze in enumerate(gazes):
            cv2.imwrite(str(root / f'{i}.png'), draw_ball(gaze))
            cells = ['', ''] if i % 16 in (5, 6) else gaze.round(3).tolist()
            split = 'test' if i % 4 == 1 else 'train'
            writer.writerow([f'{i}.png', *PLACE, 5, 0, 0, *cells, split])
    return root


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return write_balls(tmp_path_factory.mktemp('data') / 'gaze')


@pytest.fixture(scope='module')
def config(project_root, root):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('BERNOULLI_DATA_ROOT', str(root.parent))
        path = project_root / 'configs' / 'bernoulli_hrnet-small_gaze.py'
        return Config.fromfile(path)


@pytest.fixture(scope='module')
def work_dir(tmp_path_factory):
    return tmp_path_factory.mktemp('work')


@pytest.fixture(scope='module')
def metrics(config, work_dir):
    """Of the config's model, trained for 64 batches."""
    torch.manual_seed(0)
    config = config.copy()
    config.update(work_dir=str(work_dir), visualizer=None)
    for name in ('train_dataloader', 'test_dataloader'):
        config[name].update(batch_size=6, num_workers=0)
        config[name].dataset.index_dir = str(work_dir)
    for name in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        config[name] = None
    config.train_cfg.max_epochs = 4
    config.default_hooks.checkpoint.update(interval=4, save_best=None)
    config.model.head.keypoint_loss.loss_weight = 1.0  # there is but one place
    config.optim_wrapper.optimizer.lr = 2e-3
    config.param_scheduler = [dict(config.param_scheduler[1], T_max=4)]
    config.test_evaluator.dump_file = str(work_dir / 'heads.csv')
    runner = Runner.from_cfg(config)
    runner.train()
    return runner.test()


@pytest.fixture(scope='module')
def inferencer(metrics, work_dir):  # noqa: ARG001  (after the training)
    weights = str(work_dir / 'epoch_4.pth')
    return HeadPoseInferencer(weights=weights, device='cpu', detector='none')


def rows_of(path):
    with path.open(newline='') as file:
        return [*csv.DictReader(file)]


@pytest.fixture(scope='module')
def seen(root):
    """Rows of the test, with a known gaze."""
    rows = rows_of(root / 'annotations.csv')
    return [row for row in rows if row['split'] == 'test' and row['gaze_yaw']]


def numbers(rows, names):
    return np.array([[float(row[name]) for name in names] for row in rows])


@pytest.mark.slow
def test_values_are_learnt(metrics, seen):
    gazes = numbers(seen, GAZE)
    of_the_mean = np.abs(gazes - gazes.mean(axis=0)).mean(axis=0)
    found = [metrics[f'head_pose/mae_{name}'] for name in GAZE]
    assert (of_the_mean > 12).all()
    assert (found < 0.6 * of_the_mean).all()


@pytest.mark.slow
def test_the_dump_has_their_columns(metrics, work_dir, seen):
    path = work_dir / 'heads.csv'
    rows = rows_of(path)
    assert len(read_results(path)) == len(rows) == 32
    known = [row for row in rows if row['gaze_yaw']]
    assert len(known) == len(seen) == 24
    for name in GAZE:
        label, guess, std = numbers(known, (name, f'pred_{name}', f'std_{name}')).T
        error = np.abs(label - guess).mean()
        assert metrics[f'head_pose/mae_{name}'] == pytest.approx(error, abs=1e-4)
        assert (std > 0).all()


@pytest.mark.slow
def test_the_inferencer_tells_them_by_name(inferencer, root, seen, tmp_path):
    files = [root / row['image'] for row in seen]
    heads = [inferencer.predict(file, BOX)[0] for file in files]
    errors = np.abs(numbers(heads, GAZE) - numbers(seen, GAZE)).mean(axis=0)
    assert (errors < 9).all()
    for _ in inferencer(str(files[0]), bboxes=BOX, pred_out_dir=str(tmp_path)):
        pass
    (told,) = json.loads((tmp_path / f'{files[0].stem}.json').read_text())
    names = [f'{name}{end}' for name in GAZE for end in ('', '_std')]
    for name in names:
        assert told[name] == pytest.approx(heads[0][name], abs=1e-3)


@pytest.mark.slow
def test_nothing_is_known_of_a_blank_picture(inferencer):
    (head,) = inferencer.predict(np.full((SIDE, SIDE, 3), 127, np.uint8), BOX)
    for name in GAZE:
        assert head[f'{name}_std'] == pytest.approx(45 / 3**0.5)
    (maps,) = inferencer.predict_maps(draw_ball((0, 0)), BOX)
    assert maps.angle_maps.shape == (3, 16, 16)
    assert set(GAZE) < set(maps.head)


@pytest.mark.slow
def test_onnx_gives_what_the_inferencer_tells(inferencer, root, seen, tmp_path):
    export = pytest.importorskip('bernoulli_mmpose.export')
    model, path = inferencer.model, root / seen[0]['image']
    proto = export.model_to_onnx(model)
    names = [output.name for output in proto.graph.output]
    assert names == [*export.OUTPUTS, 'values', 'values_std']
    assert export.read_metadata(proto)['values'] == list(GAZE)
    crops = export.load_crops(model, [root / 'annotations.csv'], limit=6)
    assert max(export.check_against_model(model, proto, crops).values()) < 1e-3
    export.save_onnx(proto, tmp_path / 'gaze.onnx')
    (head,) = inferencer.predict(path, BOX)
    (told,) = HeadPose(tmp_path / 'gaze.onnx', threads=1).predict(path, BOX)
    for name in GAZE:
        for key in (name, f'{name}_std'):
            assert told[key] == pytest.approx(head[key], abs=0.01)


LABELS = dict(
    head_angles=np.array([[10, -20, 30]], np.float32),
    head_angles_valid=np.ones((1, 3), np.float32),
    head_values=np.array([[9, -18]], np.float32),
    head_values_valid=np.array([[0, 1]], np.float32),
)
CENTER = np.array([[[32, 30]]], np.float32)


@pytest.fixture
def codec(config):
    return KEYPOINT_CODECS.build(config.model.head.decoder)


def test_what_is_not_known_is_not_learnt(codec):
    encoded = codec.encode(CENTER, **LABELS)
    np.testing.assert_array_equal(encoded['angle_weights'], [[1, 1, 1, 0, 1]])
    np.testing.assert_allclose(encoded['angle_labels'][0, 3:], [0, -0.4])


def test_the_encoded_values_decode_by_their_names(codec):
    labels = dict(LABELS, head_values_valid=np.ones((1, 2)))
    encoded = codec.encode(CENTER, **labels)
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])[None]
    found = codec.estimate(torch.from_numpy(maps))
    for name in ('head_angles', 'head_values'):
        np.testing.assert_allclose(found[name], LABELS[name], atol=1e-4)
        np.testing.assert_allclose(found[f'{name}_std'], 0, atol=1e-2)


def test_angles_and_score_do_not_depend_on_further_maps(codec):
    plain = BernoulliHeatmap((64, 64), (16, 16), 4)
    maps = torch.rand(5, 6, 16, 16) * 0.1
    expected, found = plain.estimate(maps[:, :4]), codec.estimate(maps)
    assert (expected['head_scores'] > 0).all()
    for name, tensor in expected.items():
        assert torch.equal(tensor, found[name])
    assert set(found) - set(expected) == {'head_values', 'head_values_std'}


def test_a_flip_mirrors_them(config, root, tmp_path):
    steps = config.train_pipeline
    for prob, sign in (0.0, 1), (1.0, -1):
        flip = dict(type='RandomFlip', direction='horizontal', prob=prob)
        dataset = DATASETS.build(
            dict(
                config.train_dataloader.dataset,
                pipeline=[flip if s.type == 'RandomFlip' else s for s in steps],
                index_dir=str(tmp_path),
            )
        )
        sample = dataset[1]['data_samples']
        labels = sample.gt_instance_labels.angle_labels[0, 3:] * 45
        pitch, yaw = numbers([rows_of(root / 'annotations.csv')[2]], GAZE)[0]
        np.testing.assert_allclose(labels, [pitch, sign * yaw], atol=1e-3)


def test_sets_with_and_without_them_train_together(config, tmp_path):
    part = dict(config.train_dataloader.dataset, index_dir=str(tmp_path))
    parts = [part, dict(part, value_columns=())]
    mix = dict(type='CombinedHeadPoseDataset', datasets=parts, pipeline=[])
    mix['keypoints_of'] = 'HeadPoseTableDataset'
    dataset = DATASETS.build(mix)
    samples = [dataset[i]['data_samples'] for i in (0, len(dataset) - 1)]
    weights = [
        sample.gt_instance_labels.angle_weights[0].tolist() for sample in samples
    ]
    assert weights == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    head = MODELS.build(config.model.head)
    maps = torch.rand(2, 6, 16, 16, requires_grad=True)
    head.forward = lambda _: maps
    sum(head.loss(None, samples).values()).backward()
    sizes = maps.grad.abs().amax(dim=(2, 3))
    assert (sizes > 0).tolist() == [[True] * 6, [True] * 4 + [False] * 2]


def test_another_order_of_names_is_refused(config, tmp_path):
    """Else one value would be learnt, or told, by the name of another."""
    expected = r"expected those of the labels, \['gaze_pitch', 'gaze_yaw'\]"
    swapped = ('gaze_yaw', 'gaze_pitch')
    train = dict(config.train_dataloader.dataset, index_dir=str(tmp_path))
    train['pipeline'][-2]['encoder']['value_names'] = ('pitch', 'yaw', 'roll', *swapped)
    with pytest.raises(ValueError, match=f'value_names of the codec: {expected}'):
        DATASETS.build(train)[0]
    test = dict(config.test_dataloader.dataset, index_dir=str(tmp_path))
    sample = DATASETS.build(test)[0]['data_samples']
    sample.pred_instances = sample.gt_instances
    metric = METRICS.build(dict(type='HeadPoseMetric', value_names=swapped))
    with pytest.raises(ValueError, match=f'HeadPoseMetric, value_names: {expected}'):
        metric.process(None, [sample.to_dict()])


def test_other_flips_are_refused(codec):
    with pytest.raises(ValueError, match="expected 'horizontal' .*, got 'vertical'"):
        codec.encode(CENTER, **LABELS, flip=True, flip_direction='vertical')


def test_baselines_tell_them_too(config):
    head = dict(type='AngleRegressionHead', in_channels=4)
    head = MODELS.build(dict(head, decoder=config.model.head.decoder))
    (pred,) = head.decode(torch.arange(5.0)[None])
    assert pred.head_angles.shape == (1, 3)
    np.testing.assert_allclose(pred.head_values, [[3 * 45, 4 * 45]])


def make_sample(number, gaze, valid, angle_valid=1, dataset='gaze'):
    truth = dict(
        head_angles=np.zeros((1, 3)),
        head_angles_valid=np.full((1, 3), angle_valid),
        head_rotation=np.eye(3)[None],
        head_values=np.array([gaze], float),
        head_values_valid=np.array([valid]),
    )
    predicted = dict(head_angles=np.zeros((1, 3)), head_values=np.array([[1.0, 2.0]]))
    place = dict(id=number, img_path=f'{number}.png', dataset_name=dataset)
    return dict(place, gt_instances=truth, pred_instances=predicted)


def evaluate(samples, **options):
    metric = HeadPoseMetric(value_names=GAZE, **options)
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_errors_by_hand():
    samples = [
        make_sample(0, (4, 0), (1, 0)),
        make_sample(1, (0, 7), (1, 1), angle_valid=0),  # without a known angle
        make_sample(2, (0, 9), (1, 1), dataset='other'),
        make_sample(3, (0, 0), (0, 0)),
    ]
    body = make_sample(4, (0, 0), (0, 0))
    del body['gt_instances']['head_values'], body['pred_instances']['head_values']
    found = evaluate([*samples, body], by_dataset=True)
    expected = {
        'mae_gaze_pitch': (3 + 1 + 1) / 3,
        'mae_gaze_yaw': (5 + 7) / 2,
        'gaze/mae_gaze_pitch': 2,
        'gaze/mae_gaze_yaw': 5,
        'other/mae_gaze_yaw': 7,
        'n': 4,
        'n_unlabelled': 1,
    }
    for name, value in expected.items():
        assert found[f'head_pose/{name}'] == pytest.approx(value), name


def test_a_metric_without_names_is_as_it_was():
    metric = HeadPoseMetric()
    metric.process(None, [make_sample(0, (4, 0), (1, 1))])
    assert not [name for name in metric.evaluate(1) if 'gaze' in name]


def test_a_model_without_the_values_is_named():
    sample = make_sample(0, (4, 0), (1, 1))
    del sample['pred_instances']['head_values']
    with pytest.raises(KeyError, match='pred_instances: expected head_values'):
        evaluate([sample])
    sample = make_sample(0, (4, 0, 1), (1, 1, 1))
    with pytest.raises(ValueError, match=r'expected head_values of \(1, 2\)'):
        evaluate([sample])


def test_heads_keep_them():
    shapes = [(1, 2), (1,), (3,), (3,), (), (4,), ()]
    arrays = [np.zeros((2, *shape), np.float32) for shape in shapes]
    values = np.array([[1, 2], [3, 4]], np.float32)
    heads = Heads(*arrays, head_values=values, value_names=GAZE)
    (head,) = Heads.join([heads[:1], heads[1:]])[np.array([1])].to_dicts()
    assert (head['gaze_pitch'], head['gaze_yaw']) == (3, 4)
    assert 'gaze_yaw_std' not in head


@pytest.fixture
def write_table(tmp_path):
    cv2.imwrite(str(tmp_path / '0.png'), draw_ball((0, 0)))

    def write(name='table.csv', cells=(1, 2), columns=GAZE):
        row = dict(zip(HEADER, ['0.png', *PLACE, 5, '', 0], strict=False))
        row |= dict(zip(columns, cells, strict=True))
        text = [','.join(row), ','.join(map(str, row.values()))]
        is_json = name.endswith('.json')
        (tmp_path / name).write_text(json.dumps([row]) if is_json else '\n'.join(text))
        return dict(data_root=str(tmp_path), ann_file=name, value_columns=GAZE)

    return write


@pytest.mark.parametrize(
    ('name', 'empty'), [('table.csv', ''), ('table.json', ''), ('table.json', None)]
)
def test_a_table_gives_records(write_table, name, empty):
    dataset = HeadPoseTableDataset(**write_table(name, (7.5, empty)))
    record = dataset.get_data_info(0)
    np.testing.assert_array_equal(record['head_values'], [[7.5, 0]])
    np.testing.assert_array_equal(record['head_values_valid'], [[1, 0]])
    assert record['head_values'].dtype == np.float32
    assert record['instance_mapping_table']['head_values'] == 'head_values'
    bare = HeadPoseTableDataset(**dict(write_table(name), value_columns=()))
    assert 'head_values' not in bare.get_data_info(0)


@pytest.mark.parametrize(
    ('cells', 'message'),
    [
        (('x', 2), r"row 2, column 'gaze_pitch': expected a number .*, got 'x'"),
        (('nan', 2), "column 'gaze_pitch': expected a number"),
        ((1, '1e30'), "column 'gaze_yaw': expected a number within 1e"),
        ((1,), r"expected the columns \['gaze_yaw'\]"),
    ],
)
def test_bad_tables_are_named(write_table, cells, message):
    options = write_table(cells=cells, columns=GAZE[: len(cells)])
    with pytest.raises(ValueError, match=message):
        HeadPoseTableDataset(**options)


CLASHES = [
    ('gaze', 'gaze'),
    ('gaze', 'gaze_std'),
    ('score',),
    ('roll_std',),
    ('a b',),
    (3,),
    ('gaze_yaw'),  # a text: its letters
]


@pytest.mark.parametrize('names', CLASHES, ids=str)
def test_names_that_clash_are_refused(names):
    expected = 'expected a list of names .* each once and none that'
    codec = dict(value_names=('pitch', 'yaw', 'roll', *names))
    codec['flip_signs'] = (1,) * (3 + len(names))
    if isinstance(names, tuple):
        with pytest.raises(ValueError, match=f'value_names: {expected}'):
            BernoulliHeatmap((64, 64), (16, 16), 4, **codec)
    with pytest.raises(ValueError, match=f'value_names: {expected}'):
        HeadPoseMetric(value_names=names)
    with pytest.raises(ValueError, match=f'value_columns: {expected}'):
        HeadPoseTableDataset('.', 'a.csv', value_columns=names)


@pytest.mark.parametrize('name', ['image', 'split', 'w'])
def test_columns_of_the_table_are_no_values(name):
    with pytest.raises(ValueError, match=f'value_columns: .* got {name!r}'):
        HeadPoseTableDataset('.', 'a.csv', value_columns=[name])


def test_wrong_lengths_are_named(codec):
    labels = dict(LABELS, head_values=np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r'head_values: expected shape \(1, 2\)'):
        codec.encode(CENTER, **labels)
    names = ('pitch', 'yaw', 'roll', 'size')
    with pytest.raises(ValueError, match=r"flip_signs: expected one for each .*'size'"):
        BernoulliHeatmap((64, 64), (16, 16), 4, value_names=names)
    options = dict(value_names=names, flip_signs=(1, -1, -1, 1))
    with pytest.raises(ValueError, match='value_key: expected another field'):
        BernoulliHeatmap((64, 64), (16, 16), 4, value_key='head_values', **options)


def test_where_they_are_not_supported_is_said(config):
    with pytest.raises(ValueError, match='TableHeadsDataset takes none'):
        TableHeadsDataset('.', 'a.csv', value_columns=GAZE)
    options = config.model.copy()
    options.head.decoder.update(
        value_names=['size'], value_scales=[10.0], flip_signs=[1]
    )
    options.test_cfg.axis_tip_share = None
    with pytest.raises(ValueError, match=r"whose first values are \('pitch', 'yaw'"):
        check_model(MODELS.build(options))
