"""The head and the estimator of many heads: losses, results, bad input."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

CODEC = dict(type='MultiBernoulliHeatmap', input_size=(128, 128), heatmap_size=(32, 32))
HEADS = np.array([(40, 40, 36, 10, -20, 30), (90, 80, 50, -5, 60, 0)], float)


def build_head(**changes):
    config = dict(type='MultiBernoulliHead', in_channels=8, decoder=CODEC)
    return MODELS.build({**config, **changes})


def build_model(**test_cfg):
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='BottomupHeadPoseEstimator',
            data_preprocessor=dict(type='PoseDataPreprocessor'),
            backbone=dict(type='ChannelwiseHRNet', arch='w18_small_v1'),
            head=dict(type='MultiBernoulliHead', in_channels=16, decoder=CODEC),
            test_cfg=dict(flip_test=False, **test_cfg),
        )
    ).eval()


def encode(heads=HEADS):
    codec = KEYPOINT_CODECS.build(CODEC)
    half = heads[:, 2:3] / 2
    return codec.encode(
        heads[:, None, :2],
        bbox=np.concatenate([heads[:, :2] - half, heads[:, :2] + half], axis=1),
        head_angles=heads[:, 3:],
    )


def maps_of(encoded):
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    return torch.from_numpy(maps)[None]


def sample(encoded=None, size=(128, 128)):
    data = PoseDataSample(metainfo=dict(input_size=size, flip_indices=[0]))
    data.gt_instances = InstanceData()
    if encoded is not None:
        fields = PixelData()
        for name in encoded:
            fields.set_field(encoded[name], name)
        data.gt_fields = fields.to_tensor()
    return data


def test_heads_of_targets_are_the_labels():
    pred = build_head().decode(maps_of(encode()))[0]
    order = pred.keypoints[:, 0, 0].argsort()
    np.testing.assert_allclose(pred.keypoints[order, 0], HEADS[:, :2], atol=0.3)
    np.testing.assert_allclose(pred.head_angles[order], HEADS[:, 3:], atol=0.05)
    sides = pred.bboxes[:, 2:] - pred.bboxes[:, :2]
    np.testing.assert_allclose(sides[order], HEADS[:, [2, 2]], rtol=1e-3)
    assert pred.head_angles_std.shape == (2, 3)
    assert ((pred.head_scores > 0.8) & (pred.head_scores <= 1)).all()


def test_no_heads_give_empty_fields():
    pred = build_head().decode(torch.zeros(1, 5, 32, 32))[0]
    assert pred.keypoints.shape == (0, 1, 2)
    assert pred.bboxes.shape == (0, 4)
    assert pred.head_angles.shape == pred.head_angles_std.shape == (0, 3)


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_broken_weights_are_no_image_without_heads(value):
    with pytest.raises(ValueError, match='finite centre maps.*weights are damaged'):
        build_head().decode(torch.full((1, 5, 32, 32), value))


def test_the_loss_is_zero_at_the_targets_and_falls_towards_them():
    head, target = build_head(), encode()
    perfect = maps_of(target)
    data = [sample(target)]

    def total(maps):
        head.forward = lambda _: maps
        return float(sum(head.loss(None, data).values()))

    assert total(perfect) == pytest.approx(0, abs=1e-10)
    noise = torch.from_numpy(np.random.default_rng(0).normal(0, 1, perfect.shape))
    losses = [total(perfect + scale * noise.float()) for scale in (0.1, 0.5, 1.0)]
    assert 0 < losses[0] < losses[1] < losses[2]


def test_small_heads_weigh_as_much_as_large_ones():
    head = build_head(angle_loss=dict(type='BernoulliLoss', background_weight=0))
    heads = np.array([(30, 40, 20, 0, 0, 0), (90, 80, 60, 0, 0, 0)], float)
    target = encode(heads)
    data = [sample(target)]
    disc = torch.from_numpy(target['angle_mask'][:1] > 0)
    losses = []
    for part in (slice(0, 13), slice(13, 32)):
        wrong = maps_of(target)
        wrong[0, 1, :, part] += disc[0, :, part].float()
        head.forward = lambda _, maps=wrong: maps
        losses.append(float(head.loss(None, data)['loss_angle']))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_an_empty_scene_has_a_finite_loss_and_gradient():
    head, target = build_head(), encode(HEADS[:0])
    maps = torch.randn(1, 5, 32, 32, generator=torch.Generator().manual_seed(0))
    maps.requires_grad_()
    head.forward = lambda _: maps
    loss = sum(head.loss(None, [sample(target)]).values())
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(maps.grad).all()


def test_the_estimator_gives_image_pixels_and_takes_any_size():
    model = build_model(axis_tip_share=0.5)
    model.head.forward = lambda _: maps_of(encode())
    data = sample(size=(128, 128))
    # The image was twice as large, and shifted by (10, 0), when it was resized.
    data.set_metainfo(
        dict(input_center=np.array([138.0, 128]), input_scale=np.array([256.0, 256]))
    )
    pred = model.predict(torch.zeros(1, 3, 128, 128), [data])[0].pred_instances
    order = pred.keypoints[:, 0, 0].argsort()
    expected = HEADS[:, :2] * 2 + [10, 0]
    np.testing.assert_allclose(pred.keypoints[order, 0], expected, atol=0.6)
    sides = pred.bboxes[:, 2:] - pred.bboxes[:, :2]
    np.testing.assert_allclose(sides[order], 2 * HEADS[:, [2, 2]], rtol=1e-3)
    assert pred.keypoints.shape == (2, 4, 2)  # centre and three tips


def test_heads_in_the_padding_are_dropped():
    model = build_model()
    model.head.forward = lambda _: maps_of(encode())
    data = sample(size=(128, 128))
    data.set_metainfo(dict(ori_shape=(60, 128)))
    pred = model.predict(torch.zeros(1, 3, 128, 128), [data])[0].pred_instances
    np.testing.assert_allclose(pred.keypoints[:, 0], HEADS[:1, :2], atol=0.3)


def test_an_image_without_heads_passes_the_estimator():
    model = build_model(axis_tip_share=0.5)
    model.head.forward = lambda _: torch.zeros(1, 5, 24, 40)
    data = sample(size=(160, 96))
    pred = model.predict(torch.zeros(1, 3, 96, 160), [data])[0].pred_instances
    assert pred.keypoints.shape == (0, 4, 2)


def test_the_flip_test_turns_signs_and_keeps_sizes():
    head = build_head()
    plain = maps_of(encode())
    mirrored = HEADS * [-1, 1, 1, 1, -1, -1] + [124, 0, 0, 0, 0, 0]
    merged = head.merge_flip(plain, maps_of(encode(mirrored)), [0], {})
    torch.testing.assert_close(merged, plain, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(num_keypoints=2), 'one keypoint'),
        (dict(decoded_loss=dict(type='L1Loss')), 'decoded_loss'),
        (
            dict(
                decoder=dict(
                    type='BernoulliHeatmap',
                    input_size=(64, 64),
                    heatmap_size=(16, 16),
                    radius=4,
                )
            ),
            'MultiBernoulliHeatmap',
        ),
    ],
)
def test_wrong_arguments_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        build_head(**changes)
