"""Configs of runs: what a run changes is changed, everywhere it stands."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import OPTIMIZERS
from mmpose.registry import MODELS

from bernoulli_mmpose.experiments import report
from bernoulli_mmpose.experiments.catalogue import (
    ABLATION,
    EXPERIMENTS,
    METHODS,
    OTHER_SETTINGS,
)
from bernoulli_mmpose.experiments.runs import Run, compose
from bernoulli_mmpose.experiments.selection import wanted_runs
from bernoulli_mmpose.experiments.suites import SUITES

CONFIGS = Path(__file__).parents[2] / 'configs'


def composed(run, suite='sample'):
    chosen = SUITES[suite]
    parts = METHODS[run.method], chosen.data[run.data], chosen.budget
    return compose(run, *parts, CONFIGS)


def target_codec(config):
    steps = config.train_dataloader.dataset.pipeline
    return next(s for s in steps if s['type'] == 'GenerateTarget')['encoder']


@pytest.mark.parametrize('suite', SUITES)
@pytest.mark.parametrize('name', EXPERIMENTS)
def test_runs_of_one_name_are_one_run(suite, name):
    known = {}
    for experiment in (EXPERIMENTS[name], *EXPERIMENTS.values()):
        for run in experiment.runs(SUITES[suite]):
            assert known.setdefault(run.name, run) == run
            assert run.method in METHODS
            assert run.data in SUITES[suite].data


def test_a_codec_is_changed_in_head_and_targets():
    config = composed(Run(variant='r3', codec=dict(radius=3)))
    assert config.model.head.decoder.radius == 3
    assert target_codec(config).radius == 3
    default = composed(Run())
    assert default.model.head.decoder.radius == 4


def test_peers_differ_in_their_heads_alone():
    ours = composed(Run()).to_dict()
    for method in ('regression', 'bins', 'sixd'):
        theirs = composed(Run(method=method)).to_dict()
        differing = {
            key for key in ours if ours[key] != theirs[key] and key != 'experiment_name'
        }
        assert differing == {'model'}
        assert theirs['model']['head']['in_channels'] == (16, 32, 64, 128)
        assert theirs['model']['backbone']['arch'] == 'w18_small_v1'
        same = {
            key
            for key in {**ours['model'], **theirs['model']}
            if ours['model'].get(key) == theirs['model'].get(key)
        }
        assert {'type', 'backbone', 'data_preprocessor', 'train_cfg'} <= same
        assert theirs['model']['test_cfg']['flip_test']
        assert ours['model']['test_cfg']['flip_test']


def test_seed_budget_and_autocast():
    config = composed(Run(seed=2))
    assert config.randomness == dict(seed=2)
    assert config.train_cfg.max_iters == 1500
    assert config.param_scheduler[-1].T_max == 1500
    assert config.train_dataloader.sampler.type == 'InfiniteSampler'
    assert config.model.train_cfg.autocast == 'bfloat16'
    assert config.val_dataloader is None
    published = composed(Run(), 'published')
    assert published.train_cfg.max_epochs == 60
    assert published.model.backbone.arch == 'w32'
    leaf = Config.fromfile(CONFIGS / 'bernoulli_hrnet_biwi.py')
    for name in ('train_cfg', 'optim_wrapper', 'param_scheduler', 'model'):
        assert published[name] == leaf[name]


def test_the_papers_setting_has_the_papers_schedule_where_epochs_are_counted():
    leaf = Config.fromfile(CONFIGS / 'bernoulli_hrnet_biwi_paper.py')
    published = composed(Run(method='paper'), 'published')
    for name in ('train_cfg', 'optim_wrapper', 'param_scheduler', 'model'):
        assert published[name] == leaf[name]
    ours, paper = composed(Run()), composed(Run(method='paper'))
    assert paper.optim_wrapper == ours.optim_wrapper
    assert paper.param_scheduler == ours.param_scheduler


def test_the_papers_optimiser_is_tried_where_it_has_not_its_schedule():
    (adam,) = (run for run in OTHER_SETTINGS.values() if run.method == 'paper')
    leaf = Config.fromfile(CONFIGS / 'bernoulli_hrnet_biwi_paper.py')
    optimiser = composed(adam).optim_wrapper
    assert optimiser.optimizer == leaf.optim_wrapper.optimizer
    assert 'clip_grad' not in {*optimiser, *leaf.optim_wrapper}
    assert adam in EXPERIMENTS['peers'].runs(SUITES['sample'])
    assert adam not in EXPERIMENTS['peers'].runs(SUITES['published'])


@pytest.mark.parametrize(
    ('suite', 'told'), [('sample', '1,500 batches'), ('published', '60 epochs')]
)
def test_the_page_tells_the_budget_though_nothing_is_trained_yet(suite, told):
    assert told in report._budget({}, composed(Run(), suite))


def test_people_of_a_protocol_are_on_one_side():
    for seed in range(2):
        groups = {}
        for number, count in ((1, 8), (2, 6), (3, 4)):
            config = composed(Run(f'protocol{number}-{seed}'))
            ours = config.train_dataloader.dataset.subjects
            others = config.test_dataloader.dataset.subjects
            assert (len(ours), len(others)) == (count, 12 - count)
            assert not set(ours) & set(others)
            assert not set(others) & {'person03', 'person07', 'person12'}
            groups[number] = set(ours)
        assert groups[3] < groups[2] < groups[1]


@pytest.mark.parametrize('suite', SUITES)
def test_no_training_of_a_suite_repeats_another(suite):
    known = {}
    for run in wanted_runs(SUITES[suite], ['all']):
        config = composed(run, suite).to_dict()
        config.pop('experiment_name')
        same = known.setdefault(repr(config), run)
        assert same is run, f'{run.name} is {same.name}'


def test_the_scale_of_the_maps_leaves_their_loss_in_degrees():
    run = next(run for run in ABLATION.values() if run.variant == 'scale45')
    errors = torch.linspace(-40, 40, 9)
    losses = []
    for config in (composed(Run()), composed(run)):
        head = MODELS.build(config.model).head
        maps = (errors / head.decoder.value_scales[0]).view(1, 1, 1, 9)
        disc, labelled = torch.ones_like(maps), torch.ones(1, 1)
        losses.append(head.angle_loss(maps, torch.zeros_like(maps), disc, labelled))
    assert losses[0] > 0
    torch.testing.assert_close(losses[0], losses[1])


def test_one_of_two_sets_for_training_and_all_for_testing():
    config = composed(Run('only-genki4k'))
    names = [d.get('dataset_name') for d in config.train_dataloader.dataset.datasets]
    assert names == ['genki4k']
    assert len(config.test_dataloader.dataset.datasets) == 3


def test_whole_images_are_of_all_sets():
    for suite in SUITES:
        config = composed(Run('background'), suite)
        for loader in (config.train_dataloader, config.test_dataloader):
            sets = loader.dataset.get('datasets', [loader.dataset])
            regions = {s.get('region') for s in sets if s['type'] != 'AFLW2000Dataset'}
            assert regions == {'image'}
        assert config.model.head.decoder.input_size == (128, 96)


@pytest.mark.parametrize('title', ABLATION)
def test_each_line_of_the_ablation_changes_something(title):
    run = ABLATION[title]
    changed, default = composed(run).to_dict(), composed(Run()).to_dict()
    differing = {key for key in default if default[key] != changed[key]}
    differing -= {'experiment_name'}
    assert differing
    assert differing <= {'model', 'train_dataloader'}
    MODELS.build(changed['model'])


@pytest.mark.parametrize('title', [t for t, run in ABLATION.items() if run.weights])
def test_weights_that_are_tested_again_fit(title):
    """Nothing but the decoding differs from the run whose weights they are."""
    run = ABLATION[title]
    assert run.weights == Run().name
    changed, default = composed(run).model, composed(Run()).model
    decoders = [model.head.pop('decoder') for model in (changed, default)]
    assert decoders[0] != decoders[1]
    assert changed == default


def test_the_papers_setting_is_squared_error_on_maps_of_the_finest_map():
    model = composed(Run(method='paper')).model
    assert model.head.angle_loss == dict(type='BernoulliLoss')
    assert model.head.decoded_loss is None
    assert model.head.in_channels == 16
    assert 'neck' not in model


def test_the_default_reads_all_maps():
    model = composed(Run()).model
    assert model.backbone.multiscale_output is True
    assert model.neck.type == 'MultiscaleConcat'
    assert model.head.in_channels == 240


@pytest.mark.parametrize('title', OTHER_SETTINGS)
def test_other_settings_of_the_approaches_build(title):
    run = OTHER_SETTINGS[title]
    config = composed(run)
    default = composed(Run(method=run.method)).to_dict()
    changed = {key for key, value in config.to_dict().items() if value != default[key]}
    changed.discard('experiment_name')
    optimiser = run.variant.startswith('lr') or run.variant == 'adam'
    assert changed == {'optim_wrapper' if optimiser else 'model'}
    MODELS.build(config.model)
    OPTIMIZERS.build(dict(config.optim_wrapper.optimizer, params=[torch.zeros(1)]))


def test_bins_have_soft_labels_as_in_their_config():
    leaf = Config.fromfile(CONFIGS / 'bins_hrnet-small_pointing04_genki4k.py')
    assert composed(Run(method='bins')).model.head.label_std == 3
    assert leaf.model.head.label_std == 3
