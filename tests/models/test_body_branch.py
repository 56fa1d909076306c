"""With the angle loss off, the body branch is MMPose's own model, numerically."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

from bernoulli_mmpose.models.channelwise_hrnet import ARCHS

BODY = 17
SIZES = dict(input_size=(96, 128), heatmap_size=(24, 32))
STOCK_CODEC = dict(type='MSRAHeatmap', sigma=2, **SIZES)
CODEC = dict(type='BernoulliHeatmap', radius=4, keypoint_sigma=2, **SIZES)
TEST = dict(flip_test=True, flip_mode='heatmap', shift_heatmap=True)
FLIP = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 17]
BASE = dict(
    data_preprocessor=dict(
        type='PoseDataPreprocessor', mean=[120] * 3, std=[60] * 3, bgr_to_rgb=True
    ),
    test_cfg={**TEST, 'output_heatmaps': True},
)
STOCK = dict(
    type='TopdownPoseEstimator',
    backbone=dict(type='HRNet', in_channels=3, extra=ARCHS['w18_small_v1']),
    head=dict(
        type='HeatmapHead',
        in_channels=16,
        out_channels=BODY,
        deconv_out_channels=None,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=STOCK_CODEC,
    ),
    **BASE,
)
OWN = dict(
    type='TopdownHeadPoseEstimator',
    backbone=dict(
        type='ChannelwiseHRNet',
        arch='w18_small_v1',
        channelwise=False,
        negative_slope=0,
    ),
    head=dict(
        type='BernoulliHead',
        in_channels=16,
        num_keypoints=BODY + 1,
        # The mean is over K + 1 maps, of which one has no label here.
        keypoint_loss=dict(
            type='KeypointMSELoss', use_target_weight=True, loss_weight=18 / 17
        ),
        angle_loss=dict(type='BernoulliLoss', loss_weight=0),
        decoder=CODEC,
    ),
    **BASE,
)


@pytest.fixture
def pair():
    """MMPose's model and ours, with its weights."""
    stock, own = MODELS.build(STOCK), MODELS.build(OWN)
    stock.init_weights()
    loaded = own.backbone.load_state_dict(stock.backbone.state_dict(), strict=False)
    assert loaded.missing_keys == ['channelwise']  # a mark, not a weight
    assert not loaded.unexpected_keys
    source, target = stock.head.final_layer, own.head.final_layer
    with torch.no_grad():
        torch.nn.init.normal_(source.weight, std=0.1)
        torch.nn.init.normal_(source.bias, std=0.1)
        target.weight[:BODY], target.bias[:BODY] = source.weight, source.bias
    return stock.eval(), own.eval()


def batch(codec, count):
    """Two people; what is beyond the body's keypoints has no label."""
    rng = np.random.default_rng(2)
    points = rng.uniform((5, 5), (90, 120), (2, BODY + 1, 2)).astype(np.float32)
    seen = (rng.random((2, BODY + 1)) < 0.8).astype(np.float32)
    seen[:, BODY:] = 0
    codec = KEYPOINT_CODECS.build(codec)
    samples = []
    for person in range(2):
        encoded = codec.encode(
            points[person : person + 1, :count], seen[person : person + 1, :count]
        )
        labels = {k: torch.from_numpy(v) for k, v in encoded.items()}
        fields = [name for name in labels if labels[name].ndim == 3]
        weights = [name for name in labels if labels[name].ndim == 2]
        sample = PoseDataSample()
        sample.gt_fields = PixelData(**{name: labels[name] for name in fields})
        sample.gt_instance_labels = InstanceData(**{n: labels[n] for n in weights})
        sample.gt_instances = InstanceData(
            bboxes=np.array([[10.0, 20.0, 100.0, 140.0]], np.float32),
            bbox_scores=np.ones(1, np.float32),
        )
        meta = dict(input_size=(96, 128), flip_indices=FLIP[:count])
        meta.update(
            input_center=np.array([55.0, 80.0]), input_scale=np.array([90, 120])
        )
        sample.set_metainfo(meta)
        samples.append(sample)
    images = rng.integers(0, 256, (2, 3, 128, 96), dtype=np.uint8)
    return dict(inputs=list(torch.from_numpy(images)), data_samples=samples)


@pytest.mark.parametrize('flip_test', [True, False])
@torch.no_grad()
def test_same_keypoints_and_heatmaps(pair, flip_test):
    results = []
    for model, codec, count in zip(pair, (STOCK_CODEC, CODEC), (17, 18), strict=True):
        model.test_cfg['flip_test'] = flip_test
        results.append(model.test_step(batch(codec, count)))
    for stock, own in zip(*results, strict=True):
        maps = own.pred_fields.heatmaps
        assert maps.shape == (BODY + 1, 32, 24)
        torch.testing.assert_close(maps[:BODY], stock.pred_fields.heatmaps)
        keypoints = own.pred_instances.keypoints
        assert keypoints.shape == (1, BODY + 1, 2)
        for name in ('keypoints', 'keypoint_scores'):
            got = own.pred_instances[name][:, :BODY]
            np.testing.assert_allclose(got, stock.pred_instances[name], rtol=1e-5)
    assert np.ptp([r.pred_instances.keypoints for r in results[0]]) > 10


def test_same_loss_and_gradients(pair):
    losses, gradients = [], []
    for model, codec, count in zip(pair, (STOCK_CODEC, CODEC), (17, 18), strict=True):
        data = model.data_preprocessor(batch(codec, count), True)
        found = model.train()(**data, mode='loss')
        loss = sum(value for key, value in found.items() if key.startswith('loss'))
        loss.backward()
        losses.append(loss)
        layer = model.head.final_layer
        gradients.append(
            (model.backbone.conv1.weight.grad, layer.weight.grad, layer.bias.grad)
        )
    torch.testing.assert_close(losses[1], losses[0])
    for stock, own in zip(*gradients, strict=True):
        assert stock.abs().max() > 0
        torch.testing.assert_close(own[: len(stock)], stock, rtol=1e-4, atol=1e-7)
    assert not gradients[1][1][BODY:].any()
