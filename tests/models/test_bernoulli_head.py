"""The head: losses, prediction, flip test, and learning one sample."""

import numpy as np
import pytest
import torch
from mmengine.runner.checkpoint import load_state_dict
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

CODEC = dict(
    type='BernoulliHeatmap', input_size=(64, 64), heatmap_size=(16, 16), radius=5
)


def build(num_keypoints=1, **changes):
    config = dict(
        type='BernoulliHead',
        in_channels=8,
        num_keypoints=num_keypoints,
        decoder=CODEC,
        decoded_loss=dict(type='L1Loss', use_target_weight=True),
    )
    return MODELS.build({**config, **changes})


def sample(keypoints, angles, valid=(1, 1, 1), visible=1.0, **fields):
    codec = KEYPOINT_CODECS.build(CODEC)
    keypoints = np.array([keypoints], dtype=np.float32)
    encoded = codec.encode(
        keypoints,
        np.full(keypoints.shape[:2], visible, np.float32),
        head_angles=np.array([angles], np.float32),
        head_angles_valid=np.array([valid], np.float32),
        **fields,
    )
    data = PoseDataSample()
    data.gt_fields = PixelData(
        **{key: torch.from_numpy(encoded[key]) for key in codec.field_mapping_table}
    )
    data.gt_instance_labels = InstanceData(
        **{key: torch.from_numpy(encoded[key]) for key in codec.label_mapping_table}
    )
    data.set_metainfo(dict(flip_indices=list(range(keypoints.shape[1]))))
    return data


def test_shapes_of_a_whole_body_head():
    head = build(num_keypoints=134)
    assert head(  # forward, as an exporter calls it
        (torch.zeros(2, 8, 16, 16),)
    ).shape == (2, 137, 16, 16)


def test_learns_one_sample_and_predicts_it():
    head = build()
    head.init_weights()
    feats = (torch.randn(1, 8, 16, 16),)
    parameter = torch.nn.Parameter(feats[0].clone())
    target = [sample([(30, 34)], (20, -40, 0))]
    optimizer = torch.optim.Adam([parameter, *head.parameters()], lr=0.05)
    for _ in range(300):
        losses = head.loss((parameter,), target)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
    (pred,) = head.predict((parameter,), target)
    np.testing.assert_allclose(pred.head_angles, [[20, -40, 0]], atol=1.5)
    np.testing.assert_allclose(pred.keypoints, [[[30, 34]]], atol=2.5)
    assert pred.head_angles_std.shape == (1, 3)
    assert pred.head_scores.shape == (1,)
    assert pred.head_scores[0] > 0.8


def test_losses_are_those_of_labelled_parts():
    head = build()
    maps = torch.randn(1, 8, 16, 16)
    known = head.loss((maps,), [sample([(30, 34)], (20, -40, 10))])
    assert set(known) == {'loss_kpt', 'loss_angle', 'loss_decoded'}
    without_angles = head.loss((maps,), [sample([(30, 34)], (0, 0, 0), (0, 0, 0))])
    assert without_angles['loss_angle'] == 0
    assert without_angles['loss_decoded'] == 0
    torch.testing.assert_close(without_angles['loss_kpt'], known['loss_kpt'])
    invisible = head.loss((maps,), [sample([(30, 34)], (20, 30, 0), visible=0.0)])
    assert all(value == 0 for value in invisible.values())


def test_a_picture_without_a_head_teaches_background_alone():
    head = build(deviation_loss=dict(type='DeviationLoss'))
    maps = torch.full((1, 4, 16, 16), 0.5, requires_grad=True)
    head.forward = lambda _: maps
    absent = sample([(30, 34)], (0, 0, 0), (0, 0, 0), 0.0, head_absent=np.ones(1))
    losses = head.loss(None, [absent])
    assert losses['loss_decoded'] == losses['loss_deviation'] == 0
    sum(losses.values()).backward()
    assert (maps.grad > 0).all()  # lower, everywhere, in all maps


