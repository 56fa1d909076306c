"""The head of rotations: losses of what is known, flip test, deviations, training."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

from bernoulli_headpose import rotation

CODEC = dict(
    type='RotationHeatmap', input_size=(64, 64), heatmap_size=(16, 16), radius=5
)


def build(**changes):
    config = dict(
        type='BernoulliRotationHead',
        in_channels=8,
        decoder=CODEC,
        rotation_loss=dict(type='GeodesicLoss'),
        deviation_loss=dict(type='DeviationLoss'),
    )
    return MODELS.build({**config, **changes})


def sample(angles, valid=(1, 1, 1), center=(30, 34)):
    codec = KEYPOINT_CODECS.build(CODEC)
    encoded = codec.encode(
        np.array([[center]], np.float32),
        head_rotation=rotation.euler_to_matrix([angles]),
        head_angles_valid=np.array([valid], np.float32),
    )
    data = PoseDataSample(metainfo=dict(flip_indices=[0]))
    data.gt_fields = PixelData(
        **{key: torch.from_numpy(encoded[key]) for key in codec.field_mapping_table}
    )
    data.gt_instance_labels = InstanceData(
        **{key: torch.from_numpy(encoded[key]) for key in codec.label_mapping_table}
    )
    return data


def maps_of(*args, **kwargs):
    fields = sample(*args, **kwargs).gt_fields
    return torch.cat([fields.heatmaps, fields.angle_heatmaps])[None]


def losses_of(maps, data, **changes):
    head = build(**changes)
    head.final_layer = torch.nn.Identity()
    return head.loss((maps,), [data])


@pytest.mark.parametrize('angles', [(20, -40, 0), (-10, 178, 25), (5, -90, 0)])
def test_learns_one_sample_and_predicts_it(angles):
    torch.manual_seed(0)
    head = build()
    head.init_weights()
    parameter = torch.nn.Parameter(torch.randn(1, 8, 16, 16))
    target = [sample(angles)]
    optimizer = torch.optim.Adam([parameter, *head.parameters()], lr=0.05)
    for _ in range(200):
        losses = head.loss((parameter,), target)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    (pred,) = head.predict((parameter,), target)
    matrix = rotation.euler_to_matrix(angles)
    assert rotation.geodesic_error(pred.head_rotation[0], matrix) < 2
    assert pred.head_rotation_std.shape == (1,)
    assert pred.head_rotation_std[0] < 8
    assert pred.head_angles.shape == pred.head_angles_std.shape == (1, 3)
    assert pred.head_scores[0] == pred.keypoint_scores[0, -1] > 0.8


def test_losses_of_the_targets_own_maps_are_none():
    losses = losses_of(maps_of((10, 170, 20)), sample((10, 170, 20)))
    assert set(losses) == {'loss_kpt', 'loss_angle', 'loss_rotation', 'loss_deviation'}
    for value in losses.values():
        assert value == pytest.approx(0, abs=1e-5)
    plain = losses_of(
        maps_of((0, 0, 0)), sample((0, 0, 0)), rotation_loss=None, deviation_loss=None
    )
    assert set(plain) == {'loss_kpt', 'loss_angle'}


def test_rotation_loss_is_the_geodesic_error():
    losses = losses_of(maps_of((0, 175, 0)), sample((0, -175, 0)))
    assert losses['loss_rotation'] == pytest.approx(np.deg2rad(10), rel=1e-4)


@pytest.mark.parametrize(
    ('valid', 'learnt'),
    [
        ((1, 1, 1), [1, 1, 1, 1, 1, 1]),
        ((1, 1, 0), [1, 1, 1, 0, 0, 0]),
        ((0, 1, 0), [1, 0, 0, 0, 0, 0]),
        ((0, 0, 0), [0, 0, 0, 0, 0, 0]),
    ],
)
def test_each_map_learns_where_its_column_is_known(valid, learnt):
    maps = torch.rand(1, 7, 16, 16, requires_grad=True)
    losses = losses_of(maps, sample((10, 130, 0), valid))
    sum(losses.values()).backward()
    assert (maps.grad[0, 1:].abs().amax(dim=(1, 2)) > 0).tolist() == learnt
    for name in ('loss_rotation', 'loss_deviation'):
        assert (losses[name] > 0) == (valid[:2] == (1, 1))


def test_a_head_without_roll_is_compared_by_where_it_looks():
    right, wrong = (maps_of((10, yaw, 50)) for yaw in (130, 110))
    label = sample((10, 130, 0), (1, 1, 0))
    assert losses_of(right, label)['loss_rotation'] == pytest.approx(0, abs=1e-3)
    error = np.rad2deg(float(losses_of(wrong, label)['loss_rotation']))
    assert 19 < error < 25


def test_deviation_loss_brings_the_std_to_the_error():
    """Maps off by 12 degrees about one axis: a std of 12 * 1.25 about it."""
    head = build(decoded_loss=None, rotation_loss=None)
    head.final_layer = torch.nn.Identity()
    pixels = torch.nn.Parameter(0.2 * torch.randn(1, 6, 16, 16))
    fixed = maps_of((0, 112, 0))
    optimizer = torch.optim.Adam([pixels], lr=0.01)
    for _ in range(150):
        spread = torch.cat([torch.zeros(1, 1, 16, 16), pixels - pixels.mean()], dim=1)
        loss = head.loss((fixed + spread,), [sample((0, 100, 0))])['loss_deviation']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    heads = head.decoder.decode_rotations(fixed[:, 0], (fixed + spread)[:, 1:])
    stds = heads.covariances[0, 0].diagonal().sqrt().rad2deg()
    error = rotation.matrix_to_rotvec(
        heads.matrices[0, 0].detach().double().numpy().T
        @ rotation.euler_to_matrix((0, 100, 0))
    )
    expected = np.abs(error) * (np.pi / 2) ** 0.5
    np.testing.assert_allclose(stds.detach(), expected, atol=2)
    assert expected.max() > 12


@pytest.mark.parametrize('angles', [(10, 20, 30), (-10, 160, 20), (5, -100, -15)])
def test_flip_test_of_a_mirrored_image_is_symmetric(angles):
    head = build()
    head.final_layer = torch.nn.Identity()
    plain = maps_of(angles, center=(24, 30))
    mirrored = maps_of(rotation.flip_angles(angles), center=(63 - 24, 30))
    test_cfg = dict(flip_test=True, shift_heatmap=True)
    (pred,) = head.predict([(plain,), (mirrored,)], [sample(angles)], test_cfg)
    matrix = rotation.euler_to_matrix(angles)
    assert rotation.geodesic_error(pred.head_rotation[0], matrix) < 0.5
    np.testing.assert_allclose(pred.keypoints, [[[24, 30]]], atol=2)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize('factor', [0.0, 1.0])
def test_losses_are_in_single_precision(dtype, factor):
    """As MMEngine's AmpOptimWrapper trains, from maps of 0 and from right ones."""
    maps = (factor * maps_of((10, 170, 20))).to(dtype).requires_grad_()
    data = sample((10, 165, 20))
    expected = losses_of(maps.detach().float(), data)
    with torch.autocast('cpu', dtype):
        losses = losses_of(maps, data)
    for name in ('loss_rotation', 'loss_deviation'):
        assert losses[name].item() == pytest.approx(float(expected[name]), rel=1e-4)
    sum(losses.values()).backward()
    assert torch.isfinite(maps.grad).all()


