"""Head pose beside MMPose's own models: the body does not change by a bit."""

import copy
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks.beside import labelled_samples
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.runner.checkpoint import _load_checkpoint_to_model
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from bernoulli_mmpose.datasets.body_keypoints import find_metainfo
from bernoulli_mmpose.models import TopdownWithHeadPose
from bernoulli_mmpose.models.body_checks import LabelWatch

CONFIGS = Path(__file__).parents[2] / 'configs'
# One of each kind of head: SimCC, 133 keypoints, UDP, DARK, MSRA, RLE.
LEAVES = sorted(path.stem for path in CONFIGS.glob('*head-pose_256x192.py'))
QUICK = 'res50_head-pose_256x192'


def load_config(name: str = QUICK) -> Config:
    config = Config.fromfile(CONFIGS / f'{name}.py')
    backbone = config.model.backbone
    backbone.init_cfg = None
    # Of fewer blocks: the same parts, sooner.
    for stage in backbone.get('extra', {}).values():
        stage.update(num_modules=1, num_blocks=(1,) * stage.num_branches)
    if 'deepen_factor' in backbone:
        backbone.deepen_factor = 0.2
    return config


def stock_of(config: Config) -> torch.nn.Module:
    """MMPose's own model, with random weights."""
    names = ('backbone', 'neck', 'head', 'data_preprocessor', 'test_cfg')
    model = {name: config.model[name] for name in names if name in config.model}
    model['test_cfg'] = {k: v for k, v in model['test_cfg'].items() if 'axis' not in k}
    return MODELS.build(dict(model, type='TopdownPoseEstimator')).eval()


def build(config: Config | None = None, **changes) -> TopdownWithHeadPose:
    config = config or load_config()
    return MODELS.build({**config.model, **changes})


def load(model: torch.nn.Module, weights: dict) -> None:
    """As MMEngine's ``load_from`` does."""
    _load_checkpoint_to_model(model, dict(state_dict=weights))


def samples(count: int, keypoints: int = 18) -> list[PoseDataSample]:
    size = np.array([192.0, 256.0])
    meta = dict(input_center=size / 2, input_scale=size, input_size=(192, 256))
    # The nose, then left and right in turn; of 18 or 134 the last is the head centre.
    pairs = [0, *(i + 1 if i % 2 else i - 1 for i in range(1, keypoints))]
    meta['flip_indices'] = [min(i, keypoints - 1) for i in pairs]
    made = []
    for _ in range(count):
        sample = PoseDataSample(metainfo=meta)
        boxes = np.array([[0, 0, *size]])
        sample.gt_instances = InstanceData(bboxes=boxes, bbox_scores=np.ones(1))
        made.append(sample)
    return made


def labelled(config: Config, count: int) -> list[PoseDataSample]:
    """Samples with the labels of ``BodyAndHead``, in the middle of a picture."""
    made = samples(count)
    for sample, labels in zip(made, labelled_samples(config, count), strict=True):
        sample.gt_instance_labels = labels.gt_instance_labels
        sample.gt_fields = labels.gt_fields
    return made


def train(model: TopdownWithHeadPose, batch: list, steps: int = 1) -> dict:
    model.train()
    learnt = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=1e-3)
    images = torch.rand(len(batch), 3, 256, 192)
    for _ in range(steps):
        losses = model.loss(images, batch)
        total = sum(value for name, value in losses.items() if 'loss' in name)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    return losses


def predict(model: torch.nn.Module, images: torch.Tensor, keypoints: int) -> list:
    with torch.no_grad():
        found = model.eval().predict(images, samples(len(images), keypoints))
    return [sample.pred_instances for sample in found]


@pytest.mark.parametrize('name', LEAVES)
def test_the_body_is_mmposes_before_and_after_a_frozen_training(name):
    config = load_config(name)
    stock = stock_of(config)
    count = 133 if 'wholebody' in name else 17
    images = torch.rand(1, 3, 256, 192)
    wanted = predict(stock, images, count)
    model = build(config)
    load(model, stock.state_dict())
    before = copy.deepcopy(model.state_dict())
    assert model.num_keypoints == count + 1
    for is_trained in (False, True):
        if is_trained:
            losses = train(model, labelled(config, 2))
            assert set(losses) == {
                'head_pose_loss_kpt', 'head_pose_loss_angle', 'head_pose_loss_deviation'
            }  # fmt: skip
        for own, body in zip(predict(model, images, count + 1), wanted, strict=True):
            for field in ('keypoints', 'keypoint_scores', 'keypoints_visible'):
                assert np.array_equal(own[field][:, :count], body[field]), field
            assert own.keypoints.shape[1] == count + 4  # the centre, and three tips
            assert own.head_angles.shape == (1, 3)
    after = model.state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert {k.split('.')[0] for k in changed} == {'head_pose', 'joined'}