def test_flip_test_of_a_mirrored_image_is_symmetric():
    """A network that sees the mirrored maps as mirrored agrees with itself."""
    head = build()
    head.final_layer = torch.nn.Identity()
    codec = head.decoder

    def feature(center, angles):
        encoded = sample([center], angles).gt_fields
        return torch.cat([encoded.heatmaps, encoded.angle_heatmaps])[None]

    plain = feature((24, 30), (10, 20, 30))
    mirrored = feature((63 - 24, 30), (10, -20, -30))  # pixel 63 - x, as an image flips
    data = [sample([(24, 30)], (10, 20, 30))]
    test_cfg = dict(flip_test=True, shift_heatmap=True)
    (pred,) = head.predict([(plain,), (mirrored,)], data, test_cfg)
    np.testing.assert_allclose(pred.head_angles, [[10, 20, 30]], atol=0.1)
    np.testing.assert_allclose(pred.keypoints, [[[24, 30]]], atol=2)
    assert codec.flip_signs.tolist() == [1, -1, -1]


def test_flip_test_swaps_body_keypoints_but_not_the_angles():
    head = build(num_keypoints=3)
    head.final_layer = torch.nn.Identity()
    maps = torch.zeros(1, 6, 16, 16)
    maps[0, 0, 3, 2] = maps[0, 1, 5, 12] = maps[0, 2, 8, 8] = 1.0
    flipped = maps.flip(-1)[:, [1, 0, 2, 3, 4, 5]]
    data = [sample([(0, 0), (0, 0), (32, 32)], (0, 0, 0))]
    data[0].set_metainfo(dict(flip_indices=[1, 0, 2]))
    (pred,) = head.predict([(maps,), (flipped,)], data, dict(flip_test=True))
    np.testing.assert_allclose(pred.keypoint_scores, [[1, 1, 1]])
    np.testing.assert_allclose(pred.keypoints[0, :2] / 4, [[2, 3], [12, 5]], atol=0.3)


def test_merge_flip_is_the_mean_with_what_is_mirrored_back():
    """An image and its own mirror image: the merged maps are the image's."""
    head = build(num_keypoints=3)
    maps = torch.randn(2, 6, 16, 16)
    mirrored = maps.flip(-1)[:, [1, 0, 2, 3, 4, 5]]
    mirrored[:, 4:] *= -1
    torch.testing.assert_close(head.merge_flip(maps, mirrored, [1, 0, 2], {}), maps)
    half = head.merge_flip(torch.zeros_like(maps), mirrored, [1, 0, 2], {})
    torch.testing.assert_close(half, maps / 2)
    with pytest.raises(ValueError, match=r'one for each of 3 keypoints, got \[0\]'):
        head.merge_flip(maps, mirrored, [0], {})


def test_output_heatmaps():
    head = build(num_keypoints=2)
    maps = (torch.randn(2, 8, 16, 16),)
    preds, fields = head.predict(maps, [], dict(output_heatmaps=True))
    assert len(preds) == len(fields) == 2
    assert fields[0].heatmaps.shape == (2, 16, 16)
    assert fields[0].angle_heatmaps.shape == (3, 16, 16)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(num_keypoints=18), r'final_layer.*expected shape \(4,.*got \(21,'),
        (dict(decoder=dict(CODEC, value_scales=45.0)), r'scales \[45.*expected \[90'),
    ],
)
def test_checkpoint_of_another_head_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        load_state_dict(build(), build(**changes).state_dict())


def test_plain_fusion_checkpoint_is_refused_by_a_fusing_network():
    config = dict(
        type='TopdownPoseEstimator',
        backbone=dict(type='ChannelwiseHRNet', arch='w18_small_v1', channelwise=False),
        head=dict(type='BernoulliHead', in_channels=16, decoder=CODEC),
    )
    plain = MODELS.build(config).state_dict()
    config['backbone']['channelwise'] = True
    with pytest.raises(ValueError, match='trained with channelwise=False'):
        load_state_dict(MODELS.build(config), plain)


def test_decoder_of_another_kind_is_refused():
    decoder = dict(
        type='MSRAHeatmap', input_size=(64, 64), heatmap_size=(16, 16), sigma=2
    )
    with pytest.raises(
        ValueError, match='expected a BernoulliHeatmap, got MSRAHeatmap'
    ):
        build(decoder=decoder)