def test_damaged_weights_give_no_head():
    head = build()
    torch.nn.init.constant_(head.final_layer.weight, torch.nan)
    (pred,) = head.predict((torch.ones(1, 8, 16, 16),), [sample((0, 0, 0))])
    for name in ('head_angles', 'head_rotation', 'head_rotation_std', 'keypoints'):
        assert np.isfinite(pred[name]).all()
    assert pred.head_scores[0] == 0
    assert pred.head_rotation_std[0] == pytest.approx(131.78, abs=0.01)


def test_angle_maps_codec_is_refused():
    with pytest.raises(ValueError, match='expected a RotationHeatmap, got Bern'):
        build(decoder=dict(CODEC, type='BernoulliHeatmap'))


def test_weights_of_angle_maps_are_refused():
    angles = MODELS.build(
        dict(
            type='BernoulliHead',
            in_channels=8,
            decoder=dict(CODEC, type='BernoulliHeatmap'),
        )
    )
    with pytest.raises(ValueError, match="the checkpoint's values have the scales"):
        build().load_state_dict(angles.state_dict(), strict=False)


def test_body_keypoints_beside_a_rotation():
    head = build(num_keypoints=18)
    maps = head((torch.randn(2, 8, 16, 16),))
    assert maps.shape == (2, 24, 16, 16)
    (pred, _) = head.decode(maps)
    assert pred.keypoints.shape == (1, 18, 2)
    assert pred.head_rotation.shape == (1, 3, 3)
