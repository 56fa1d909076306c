"""The exported graph: what it computes, against the model it was made of."""

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from conftest import random_model
from mmpose.registry import KEYPOINT_CODECS

from bernoulli_headpose.onnx import HEAD_POSE, find_model
from bernoulli_headpose.onnx.interface import INPUT
from bernoulli_headpose.rotation import euler_to_matrix, flip_angles, geodesic_error
from bernoulli_mmpose import export
from bernoulli_mmpose.codecs import BernoulliHeatmap, RotationHeatmap
from bernoulli_mmpose.export.comparison import output_differences
from bernoulli_mmpose.export.onnx_model import OPSET, trace
from bernoulli_mmpose.inferencers.loading import load_model


@pytest.mark.parametrize('flip_test', [True, False])
@pytest.mark.parametrize('keypoints', [1, 3])
def test_graph_equals_predict_at_all_sizes(
    build_model, normalized, flip_test, keypoints
):
    options = {
        'model.test_cfg.flip_test': flip_test,
        'model.head.num_keypoints': keypoints,
    }
    model = build_model(**options)
    model.dataset_meta = dict(flip_indices=[1, 0, 2] if keypoints > 1 else [0])
    assert len(model.dataset_meta['flip_indices']) == keypoints
    found = export.check_against_model(model, export.model_to_onnx(model), normalized)
    body = ['keypoints', 'keypoint_scores'] if keypoints > 1 else []
    assert list(found) == ['angles', 'angles_std', 'center', 'score', *body]
    assert max(found.values()) < 1e-3
    angles = export.model_outputs(model, torch.from_numpy(normalized))['angles']
    assert np.ptp(angles, axis=0).min() > 1  # the images are told apart


def test_a_target_decodes_to_its_label(build_model):
    """Without the network: maps that hold (20, -40, 10) at (32, 36)."""
    model = build_model(**{'model.test_cfg.flip_test': False})
    codec = KEYPOINT_CODECS.build(model.cfg.model.head.decoder)
    encoded = codec.encode(
        np.array([[[32, 36]]], np.float32),
        head_angles=np.array([[20, -40, 10]], np.float32),
        head_angles_valid=np.ones((1, 3), np.float32),
    )
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    model.head.forward = lambda _: torch.from_numpy(maps)[None]
    outputs = export.HeadPoseGraph(model)(torch.zeros(1, 3, 64, 64))
    angles, deviations, center, score = (output.numpy() for output in outputs)
    np.testing.assert_allclose(angles, [[20, -40, 10]], atol=1e-4)
    np.testing.assert_allclose(deviations, 0, atol=1e-3)
    np.testing.assert_allclose(center, [[32, 36]], atol=1e-6)
    assert score == pytest.approx(1)


def test_flip_test_in_the_graph_makes_it_symmetric(build_model, normalized):
    model = build_model(**{'model.test_cfg.shift_heatmap': False})
    session = export.open_session(export.model_to_onnx(model))
    plain = export.predict(session, normalized)
    mirrored = export.predict(session, normalized[..., ::-1].copy())
    np.testing.assert_allclose(
        mirrored['angles'], flip_angles(plain['angles']), atol=1e-3
    )


def test_interface_and_metadata(build_model):
    proto = export.model_to_onnx(build_model())
    float32 = onnx.TensorProto.FLOAT
    values = (*proto.graph.input, *proto.graph.output)
    shapes = {
        value.name: [
            d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim
        ]
        for value in values
    }
    assert shapes == {
        'images': ['batch', 3, 'height', 'width'],
        'angles': ['batch', 3],
        'angles_std': ['batch', 3],
        'center': ['batch', 2],
        'score': ['batch'],
    }
    assert {value.type.tensor_type.elem_type for value in values} == {float32}
    metadata = export.read_metadata(proto)
    assert metadata.pop('package_version')
    assert 'Rx(-pitch) Ry(-yaw) Rz(-roll)' in metadata.pop('angle_convention')
    assert metadata == {
        'mean': [123.675, 116.28, 103.53],
        'std': [58.395, 57.12, 57.375],
        'color_order': 'RGB',
        'input_size': [64, 64],
        'size_multiple': 32,
        'finds_heads': False,
        'of_faces': True,
        'margin': 0.4,
        'padding': 1.0,
        'use_udp': False,
        'resize': "bilinear, of the box in input_size's aspect; black outside",
        'unknown_std': [pytest.approx(51.96, abs=0.01)] * 3,
        'angles': ['pitch', 'yaw', 'roll'],
        'angle_unit': 'degree',
        'radius': 4.0,
        'flip_test': True,
        'precision': 'fp32',
    }


