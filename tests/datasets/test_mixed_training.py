"""Bodies and heads of different sets in one training, through the mixed config."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from head_tables import FACE, write_heads
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner import Runner
from mmpose.registry import DATASETS, MODELS

from bernoulli_mmpose.datasets.body_keypoints import find_metainfo

CONFIG = (
    Path(__file__).parents[2] / 'configs/bernoulli_hrnet-small_coco-head-mix_256x192.py'
)


@pytest.fixture
def config(body_root, monkeypatch) -> Config:
    """The config on made data: three people, ten faces of each head set."""
    root = body_root.parent
    write_heads(root / 'pointing04', '')
    write_heads(root / 'genki4k', '30')
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(root))
    config = Config.fromfile(CONFIG)
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        config[name].update(batch_size=10, num_workers=0)
    config.train_dataloader.sampler.batch_size = 10
    return config


def train_batch(config):
    loader = Runner.build_dataloader(config.train_dataloader, seed=0)
    return next(iter(loader))


def test_sampling_ratio(config):
    config.train_dataloader.sampler.source_ratio = [0.2, 0.5, 0.3]
    names = [sample.dataset_name for sample in train_batch(config)['data_samples']]
    assert Counter(names) == dict(coco_head_pose=2, pointing04=5, genki4k=3)


def test_each_sample_counts_in_the_losses_it_has_labels_for(config):
    """Gradients of each sample's maps: body (17), centre (1), angles (3)."""
    steps = config.train_dataloader.dataset.pipeline
    moves = ('RandomBBoxTransform', 'RandomHalfBody')  # a head may leave the crop
    config.train_dataloader.dataset.pipeline = [s for s in steps if s.type not in moves]
    samples = train_batch(config)['data_samples']
    head = MODELS.build(config.model.head)
    maps = torch.rand(len(samples), 21, 64, 48, requires_grad=True)
    head.forward = lambda _: maps
    sum(head.loss(None, samples).values()).backward()
    sizes = maps.grad.abs().amax(dim=(2, 3))
    whole = 0
    for sample, size in zip(samples, sizes, strict=True):
        body, center = size[:17].max() > 0, size[17] > 0
        angles = (size[18:] > 0).tolist()
        labelled = sample.gt_instance_labels.angle_weights[0].bool().tolist()
        assert angles == labelled
        if sample.dataset_name == 'coco_head_pose':
            assert body
            assert center == (sample.id in (0, 1))
            assert angles == [sample.id == 0] * 3
            whole += sample.id == 0
        else:
            assert not body
            assert center
            known = sample.dataset_name == 'genki4k'
            assert angles == [True, True, known]
    assert whole > 0


def test_faces_are_as_large_as_in_body_crops(config):
    """20 to 60 input pixels before the body's own change of scale, all of it used."""
    part = config.train_dataloader.dataset.datasets[2]
    dataset = DATASETS.build(part)
    common = Compose(
        [
            dict(type='GetBBoxCenterScale'),
            dict(type='TopdownAffine', input_size=(192, 256)),
        ]
    )
    records = [common(dataset[i % len(dataset)]) for i in range(200)]
    faces = [FACE * 192 / record['input_scale'][0] for record in records]
    assert 19 < min(faces) < 24
    assert 50 < max(faces) < 62
    centers = np.array([r['transformed_keypoints'][0, -1] for r in records])
    assert (centers > 0).all()
    assert (centers < (192, 256)).all()
    assert np.ptp(centers, axis=0).min() > 60


def test_tested_faces_are_of_their_middle_size(config):
    dataset = DATASETS.build(config.val_dataloader.dataset)
    record = dataset[len(dataset) - 1]
    sample = record['data_samples']
    assert sample.dataset_name == 'genki4k'
    assert 30 < FACE * 192 / sample.input_scale[0] < 40
    assert sample.gt_instances.keypoints.shape == (1, 18, 2)


def test_unknown_keypoints():
    build = dict(type='CombinedHeadPoseDataset', datasets=[], keypoints_of='Cats')
    with pytest.raises(ValueError, match="keypoints_of: expected.*got 'Cats'"):
        DATASETS.build(build)


HEADS = dict(type='HeadPoseTableDataset', ann_file='annotations.csv')


