"""A body's keypoints beside the head, in one graph."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import inference_topdown, init_model

from bernoulli_headpose import HeadPose
from bernoulli_mmpose import export
from bernoulli_mmpose.export.precision import decode_nodes

CONFIG = (
    Path(__file__).parents[2] / 'configs/bernoulli_hrnet-small_coco-head_256x192.py'
)


@pytest.mark.parametrize(
    ('flip_test', 'unbiased'), [(False, False), (True, False), (False, True)]
)
def test_body_and_head_are_those_of_the_model(flip_test, unbiased):
    torch.manual_seed(0)
    config = Config.fromfile(CONFIG)
    config.model.test_cfg.flip_test = flip_test
    config.model.head.decoder.unbiased = unbiased
    model = init_model(config, device='cpu')
    onnx_model = export.model_to_onnx(model)
    images = np.random.default_rng(0).standard_normal((2, 3, 256, 192))
    found = export.check_against_model(model, onnx_model, images.astype(np.float32))
    assert set(found) == {*export.OUTPUTS, *export.BODY_OUTPUTS}
    got = export.predict(export.open_session(onnx_model), images.astype(np.float32))
    assert got['keypoints'].shape == (2, 17, 2)
    assert got['keypoint_scores'].shape == (2, 17)
    shapes = {
        output.name: [d.dim_value for d in output.type.tensor_type.shape.dim][1:]
        for output in onnx_model.graph.output
    }
    assert shapes['keypoints'] == [17, 2]
    assert shapes['score'] == []
    # What blurs the maps comes after the network's last convolution.
    (last,) = [
        node.name
        for node in onnx_model.graph.node
        if 'final_layer.weight' in ' '.join(node.input)
    ]
    assert last in decode_nodes(onnx_model.graph)


BODY = dict(keypoints=[17, 2], keypoint_scores=[17])
BESIDE = {
    'rtmpose-m': dict(body_simcc_x=[17, 384], body_simcc_y=[17, 512], **BODY),
    'hrnet-w32-udp': dict(body_heatmaps=[17, 64, 48]),
    'res50': dict(body_heatmaps=[17, 64, 48], **BODY),
    'res50-rle': dict(body_coordinates=[17, 4], **BODY),
}


def beside(name):
    config = Config.fromfile(CONFIG.with_name(f'{name}_head-pose_256x192.py'))
    config.model.backbone.init_cfg = None
    config.model.test_cfg.flip_test = False
    for stage in config.model.backbone.get('extra', {}).values():
        stage.update(num_modules=1, num_blocks=(1,) * stage.num_branches)
    torch.manual_seed(0)
    model = init_model(config, device='cpu')
    for path, module in model.named_modules():
        if path.endswith(('final_layer', 'fc', 'cls_x', 'cls_y')):
            torch.nn.init.normal_(module.weight, std=0.5)  # maps with clear maxima
    return model


@pytest.mark.parametrize('name', BESIDE)
def test_a_body_with_a_head_of_its_own(name, tmp_path):
    model = beside(name)
    onnx_model = export.model_to_onnx(model)
    images = np.random.default_rng(0).standard_normal((2, 3, 256, 192))
    found = export.check_against_model(model, onnx_model, images.astype(np.float32))
    rotation = {'rotation', 'rotation_std'}
    assert set(found) == {*export.OUTPUTS, *rotation, *BESIDE[name]}
    shapes = {
        output.name: [d.dim_value for d in output.type.tensor_type.shape.dim][1:]
        for output in onnx_model.graph.output
    }
    assert {k: v for k, v in shapes.items() if k in BESIDE[name]} == BESIDE[name]
    with pytest.raises(ValueError, match='expected a model of images of shape'):
        export.predict(export.open_session(onnx_model), np.zeros((1, 3, 128, 96), 'f'))
    export.save_onnx(onnx_model, tmp_path / 'body.onnx')
    check_equal_heads(model, tmp_path / 'body.onnx', 'keypoints' in BESIDE[name])


def check_equal_heads(model, path, has_body):
    """The light package tells of two people what MMPose does."""
    rng = np.random.default_rng(0)
    image = cv2.resize(rng.integers(0, 256, (9, 9, 3), np.uint8), (500, 400))
    boxes = np.float32([[20, 30, 200, 380], [250, 10, 480, 300]])
    samples = inference_topdown(model, image, boxes)
    estimate = HeadPose(path, margin=0.0, threads=1)
    for sample, head in zip(samples, estimate(image, boxes=boxes), strict=True):
        expected = sample.pred_instances
        np.testing.assert_allclose(head.center, expected.keypoints[0, 17], atol=0.02)
        if not has_body:
            assert head.keypoints is None
            continue
        np.testing.assert_allclose(head.keypoints, expected.keypoints[0, :17], atol=0.1)
        scores = expected.keypoint_scores[0, :17]
        np.testing.assert_allclose(head.keypoint_scores, scores, atol=1e-3)
    assert bool(estimate.estimator.skeleton.links) == has_body


def test_what_a_graph_with_such_a_body_cannot_hold():
    model = beside('res50-rle')
    model.test_cfg['flip_test'] = True
    with pytest.raises(ValueError, match='flip_test: expected it off'):
        export.model_to_onnx(model)
    model.test_cfg['flip_test'] = False
    model.head.forward = lambda _: [torch.zeros(1, 17, 64, 48)]
    with pytest.raises(ValueError, match='SimCC, heatmaps or coordinates .* RLEHead'):
        export.model_to_onnx(model)