def test_another_models_export_is_refused(build_model, normalized):
    model = build_model()
    proto = export.model_to_onnx(model)
    with torch.no_grad():
        model.head.final_layer.bias += 0.01
    with pytest.raises(ValueError, match=r'angles of 12 images .*expected ONNX and'):
        export.check_against_model(model, proto, normalized)


def test_noise_in_which_no_head_is_seen_refuses_no_export_but_a_wrong_one():
    """Of its angles nothing is known: PyTorch and ONNX differ by 0.004 degrees."""
    model, path = load_model(HEAD_POSE, flip_test=False), find_model(HEAD_POSE)
    noise = np.random.default_rng(0).standard_normal((16, 3, 96, 96))
    images = noise.astype(np.float32)
    blurred = F.interpolate(torch.from_numpy(images[:4]), (128, 96), mode='bilinear')
    assert export.model_outputs(model, blurred)['score'].max() < 1e-3
    found = export.check_against_model(model, onnx.load(path), images)
    assert max(found.values()) < 1e-3
    with torch.no_grad():
        model.head.final_layer.bias[-1] += 1e-3
    with pytest.raises(ValueError, match=r'angles\w* of 16 images .*ONNX and'):
        export.check_against_model(model, onnx.load(path), images)


def test_other_values_than_angles_are_refused(build_model):
    options = {'decoder.value_names': ('a', 'b', 'c')}
    options = {f'model.head.{name}': value for name, value in options.items()}
    model = build_model(**options, **{'model.test_cfg.axis_tip_share': None})
    with pytest.raises(ValueError, match=r"expected a head with the values \('pitch'"):
        export.HeadPoseGraph(model)
    with pytest.raises(ValueError, match='expected one with a BernoulliHead'):
        export.HeadPoseGraph(torch.nn.Identity())


def test_failed_write_leaves_nothing(build_model, tmp_path):
    proto = export.model_to_onnx(build_model())
    del proto.graph.output[:]
    proto.graph.output.add(name='nothing')
    with pytest.raises(onnx.checker.ValidationError):
        export.save_onnx(proto, tmp_path / 'model.onnx')
    assert not list(tmp_path.iterdir())


def test_flip_indices_of_another_skeleton_are_refused(build_model):
    model = build_model(**{'model.head.num_keypoints': 3})
    model.dataset_meta = dict(flip_indices=[0])
    with pytest.raises(ValueError, match=r'one for each of 3 keypoints, got \[0\]'):
        export.model_to_onnx(model)


def test_no_image_is_refused(build_model, normalized):
    session = export.open_session(export.model_to_onnx(build_model()))
    with pytest.raises(ValueError, match='images: expected one or more, got none'):
        export.predict(session, normalized[:0])


@pytest.mark.parametrize(
    ('region', 'padding', 'margin'),
    # 1.8 times the box, times 1.25, is 2.25: 0.625 on each side.
    [('face', 1.0, 0.4), ('face', 1.25, 0.625), ('image', 1.25, 0.125)],
)
def test_margin_is_that_of_the_whole_crop(build_model, region, padding, margin):
    model = build_model()
    dataset = model.cfg.test_dataloader.dataset
    dataset.pipeline[1].padding = padding
    dataset.datasets[0].region = region
    assert export.model_metadata(model)['margin'] == pytest.approx(margin)