@pytest.mark.parametrize('mode', ['frozen', 'detached', 'joint'])
def test_whose_gradient_reaches_what(mode):
    config = load_config()
    model = build(config, training_mode=mode)
    batch = labelled(config, 2)
    model.train()
    own = model.loss(torch.rand(2, 3, 256, 192), batch)
    sum(v for k, v in own.items() if k.startswith('head_pose_loss')).backward()
    reached = {
        name.split('.')[0]
        for name, one in model.named_parameters()
        if one.grad is not None and one.grad.any()
    }
    body = {'backbone'} if mode == 'joint' else set()
    assert reached == {'joined', 'head_pose'} | body
    assert ('loss_kpt' in own) is (mode != 'frozen')
    assert model.backbone.training is (mode != 'frozen')
    assert model.joined.training


@pytest.mark.parametrize('name', LEAVES)
def test_a_person_is_cropped_as_before(name):
    """From a picture and a box to the body: the test pipeline is the body's own."""
    config = load_config(name)
    (base,) = re.findall(r"'mmpose::(.*)'", (CONFIGS / f'{name}.py').read_text())
    stock = Config.fromfile(find_metainfo('coco').parents[2] / base)
    steps = [one.test_dataloader.dataset.pipeline for one in (config, stock)]
    image = np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8)
    box = np.array([[30.0, 20, 160, 280]], np.float32)
    person = dict(img=image, bbox=box, bbox_score=np.ones(1, np.float32))
    ours, theirs = (Compose(each)(dict(person))['inputs'] for each in steps)
    assert torch.equal(ours, theirs)


def test_the_optimizer_keeps_nothing_of_a_frozen_body():
    config = load_config()
    model = build(config)
    optimizer = torch.optim.Adam(model.parameters())
    model.train()
    losses = model.loss(torch.rand(1, 3, 256, 192).expand(2, -1, -1, -1),
                        labelled(config, 2))  # fmt: skip
    sum(losses.values()).backward()
    optimizer.step()
    kept = {id(p) for p in optimizer.state}
    assert kept == {id(p) for p in [*model.joined.parameters(),
                                    *model.head_pose.parameters()]}  # fmt: skip


def test_the_centre_of_udp_is_where_its_crop_shows_it():
    """UDP's crop of 192 pixels spans 191 of its steps."""
    config = load_config('hrnet-w32-udp_head-pose_256x192')
    model = build(config)
    head = InstanceData(
        keypoints=np.array([[[191.0, 255.0]]]), keypoint_scores=np.ones((1, 1))
    )
    body = InstanceData(
        keypoints=np.zeros((1, 17, 2)), keypoint_scores=np.ones((1, 17))
    )
    model._add_head(body, head)
    # MMPose then multiplies by the crop's scale over 192: the last step is its border.
    assert np.allclose(body.keypoints[0, -1], [192, 256])


def test_the_flip_test_mirrors_body_and_head():
    model = build()
    images = torch.rand(1, 3, 256, 192)
    straight, turned = (predict(model, one, 18)[0] for one in (images, images.flip(-1)))
    mirrored = straight.head_rotation * np.array([[1, -1, -1], [-1, 1, 1], [-1, 1, 1]])
    assert model.test_cfg['flip_test']
    assert np.allclose(mirrored, turned.head_rotation, atol=1e-4)


def test_a_model_of_its_own_config_loads_back():
    model, other = build(), build()
    load(other, model.state_dict())
    images = torch.rand(1, 3, 256, 192)
    first, second = (predict(one, images, 18)[0] for one in (model, other))
    assert np.array_equal(first.head_angles, second.head_angles)


def test_indices_of_the_body_keep_the_head_centre():
    config = load_config()
    config.model.test_cfg.output_keypoint_indices = [0, 1, 2]
    found = predict(build(config), torch.rand(1, 3, 256, 192), 18)[0]
    assert found.keypoints.shape == (1, 4 + 3, 2)


@pytest.mark.parametrize(
    ('changes', 'expected'),
    [
        (dict(features=['backbone.layer9']), "such as .*layer2.*got 'backbone.layer9'"),
        (dict(features=['backbone[7]']), r"one of the 1 maps .* got 'backbone\[7\]'"),
        (dict(features='backbone'), 'expected names of modules'),
        (dict(features=[]), 'expected names of modules'),
        (dict(features=['head.final_layer']), "runs before the body's head"),
        (dict(training_mode='half'), "expected one of .*'joint'.*got 'half'"),
        (dict(features=[3]), 'got 3'),
        (dict(head_pose=None), 'head_pose: expected the config of a BernoulliHead'),
    ],
)
def test_parts_that_do_not_fit_are_named(changes, expected):
    with pytest.raises(ValueError, match=expected):
        build(**changes)


