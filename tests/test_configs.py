"""Every config builds: model, data sets, loaders' parts, metric and schedule."""

from itertools import product
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from mmpose.apis.inferencers.utils import default_det_models
from mmpose.registry import DATASETS, MODELS, TRANSFORMS

from bernoulli_mmpose.models import PooledHead, TopdownWithHeadPose, head_of

ROOT = Path(__file__).parents[1] / 'configs'
CONFIGS = sorted(p for p in ROOT.rglob('*.py') if '_base_' not in p.parts)


def load(path: Path) -> Config:
    config = Config.fromfile(path)
    init_default_scope(config.default_scope)
    return config


def inner_datasets(dataset: dict) -> list[dict]:
    if 'datasets' not in dataset:
        return [dataset]
    return [part for one in dataset.datasets for part in inner_datasets(one)]


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_config_builds(path):
    config = load(path)
    model = MODELS.build(config.model)
    head = head_of(model) if isinstance(model, TopdownWithHeadPose) else model.head
    for name in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        # torch refuses it to who sets num_workers=0 alone
        assert not config[name].get('persistent_workers')
        dataset = config[name].dataset
        for part in inner_datasets(dataset):
            DATASETS.build(dict(part, lazy_init=True))
        for step in [TRANSFORMS.build(step) for step in dataset.pipeline]:
            if hasattr(step, 'encoder'):
                own, heads = getattr(step.encoder, 'head', step.encoder), head.decoder
                assert type(own) is type(heads)
                assert own.input_size == heads.input_size
                for name in ('radius', 'radius_limits'):
                    assert getattr(own, name, 0) == getattr(heads, name, 0)
    Evaluator(config.val_evaluator)
    assert config.default_hooks.checkpoint.backend_args.backend == 'whole_file'
    width, height = head.decoder.input_size
    images = torch.zeros(1, 3, height, width)
    model.eval()
    with torch.no_grad():
        if isinstance(model, TopdownWithHeadPose):
            maps = head(model.head_pose_maps(images)[1])
        else:
            maps = head(model.extract_feat(images))
    if isinstance(head, PooledHead):
        assert maps.shape == (1, head.fc.out_features)
    else:
        assert tuple(maps.shape[:1:-1]) == head.decoder.heatmap_size


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_leaf_is_a_short_diff(path):
    assert len(path.read_text().splitlines()) <= 30


# A check learns its test images by heart on purpose.
@pytest.mark.parametrize(
    'path',
    [path for path in CONFIGS if path.parent.name != 'checks'],
    ids=lambda path: path.stem,
)
def test_training_and_test_people_are_asked_for_apart(path):
    config = load(path)
    train = inner_datasets(config.train_dataloader.dataset)
    test = inner_datasets(config.test_dataloader.dataset)
    for first, second in product(train, test):
        names = ('data_root', 'ann_file')
        if all(first.get(name) == second.get(name) for name in names):
            assert first['split'] == 'train'
            assert second['split'] == 'test'
            assert first.get('protocol') == second.get('protocol')


def test_plain_fusion_differs_in_one_thing():
    main = load(ROOT / 'bernoulli_hrnet_biwi.py')
    plain = load(ROOT / 'bernoulli_hrnet_biwi_plain-fusion.py')
    assert plain.model.backbone.pop('channelwise') is False
    assert plain.model.to_dict() == main.model.to_dict()


SCHEDULE = 'train_cfg', 'optim_wrapper', 'param_scheduler'


def schedule(config: Config) -> list:
    return [config[name] for name in SCHEDULE]


def test_the_papers_setting_differs_in_model_and_schedule_alone():
    ours, paper = (
        load(ROOT / f'bernoulli_hrnet_biwi{end}.py') for end in ('', '_paper')
    )
    assert paper.model.head.angle_loss == dict(type='BernoulliLoss')
    assert paper.model.head.decoded_loss is None
    assert 'neck' not in paper.model
    assert paper.model.head.decoder == ours.model.head.decoder
    assert paper.optim_wrapper == dict(optimizer=dict(type='Adam', lr=1e-3))
    (steps,) = paper.param_scheduler
    assert (steps.type, steps.milestones, steps.gamma) == ('MultiStepLR', [15, 30], 0.5)
    assert ours.optim_wrapper.optimizer.type == 'AdamW'
    assert ours.optim_wrapper.clip_grad == dict(max_norm=5)
    for config in (paper, ours):
        for name in ('model', *SCHEDULE):
            config.pop(name)
    assert paper.to_dict() == ours.to_dict()


@pytest.mark.parametrize(
    'path',
    [*ROOT.glob('bernoulli_hrnet_300w*.py'), *ROOT.glob('bernoulli_hrnet*_biwi*.py')],
    ids=lambda path: path.stem,
)
def test_what_goes_beyond_the_paper_has_the_schedule_of_the_default(path):
    ours, default = load(path), load(ROOT / 'bernoulli_hrnet-small_pointing04.py')
    same = schedule(ours) == schedule(default)
    assert same == ('neck' in ours.model) == ('paper' not in path.stem)


@pytest.mark.parametrize('baseline', ['regression', 'bins', 'sixd'])
def test_baselines_differ_in_the_head_alone(baseline):
    """The same data, crops, schedule and backbone, all of whose maps are read."""
    name = 'hrnet-small_pointing04_genki4k.py'
    main, other = (load(ROOT / f'{kind}_{name}') for kind in ('bernoulli', baseline))
    assert other.model.backbone.multiscale_output is True
    assert other.model.head.decoder == main.model.head.decoder
    del main.model['neck']  # joins the maps
    for config in (main, other):
        del config.model['head'], config.model['test_cfg']
    assert other.to_dict() == main.to_dict()


@pytest.mark.parametrize(
    ('data', 'objects'), [('coco', 'body'), ('coco-wholebody', 'wholebody')]
)
def test_inferencers_detect_people_for_body_models(data, objects):
    config = load(ROOT / f'bernoulli_hrnet-small_{data}-head_256x192.py')
    source = DATASETS.get(config.dataset_type).__module__
    # How MMPose's inferencer finds its detector.
    found = source.split('datasets.')[-1].split('.')[0]
    assert found == objects
    assert found in default_det_models
