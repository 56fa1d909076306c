"""The exported single pass: equal to PyTorch at any batch and size, and its words."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import init_model

from bernoulli_headpose import HeadPose
from bernoulli_headpose.onnx.interface import INPUT
from bernoulli_mmpose import export
from bernoulli_mmpose.export.many_heads import MANY_OUTPUTS, ManyHeadsGraph

CONFIG = Path(__file__).parents[2] / 'configs/rotation_hrnet-small_heads.py'


def build():
    torch.manual_seed(0)
    model = init_model(Config.fromfile(CONFIG), None, device='cpu')
    model.head.decoder.score_threshold = 1e-4  # random weights find little
    return model


@pytest.fixture(scope='module')
def exported():
    model = build()
    return model, export.many_heads_to_onnx(model)


@pytest.mark.parametrize(
    'shape', [(8, 32, 32), (1, 64, 64), (3, 96, 160), (2, 256, 256)]
)
def test_equal_to_pytorch_at_any_batch_and_size(exported, shape):
    model, onnx_model = exported
    batch, height, width = shape
    images = np.random.default_rng(0).standard_normal((batch, 3, height, width))
    found = export.check_many_heads(model, onnx_model, images.astype(np.float32))
    assert found['n_heads'] > 3
    assert max(found[name] for name in MANY_OUTPUTS) < 1e-3


def test_the_graph_is_the_estimator_s_own_decode(exported):
    model, _ = exported
    image = torch.randn(1, 3, 128, 96, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        angles, stds, centers, sizes, scores, found, *_ = ManyHeadsGraph(model)(image)
        own = model.head.decode(model.head(model.extract_feat(image)))[0]
    kept = found[0] > 0
    np.testing.assert_allclose(angles[0][kept], own.head_angles, atol=1e-4)
    np.testing.assert_allclose(stds[0][kept], own.head_angles_std, atol=1e-4)
    np.testing.assert_allclose(centers[0][kept], own.keypoints[:, 0], atol=1e-4)
    np.testing.assert_allclose(scores[0][kept], own.head_scores, atol=1e-6)
    sides = own.bboxes[:, 2] - own.bboxes[:, 0]
    np.testing.assert_allclose(sizes[0][kept], sides, rtol=1e-4)


def test_metadata_tells_how_to_feed_and_read_it(exported):
    metadata = export.read_metadata(exported[1])
    assert metadata['angles'] == ['pitch', 'yaw', 'roll']
    assert metadata['finds_heads']
    assert (metadata['longer_side'], metadata['enlarge']) == (384, 2.0)
    assert metadata['usual_score'] == 0.65
    assert metadata['max_heads'] == 256
    assert metadata['color_order'] == 'RGB'
    assert metadata['input_size'] == [256, 256]


def test_another_model_is_noticed(exported):
    model, onnx_model = exported
    with torch.no_grad():
        model.head.final_layer.bias[1] += 0.5
    images = np.random.default_rng(0).standard_normal((1, 3, 64, 64))
    with pytest.raises(ValueError, match='angles of 1 images'):
        export.check_many_heads(model, onnx_model, images.astype(np.float32))
    with torch.no_grad():
        model.head.final_layer.bias[1] -= 0.5
    session = export.open_session(onnx_model)
    got = session.run(list(MANY_OUTPUTS), {INPUT: images.astype(np.float32)})
    assert all(np.isfinite(part).all() for part in got)


def test_a_model_of_rotations():
    config = Config.fromfile(CONFIG)
    config.model.head.decoder.std_factors = (2.0, 3.0, 1.5, 2.5)
    torch.manual_seed(0)
    model = init_model(config, None, device='cpu')
    model.head.decoder.score_threshold = 1e-4
    torch.nn.init.normal_(model.head.final_layer.weight, std=1.0)
    onnx_model = export.many_heads_to_onnx(model)
    images = np.random.default_rng(0).standard_normal((2, 3, 96, 64))
    found = export.check_many_heads(model, onnx_model, images.astype(np.float32))
    assert found['n_heads'] > 3
    assert list(found)[6:8] == ['rotation', 'rotation_std']
    shapes = {
        value.name: [d.dim_value for d in value.type.tensor_type.shape.dim[1:]]
        for value in onnx_model.graph.output
    }
    assert shapes['rotation'] == [0, 3, 3]  # 0: as many as there are heads
    assert shapes['rotation_std'] == [0]
    assert "head's x, y and z axes" in export.read_metadata(onnx_model)['rotation']


def test_damaged_weights_are_named(tmp_path):
    """In NaN no peak is found: they would pass for a picture without heads."""
    model, image = build(), np.full((80, 120, 3), 90, np.uint8)
    export.save_onnx(export.many_heads_to_onnx(model), tmp_path / 'sound.onnx')
    assert HeadPose(tmp_path / 'sound.onnx')(image) == []
    with torch.no_grad():
        model.head.final_layer.bias[0] = torch.nan
    export.save_onnx(export.many_heads_to_onnx(model), tmp_path / 'damaged.onnx')
    with pytest.raises(ValueError, match='array 0: expected finite .* from the model'):
        HeadPose(tmp_path / 'damaged.onnx')(image)