class _Decode(torch.nn.Module):
    """The codec alone, on maps in place of an image: centre, two values."""

    codec = BernoulliHeatmap(
        (64, 64), (16, 16), 4, value_names=('a', 'b'), flip_signs=(1, 1)
    )

    def forward(self, maps):
        return self.codec.batch_decode_values(maps)


@pytest.mark.parametrize('size', [(16, 16), (24, 40)])
def test_the_decode_of_two_peaks_is_that_of_pytorch_at_any_size(size):
    height, width = size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    near, far = (np.exp(-((x - a) ** 2 + (y - 7.3) ** 2) / 12) for a in (4.2, 11.6))
    disc = np.where(near >= far, 0.5, -0.5)
    maps = np.stack([np.maximum(near, 0.9 * far), disc, -disc])[None].repeat(3, 0)
    maps[1:, 0] *= [[[1e-3]], [[-1]]]
    maps = maps.astype(np.float32)
    session = export.open_session(trace(_Decode(), ('values', 'deviations')))
    got = session.run(None, {INPUT: maps})
    expected = _Decode()(torch.from_numpy(maps))
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-4)
    np.testing.assert_allclose(got[0][:2], [[45, -45]] * 2, atol=1e-4)


@pytest.fixture
def rotation_model(project_root):
    """Weights that draw whole columns, of another rotation each image."""

    def build(**options):
        path = project_root / 'configs' / 'bernoulli_hrnet-small_full-turn.py'
        return random_model(path, **options)

    return build


@pytest.mark.parametrize('flip_test', [True, False])
@pytest.mark.parametrize('keypoints', [1, 3])
def test_rotations_equal_predict_at_all_sizes(
    rotation_model, normalized, flip_test, keypoints
):
    options = {
        'model.test_cfg.flip_test': flip_test,
        'model.head.num_keypoints': keypoints,
    }
    model = rotation_model(**options)
    found = export.check_against_model(model, export.model_to_onnx(model), normalized)
    body = ['keypoints', 'keypoint_scores'] if keypoints > 1 else []
    names = ['angles', 'angles_std', 'center', 'score', 'rotation', 'rotation_std']
    assert list(found) == [*names, *body]
    assert max(found.values()) < 1e-3
    matrices = export.model_outputs(model, torch.from_numpy(normalized))['rotation']
    assert geodesic_error(matrices[:1], matrices[1:]).min() > 1  # told apart


def test_calibrated_deviations_equal_predict(build_model, normalized):
    factors = {'model.head.decoder.std_factors': (0.5, 0.4, 0.3)}
    plain, model = build_model(), build_model(**factors)
    found = export.check_against_model(model, export.model_to_onnx(model), normalized)
    assert max(found.values()) < 1e-3
    images = torch.from_numpy(normalized)
    before, after = (export.model_outputs(one, images) for one in (plain, model))
    assert (after['angles_std'] < before['angles_std'] - 0.1).any()
    np.testing.assert_array_equal(after['score'], before['score'])


def test_calibrated_deviations_of_rotations_in_the_graph():
    class Stds(torch.nn.Module):
        codec = RotationHeatmap((64, 64), (16, 16), 4, std_factors=(2, 3, 0.5, 2.5))
        noise = 0.05 * torch.randn(7, 16, 16, generator=torch.manual_seed(0))

        def forward(self, images):
            shape = torch.tensor([1.0, 0, 0, 1, 0, 1, 0]).view(7, 1, 1)
            peak = torch.zeros(7, 16, 16)
            peak[0, 8, 8] = 1
            maps = (shape + self.noise + peak).unsqueeze(0)
            heads = self.codec.estimate(maps + 0 * images.mean())
            return heads['head_angles_std'], heads['head_rotation_std']

    session = export.open_session(trace(Stds(), ('angles', 'rotation')))
    images = np.zeros((1, 3, 64, 64), np.float32)
    found, expected = session.run(None, {INPUT: images}), Stds()(torch.tensor(images))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-4)
    assert 1 < expected[1].item() < 40