@pytest.mark.filterwarnings('ignore:The metainfo config file')
@pytest.mark.parametrize('keypoints_of', ['CocoDataset', 'CocoHeadPoseDataset', 'dict'])
def test_all_records_get_the_bodys_keypoints(config, tmp_path, keypoints_of):
    """Heads alone, bodies with heads and bodies alone, without a converter."""
    root = Path(config.data_root)
    coco = dict(
        data_root=str(root / 'coco'),
        ann_file='annotations/coco_wholebody_val_v1.0_head_pose.json',
        data_prefix=dict(img='val2017'),
    )
    if keypoints_of == 'dict':
        own = tmp_path / 'coco.py'
        own.write_text(find_metainfo('coco').read_text().replace("'nose'", "'snout'"))
        keypoints_of = dict(from_file=str(own))
    dataset = DATASETS.build(
        dict(
            type='CombinedHeadPoseDataset',
            keypoints_of=keypoints_of,
            datasets=[
                dict(HEADS, data_root=str(root / 'genki4k'), split='test'),
                dict(coco, type='CocoHeadPoseDataset'),
                dict(coco, type='CocoDataset'),
            ],
        )
    )
    names = dataset.metainfo['keypoint_id2name']
    assert names[17] == 'head_center'
    assert (names[0] == 'snout') is isinstance(keypoints_of, dict)
    records = [dataset.get_data_info(i) for i in range(len(dataset))]
    seen = [record['keypoints_visible'][0] > 0 for record in records]
    assert {one.shape for one in seen} == {(18,)}
    assert {record['keypoints'].shape for record in records} == {(1, 18, 2)}
    heads, both, bodies = seen[0], seen[2], seen[5]
    assert heads.tolist() == [False] * 17 + [True]
    assert both.all()
    assert bodies.tolist() == [True] * 17 + [False]
    assert np.array_equal(
        records[2]['keypoints'][:, :17], records[5]['keypoints'][:, :17]
    )


def test_other_keypoints_are_refused(config):
    root = Path(config.data_root) / 'genki4k'
    to_body = dict(type='KeypointConverter', num_keypoints=5, mapping=[(0, 4)])
    part = dict(HEADS, data_root=str(root), split='test', pipeline=[to_body])
    dataset = DATASETS.build(dict(type='CombinedHeadPoseDataset', datasets=[part]))
    with pytest.raises(ValueError, match=r'0\.png.*17 keypoints .* both, got 5'):
        dataset.get_data_info(0)


@pytest.mark.slow
def test_training_and_both_figures_in_one_run(config, tmp_path):
    config.work_dir = str(tmp_path / 'work')
    config.train_cfg = dict(by_epoch=False, max_iters=1, val_interval=1)
    config.default_hooks.checkpoint.update(interval=1, by_epoch=False)
    config.train_dataloader.update(batch_size=5)
    config.train_dataloader.sampler.update(batch_size=5)
    config.model.test_cfg.flip_test = False
    config.visualizer = None
    Runner.from_cfg(config).train()
    (log,) = Path(config.work_dir).glob('*/vis_data/scalars.json')
    figures = [json.loads(line) for line in log.read_text().splitlines()][-1]
    assert 'coco/AP' in figures
    assert figures['head_pose/n'] == 5
    assert figures['head_pose/coco_head_pose/n'] == 1
    assert figures['head_pose/genki4k/n'] == 2
    (best,) = Path(config.work_dir).glob('best_coco_AP*.pth')
    meta = torch.load(best, weights_only=True)['meta']['dataset_meta']
    assert meta['num_keypoints'] == 18


def test_rotations_beside_a_body(config):
    """Each sample's six columns learn where they are labelled: roll is not always."""
    steps = config.train_dataloader.dataset.pipeline
    moves = ('RandomBBoxTransform', 'RandomHalfBody')
    config.train_dataloader.dataset.pipeline = [s for s in steps if s.type not in moves]
    encoders = [s.encoder for s in steps if s.type == 'GenerateTarget']
    for codec in (config.model.head.decoder, *encoders):
        codec.type = 'RotationHeatmap'
    config.model.head.type = 'BernoulliRotationHead'
    samples = train_batch(config)['data_samples']
    head = MODELS.build(config.model.head)
    maps = torch.rand(len(samples), 24, 64, 48, requires_grad=True)
    head.forward = lambda _: maps
    sum(head.loss(None, samples).values()).backward()
    learnt = maps.grad[:, 18:].abs().amax(dim=(2, 3)) > 0
    for sample, columns in zip(samples, learnt.tolist(), strict=True):
        if sample.dataset_name == 'coco_head_pose':
            assert columns == [sample.id == 0] * 6
        else:
            assert columns == [True] * 3 + [sample.dataset_name == 'genki4k'] * 3
