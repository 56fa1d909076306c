"""What the baselines' heads share: fields, flip test, masks, learning by heart."""

import time

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from bernoulli_headpose.rotation import flip_angles

CODEC = dict(
    type='BernoulliHeatmap', input_size=(64, 32), heatmap_size=(16, 8), radius=3
)
HEADS = ('AngleRegressionHead', 'AngleBinsHead', 'SixDRotationHead')
ANGLES = torch.tensor([[10.0, -40, 5], [-30, 60, -20], [0, 0, 0], [25, 15, 70]])
every_head = pytest.mark.parametrize('name', HEADS)


def build(name, in_channels=8, **changes):
    config = dict(type=name, in_channels=in_channels, decoder=CODEC)
    return MODELS.build({**config, **changes})


def samples(angles=ANGLES, weights=None, labelled=True):
    """Data samples of crops of 96 x 48 pixels around (200, 150)."""
    weights = torch.ones_like(angles) if weights is None else torch.tensor(weights)
    made = []
    for angle, weight in zip(angles, weights, strict=True):
        sample = PoseDataSample(
            metainfo=dict(
                input_center=np.array([200.0, 150]),
                input_scale=np.array([96.0, 48]),
                input_size=(64, 32),
            )
        )
        sample.gt_instances = InstanceData(
            bboxes=np.zeros((1, 4)), bbox_scores=np.ones(1)
        )
        if labelled:
            sample.gt_instances.keypoints = np.zeros((1, 1, 2))
            sample.gt_instances.head_angles = angle.numpy()[None]
        sample.gt_instance_labels = InstanceData(
            angle_labels=angle[None] / 90, angle_weights=weight[None]
        )
        made.append(sample)
    return made


@every_head
def test_learns_four_crops_by_heart(name):
    """The losses lead to the angles that are read."""
    layers = [torch.nn.Conv2d(3, 16, 3, stride=2), torch.nn.ReLU()]
    layers += [torch.nn.Conv2d(16, 64, 3, stride=2), torch.nn.ReLU()]
    head, backbone = build(name, in_channels=64), torch.nn.Sequential(*layers)
    head.init_weights()
    crops, data = torch.randn(4, 3, 32, 64), samples()
    optimizer = torch.optim.Adam([*backbone.parameters(), *head.parameters()])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=300)
    begin = time.process_time()
    for _ in range(300):
        losses = head.loss((backbone(crops),), data)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        schedule.step()
    assert time.process_time() - begin < 10
    preds = head.predict((backbone(crops),), data)
    found = np.concatenate([pred.head_angles for pred in preds])
    np.testing.assert_allclose(found, ANGLES, atol=3)


@every_head
def test_mirrored_features_give_the_mirrored_angles(name):
    """A head that sees a mirror image as one agrees with itself in the flip test."""
    head = build(name)
    outputs = 0.5 * torch.randn(4, head.fc.out_features)
    angles, mirrored = (
        np.concatenate([p.head_angles for p in head.decode(one)])
        for one in (outputs, head.mirror(outputs))
    )
    np.testing.assert_allclose(mirrored, flip_angles(angles), atol=1e-4)
    torch.testing.assert_close(head.mirror(head.mirror(outputs)), outputs)
    head.fc = torch.nn.Identity()
    views = [(one[..., None, None],) for one in (outputs, head.mirror(outputs))]
    preds = head.predict(views, samples(), dict(flip_test=True))
    merged = np.concatenate([pred.head_angles for pred in preds])
    np.testing.assert_allclose(merged, angles, atol=1e-4)


@every_head
def test_unlabelled_heads_give_no_loss_and_no_gradient(name):
    head = build(name)
    head.init_weights()
    feats = (torch.randn(2, 8, 4, 4),)
    known = head.loss(feats, samples(ANGLES[:2]))
    assert all(loss > 0 for loss in known.values())
    losses = head.loss(feats, samples(ANGLES[:2], [[0.0, 0, 0]] * 2))
    assert all(loss == 0 for loss in losses.values())
    sum(losses.values()).backward()
    assert not head.fc.weight.grad.any()


@every_head
@pytest.mark.parametrize('hidden', [0, 1, 2])
def test_an_unknown_angle_may_be_anything(name, hidden):
    """Pointing'04 has no roll: what stands in its place changes nothing."""
    head = build(name)
    outputs = torch.randn(4, head.fc.out_features)
    weights = torch.ones(4, 3)
    weights[:, hidden] = 0
    other = ANGLES.clone()
    other[:, hidden] = 0
    for first, second in zip(
        head.output_losses(outputs, ANGLES / 90, weights).values(),
        head.output_losses(outputs, other / 90, weights).values(),
        strict=True,
    ):
        torch.testing.assert_close(first, second)


@every_head
def test_the_centre_is_that_of_the_crop(name):
    model = MODELS.build(
        dict(
            type='TopdownHeadPoseEstimator',
            backbone=dict(type='ChannelwiseHRNet', arch='w18_small_v1'),
            head=dict(type=name, in_channels=16, decoder=CODEC),
            test_cfg=dict(flip_test=True, output_heatmaps=True, axis_tip_share=0.4),
        )
    ).eval()
    with torch.no_grad():
        (told, _), (asked, _) = (
            model.predict(torch.randn(2, 3, 32, 64), samples(ANGLES[:2], labelled=one))
            for one in (True, False)
        )
    heads = told.pred_instances
    np.testing.assert_allclose(heads.keypoints, [[[200, 150]]])
    np.testing.assert_allclose(heads.keypoint_scores, [[1]])
    np.testing.assert_allclose(heads.head_scores, [1])
    assert heads.head_angles.shape == (1, 3)
    assert asked.pred_instances.keypoints.shape == (1, 4, 2)  # and the axes' tips


@every_head
def test_stds_are_given_where_they_are_known(name):
    """None are none to metric and visualizer; 0 would say that the head is sure."""
    (pred,) = build(name).predict((torch.randn(1, 8, 4, 4),), samples(ANGLES[:1]))
    assert ('head_angles_std' in pred) == (name == 'AngleBinsHead')
    if name == 'AngleBinsHead':
        assert pred.head_angles_std.shape == (1, 3)
        assert (pred.head_angles_std > 0).all()


@every_head
def test_all_feature_maps_are_pooled(name):
    head = build(name, in_channels=(2, 3))
    feats = [torch.randn(1, 2, 4, 4), torch.randn(1, 3, 2, 2)]
    shuffled = [one.flip(-1).transpose(-1, -2) for one in feats]
    torch.testing.assert_close(head(feats), head(shuffled))
    for index in range(2):
        changed = list(feats)
        changed[index] = feats[index] + 1
        assert not torch.allclose(head(feats), head(changed))
    with pytest.raises(ValueError, match=r"backbone's 1 feature maps, got \(2, 3\)"):
        head(feats[:1])


@every_head
def test_decoder_of_another_kind_is_refused(name):
    size = dict(input_size=(64, 64), heatmap_size=(16, 16))
    with pytest.raises(ValueError, match='BernoulliHeatmap, .*got MSRAHeatmap'):
        build(name, decoder=dict(type='MSRAHeatmap', sigma=2, **size))


@every_head
def test_a_checkpoint_brings_its_scales(name):
    head = build(name)
    head.load_state_dict(build(name, decoder=dict(CODEC, value_scales=45)).state_dict())
    assert head.value_scales.tolist() == [45] * 3


@every_head
def test_columns_of_a_rotation_are_no_angles(name):
    with pytest.raises(ValueError, match='decoder: expected .*, got'):
        build(name, decoder=dict(CODEC, type='RotationHeatmap'))