def test_interface_and_metadata_of_rotations(rotation_model):
    proto = export.model_to_onnx(rotation_model())
    shapes = {
        value.name: [
            d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim
        ]
        for value in proto.graph.output
    }
    assert shapes['rotation'] == ['batch', 3, 3]
    assert shapes['rotation_std'] == ['batch']
    metadata = export.read_metadata(proto)
    assert metadata['angles'] == ['pitch', 'yaw', 'roll']
    assert metadata['radius'] == 5
    assert "head's x, y and z axes" in metadata['rotation']


def test_a_head_from_behind_in_the_graph(rotation_model):
    """Without the network: maps of one head, of none and of NaN."""
    model = rotation_model()
    codec = model.head.decoder
    matrix = euler_to_matrix((20, -170, 10))
    encoded = codec.encode(
        np.array([[[32, 36]]], np.float32),
        head_rotation=matrix[None],
        head_angles_valid=np.ones((1, 3)),
    )
    one = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    maps = torch.from_numpy(np.stack([one, 0 * one, np.nan * one]))

    class Maps(torch.nn.Module):
        outputs = export.HeadPoseGraph(model).outputs

        def forward(self, images):
            return export.HeadPoseGraph(model)(images)

    model.extract_feat = lambda images: images[:, :1, :16, :16]
    model.head.forward = lambda feats: feats.mean() * 0 + maps
    proto = trace(Maps(), Maps.outputs)
    found = export.predict(export.open_session(proto), np.zeros((3, 3, 64, 64), 'f'))
    np.testing.assert_allclose(found['angles'][0], (20, -170, 10), atol=1e-3)
    assert geodesic_error(found['rotation'][0], matrix) < 1e-3
    np.testing.assert_allclose(found['rotation'][1:], [np.eye(3)] * 2, atol=1e-6)
    np.testing.assert_allclose(found['rotation_std'], [0, 131.78, 131.78], atol=0.02)
    assert found['score'][0] > 0.9
    assert (found['score'][1:] == 0).all()


@pytest.mark.parametrize(
    ('name', 'first', 'second', 'expected'),
    [
        ('angles', (10, 180, 0), (10, -179.9998, 0), 2e-4),
        ('angles', (30, 89.9999, 0), (10, 89.9999, -20), 3e-5),  # nearly one rotation
        ('angles', (0, 20, 0), (0, 21, 0), 1),
        ('angles_std', (0.1, 50, 3), (0.101, 50.05, 3), 1e-3),
        ('score', (0.5, 1, 1), (0.6, 1, 1), 0.1),
    ],
)
def test_differences_where_angles_have_a_seam_or_a_lock(name, first, second, expected):
    pair = (np.array([values], np.float32) for values in (first, second))
    found = output_differences(name, *pair).max()
    assert found == pytest.approx(expected, rel=0.2, abs=1e-5)


def test_results_that_are_no_numbers_are_named(build_model, normalized):
    proto = export.model_to_onnx(build_model())
    weights = next(one for one in proto.graph.initializer if len(one.dims) == 4)
    weights.raw_data = np.full(weights.dims, np.nan, np.float32).tobytes()
    with pytest.raises(
        ValueError, match='expected finite numbers, got NaN .* 2 images'
    ):
        export.predict(export.open_session(proto), normalized[:2])


@pytest.mark.parametrize('content', [None, b'', b'no model', b'\x08\x07\x12\x01'])
def test_damaged_files_are_named(tmp_path, content):
    path = tmp_path / 'damaged.onnx'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r'damaged\.onnx: expected an ONNX model, got'):
        export.open_session(path)


def test_an_export_computes_what_depends_on_no_image_in_advance(build_model):
    """Half of the tracer's operators are constants, and what is made of them."""
    proto = export.model_to_onnx(build_model())
    kinds = {node.op_type for node in proto.graph.node}
    assert 'Constant' not in kinds
    assert {node.domain for node in proto.graph.node} == {''}
    assert [(one.domain, one.version) for one in proto.opset_import] == [('', OPSET)]