def test_another_input_size_is_refused():
    config = load_config()
    config.model.head_pose.decoder.input_size = (96, 128)
    with pytest.raises(ValueError, match=r'that of the body, \(192, 256\)'):
        build(config)


@pytest.mark.parametrize(
    'head',
    [
        dict(type='EDPoseHead'),
        dict(type='mmpose.RTMOHead'),
        dict(type='DEKRHead', in_channels=32, num_keypoints=17,
             heatmap_loss=dict(type='KeypointMSELoss')),
        dict(type='AssociativeEmbeddingHead', in_channels=32, num_keypoints=17,
             tag_dim=1, tag_per_keypoint=True),
    ],
    ids=lambda head: head['type'],
)  # fmt: skip
def test_models_of_whole_pictures_are_refused(head):
    with pytest.raises(ValueError, match=f'top-down model.*got .*{head["type"]}'):
        build(head=head)


def test_a_checkpoint_of_another_body_is_refused_by_name():
    model, joint = build(), build(training_mode='joint')
    own = model.state_dict()
    wrong = own | {'head.final_layer.weight': torch.zeros(133, 256, 1, 1)}
    deeper = own | {'backbone.layer3.6.conv1.weight': torch.zeros(1)}
    other = {f'other.{name}': value for name, value in own.items()}
    for one in (model, joint):
        with pytest.raises(ValueError, match=r"'head.final_layer.weight' .*\(17, 256"):
            load(one, wrong)
        with pytest.raises(
            ValueError, match="none for 'backbone.layer3.6.conv1.weight'"
        ):
            load(one, deeper)
        with pytest.raises(ValueError, match='expected all .* weights, got none for'):
            load(one, other)
    part = {name: value for name, value in own.items() if 'running_mean' not in name}
    load(joint, part)
    with pytest.raises(ValueError, match="got none for 'backbone.bn1.running_mean'"):
        load(model, part)


def test_labels_of_another_encoder_are_told():
    config = load_config()
    batch = labelled(config, 1)
    batch[0].gt_instance_labels = InstanceData(keypoint_weights=torch.ones(1, 17))
    with pytest.raises(ValueError, match="needs the encoder 'BodyAndHead'"):
        build(config).loss(torch.rand(1, 3, 256, 192), batch)


def test_a_trained_body_without_labels_is_told():
    config = load_config()
    model = build(config, training_mode='detached')
    batch = labelled(config, 2)
    for sample in batch:
        sample.gt_instance_labels.keypoint_weights *= 0
    images = torch.rand(2, 3, 256, 192)
    model.loss(images, batch)
    model._bodies._unlabelled = 998
    with pytest.raises(
        ValueError, match="'detached'.*bodies.*got none in 1000 samples"
    ):
        model.loss(images, batch)
    for sample in batch:
        del sample.gt_instance_labels.keypoint_weights
    with pytest.raises(ValueError, match=r"needs the body's codec \(body=\)"):
        model.loss(images, batch)


def test_a_frozen_model_with_nothing_to_train_is_told():
    config = load_config()
    model, batch = build(config), labelled(config, 2)
    for sample in batch:
        for name in ('angle', 'keypoint'):
            sample.gt_instance_labels[f'head_pose_{name}_weights'] *= 0
    model._heads._unlabelled = 998
    with pytest.raises(ValueError, match='with head poses, got none in 1000 samples'):
        model.loss(torch.rand(2, 3, 256, 192), batch)


def test_labels_that_come_late_are_enough():
    watch = LabelWatch('expected labels')
    watch.see(torch.zeros(999, 3))
    watch.see(torch.tensor([[0.0, 1.0]]))
    watch.see(torch.zeros(2000, 3))


def test_a_head_that_tells_visibility_stays_frozen():
    config = load_config()
    pose = dict(config.model.head)
    config.model.head = dict(type='VisPredictHead', pose_cfg=pose)
    found = predict(build(config), torch.rand(1, 3, 256, 192), 18)[0]
    assert found.keypoints.shape == (1, 18 + 3, 2)
    with pytest.raises(ValueError, match="expected 'frozen' with a VisPredictHead"):
        build(config, training_mode='joint')


def test_every_leaf_loads_a_checkpoint_of_mmposes():
    for name in LEAVES:
        url = load_config(name).load_from
        assert re.fullmatch(r'https://download\.openmmlab\.com/mmpose/v1/\S+\.pth', url)
