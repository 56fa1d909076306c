"""The codec: Eq. 1, decode(encode) = identity, validity, and MMPose's pipeline."""

import math

import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap
from mmpose.registry import KEYPOINT_CODECS, TRANSFORMS

CONFIG = dict(
    type='BernoulliHeatmap', input_size=(64, 48), heatmap_size=(16, 12), radius=4
)


def build(**changes):
    return KEYPOINT_CODECS.build({**CONFIG, **changes})


def encode(codec, center=(30.0, 22.0), angles=(10.0, -20.0, 0.0), valid=(1, 1, 1)):
    return codec.encode(
        np.array([[center]], dtype=np.float32),
        np.ones((1, 1), dtype=np.float32),
        head_angles=np.array([angles], dtype=np.float32),
        head_angles_valid=np.array([valid], dtype=np.float32),
    )


def stack(encoded):
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    return torch.from_numpy(maps)[None]


def test_disc_and_gaussian_by_the_definition():
    encoded = encode(build(value_scales=(90.0, 45.0, 30.0)))
    center = np.array([30 / 4, 22 / 4])
    for y in range(12):
        for x in range(16):
            distance = math.hypot(x - center[0], y - center[1])
            inside = float(distance <= 4)
            assert encoded['angle_mask'][0, y, x] == inside
            np.testing.assert_allclose(
                encoded['angle_heatmaps'][:, y, x],
                np.array([10 / 90, -20 / 45, 0]) * inside,
                rtol=1e-6,
            )
            gaussian = math.exp(-(distance**2) / (2 * (0.6 * 4) ** 2))
            assert encoded['heatmaps'][0, y, x] == pytest.approx(gaussian, rel=1e-4)


@pytest.mark.parametrize('kind', ['BernoulliHeatmap', 'RotationHeatmap'])
@pytest.mark.parametrize(('absent', 'weight'), [(1.0, 1), (0.0, 0), (None, 0)])
def test_no_head_is_taught_and_an_invisible_one_is_not(kind, absent, weight):
    codec = build(type=kind)
    encoded = codec.encode(
        np.array([[[10, 10], [30, 22]]], np.float32),
        np.array([[1, 0]], np.float32),
        head_absent=None if absent is None else np.array([absent]),
        head_angles_valid=np.zeros((1, 3)),
    )
    np.testing.assert_array_equal(encoded['keypoint_weights'], [[1, weight]])
    assert (encoded['background_weights'] == weight).all()
    assert not encoded['angle_weights'].any()
    assert not encoded['angle_heatmaps'].any()
    assert encoded['heatmaps'][0].max() > 0.9
    assert encoded['heatmaps'][1].any() == encoded['angle_mask'].any() == (not weight)


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        (dict(), r'where there is no head, got visibility 1'),
        (
            dict(visible=0.0, head_angles_valid=np.array([[0, 1, 0]])),
            r'got visibility 0, validity \[0.0, 1.0, 0.0\]',
        ),
        (dict(head_absent=np.ones((1, 1))), r'expected 0 or 1, .* shape \(1, 1\)'),
        (dict(head_absent=np.array([np.nan])), r'expected 0 or 1, .* got \[nan\]'),
        (dict(head_absent=np.array([-1])), r'head_absent: expected 0 or 1, .* \[-1\]'),
    ],
)
def test_a_head_that_is_not_there_has_no_label(fields, message):
    visible = np.full((1, 1), fields.pop('visible', 1.0))
    fields = dict(head_absent=np.ones(1), head_angles=np.zeros((1, 3))) | fields
    fields.setdefault('head_angles_valid', np.zeros((1, 3)))
    with pytest.raises(ValueError, match=message):
        build().encode(np.full((1, 1, 2), 9.0), visible, **fields)


def test_zero_degrees_is_told_apart_by_the_mask():
    encoded = encode(build(), angles=(0.0, 0.0, 0.0))
    assert not encoded['angle_heatmaps'].any()
    assert encoded['angle_mask'].sum() > 40
    np.testing.assert_array_equal(encoded['angle_weights'], [[1, 1, 1]])


@pytest.mark.parametrize('mode', ['weighted', 'mean'])
def test_decode_of_encode_is_the_identity(mode):
    codec = build(decode_mode=mode, value_scales=(90.0, 45.0, 30.0))
    rng = np.random.default_rng(0)
    for _ in range(100):
        center = rng.uniform([8, 8], [56, 40])
        angles = rng.uniform(-90, 90, 3)
        maps = stack(encode(codec, center, angles))
        values, stds = codec.batch_decode_values(maps)
        np.testing.assert_allclose(values[0], angles, atol=1e-4)
        np.testing.assert_allclose(stds[0], 0, atol=1e-2)
        keypoints, scores = codec.batch_decode(maps)
        assert np.abs(keypoints[0][0, 0] - center).max() <= 2.0  # half a map pixel
        assert 0.9 < scores[0][0, 0] <= 1


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_maps_decode(dtype):
    codec = build()
    maps = stack(encode(codec)).to(dtype)
    values, _ = codec.batch_decode_values(maps)
    np.testing.assert_allclose(values.numpy(), [[10, -20, 0]], atol=0.2)
    assert codec.batch_decode(maps)[0][0].dtype == np.float32


def test_std_tells_how_much_the_pixels_disagree():
    codec = build()
    maps = stack(encode(codec, angles=(10.0, 10.0, 10.0)))
    maps[0, 1] += torch.randn(12, 16) * 5 / 90
    _, stds = codec.batch_decode_values(maps)
    assert 3 < stds[0, 0] < 7
    assert stds[0, 1] < 0.01


@pytest.mark.parametrize(
    ('peak', 'deviation', 'score', 'told'),
    [
        (1.0, 0.0, 1.0, 0.0),
        (0.9, 3.0, 0.9 * np.exp(-((1 / 3) ** 4)), 3.0),
        (1.3, 0.0, 1.0, 0.0),
        (1.0, 9.0, np.exp(-1), 90 / 3**0.5 * (1 - 2 * np.exp(-1))),
        (0.8, 60.0, 0.0, 60.0),  # never smaller than before
        (0.0, 0.0, 0.0, 90 / 3**0.5),  # untrained: nothing is known
        (-0.1, 0.0, 0.0, 90 / 3**0.5),
    ],
)
def test_score_and_deviation_of_what_may_be_no_head(peak, deviation, score, told):
    given = torch.full((2, 3), deviation)
    scores, stds = build().judge(torch.full((2,), peak), given)
    np.testing.assert_allclose(scores, [score] * 2, atol=1e-6)
    np.testing.assert_allclose(stds, np.full((2, 3), told), rtol=1e-5)


def test_unknown_values_have_no_weight():
    encoded = encode(build(), angles=(10.0, 20.0, np.nan), valid=(1, 1, 0))
    np.testing.assert_array_equal(encoded['angle_weights'], [[1, 1, 0]])
    assert all(np.isfinite(value).all() for value in encoded.values())


def test_record_without_values_or_without_centre():
    codec = build()
    keypoints = np.array([[[30.0, 22.0]]], dtype=np.float32)
    without_values = codec.encode(keypoints, head_angles=None, head_angles_valid=None)
    assert without_values['keypoint_weights'].tolist() == [[1]]
    assert without_values['angle_weights'].tolist() == [[0, 0, 0]]
    hidden = codec.encode(
        keypoints, np.zeros((1, 1)), head_angles=np.ones((1, 3), np.float32)
    )
    assert hidden['angle_weights'].tolist() == [[0, 0, 0]]


@pytest.mark.parametrize('center', [(0, 0), (-10, 22), (63, 47), (30, 54)])
def test_a_head_cut_by_the_border_keeps_its_angles(center):
    """Also where the centre is outside, by up to 0.7 of the radius.

    Beyond, pixels outside the disc are above half the peak that is in the image.
    """
    codec = build()
    encoded = encode(codec, center=center)
    assert encoded['keypoint_weights'].tolist() == [[1]]
    assert encoded['angle_weights'].tolist() == [[1, 1, 1]]
    values, _ = codec.batch_decode_values(stack(encoded))
    np.testing.assert_allclose(values, [[10, -20, 0]], atol=1e-4)
    keypoints, _ = codec.batch_decode(stack(encoded))
    inside = np.clip(center, 0, [63, 47])
    assert np.abs(keypoints[0][0, 0] - inside).max() <= 3.0  # of a pixel of 4


@pytest.mark.parametrize('mode', ['weighted', 'mean'])
@pytest.mark.parametrize('radius', [2, 4, 5])
def test_angles_of_a_cut_head_decode_or_have_no_weight(radius, mode):
    codec = build(radius=radius, decode_mode=mode)
    outcomes = set()
    for beyond in np.arange(0, 4 * radius + 4, 0.5):
        encoded = encode(codec, center=(-beyond, 22.0))
        known = encoded['angle_weights'].any()
        outcomes.add(bool(known))
        if known:
            values, _ = codec.batch_decode_values(stack(encoded))
            expected = encoded['angle_labels'] * codec.value_scales
            np.testing.assert_allclose(values, expected, rtol=1e-4)
    assert outcomes == {True, False}


def test_centre_far_outside_the_image_has_no_weight():
    encoded = encode(build(), center=(200.0, 22.0))
    assert encoded['keypoint_weights'].tolist() == [[0]]
    assert encoded['angle_weights'].tolist() == [[0, 0, 0]]
    assert not encoded['angle_mask'].any()


@pytest.mark.parametrize('unbiased', [False, True])
def test_body_keypoints_are_msra_heatmaps(unbiased):
    codec = build(keypoint_sigma=2, unbiased=unbiased)
    msra = MSRAHeatmap(
        input_size=(64, 48), heatmap_size=(16, 12), sigma=2, unbiased=unbiased
    )
    rng = np.random.default_rng(0)
    keypoints = rng.uniform(-10, 60, (1, 6, 2)).astype(np.float32)
    visible = (rng.random((1, 6)) > 0.3).astype(np.float32)
    ours = codec.encode(keypoints, visible)
    theirs = msra.encode(keypoints[:, :5], visible[:, :5])
    np.testing.assert_array_equal(ours['heatmaps'][:5], theirs['heatmaps'])
    np.testing.assert_array_equal(
        ours['keypoint_weights'][:, :5], theirs['keypoint_weights']
    )
    decoded, scores = codec.decode(stack(ours)[0].numpy())
    expected, expected_scores = msra.decode(theirs['heatmaps'])
    np.testing.assert_allclose(
        decoded[:, :5], expected, atol=1e-3 if unbiased else 1e-5
    )
    np.testing.assert_allclose(scores[:, :5], expected_scores)


def test_even_blur_kernel_is_an_error():
    with pytest.raises(ValueError, match='blur_kernel_size: expected an odd .* 10'):
        build(unbiased=True, blur_kernel_size=10)


def test_other_values_are_a_config_change():
    codec = build(
        value_names=('gaze_x', 'head_size'),
        value_scales=(30.0, 100.0),
        flip_signs=(-1, 1),
        value_key='head_values',
    )
    encoded = codec.encode(
        np.array([[[30.0, 22.0]]], dtype=np.float32),
        head_values=np.array([[12.0, 80.0]]),
        head_values_valid=np.array([[1, 1]]),
    )
    values, _ = codec.batch_decode_values(stack(encoded))
    np.testing.assert_allclose(values, [[12.0, 80.0]], rtol=1e-5)


def test_works_inside_generate_target_and_pack_pose_inputs():
    record = dict(
        img=np.zeros((48, 64, 3), np.uint8),
        keypoints=np.array([[[30.0, 22.0]]], dtype=np.float32),
        keypoints_visible=np.ones((1, 1), np.float32),
        head_rotation=np.eye(3, dtype=np.float32)[None],
        head_angles=np.array([[10.0, 20.0, 30.0]], dtype=np.float32),
        head_angles_valid=np.array([[1.0, 1.0, 0.0]], dtype=np.float32),
    )
    record = TRANSFORMS.build(dict(type='GenerateTarget', encoder=CONFIG))(record)
    sample = TRANSFORMS.build(dict(type='PackPoseInputs'))(record)['data_samples']
    assert sample.gt_fields.heatmaps.shape == (1, 12, 16)
    assert sample.gt_fields.angle_heatmaps.shape == (3, 12, 16)
    assert sample.gt_fields.angle_mask.shape == (1, 12, 16)
    assert sample.gt_instance_labels.angle_weights.tolist() == [[1, 1, 0]]
    assert sample.gt_instances.head_rotation.shape == (1, 3, 3)
    np.testing.assert_allclose(
        sample.gt_instance_labels.angle_labels, [[10 / 90, 20 / 90, 0]], rtol=1e-6
    )


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(radius=7), r'radius: expected .*16, 12.* got 7'),
        (dict(radius=0), r'radius: .* got 0'),
        (dict(value_scales=(1.0, 2.0)), r'value_scales: expected one for each'),
        (dict(value_scales=-1.0), r'value_scales: expected positive'),
        (dict(value_scales='wide'), "value_scales: expected numbers, got 'wide'"),
        (dict(std_factors=(1, 2, 'a')), r'std_factors: expected numbers, got \(1, 2'),
        (dict(flip_signs=(1, 2, 1)), r'flip_signs: expected 1 or -1'),
        (dict(decode_mode='max'), r"decode_mode: .* got 'max'"),
        (dict(threshold=1.5), r'threshold: .* got 1.5'),
        (dict(sigma_ratio=0), r'sigma_ratio: .* got 0'),
        (dict(keypoint_sigma=float('nan')), r'keypoint_sigma: .* got nan'),
    ],
)
def test_bad_arguments(changes, message):
    with pytest.raises(ValueError, match=message):
        build(**changes)


def test_bad_records():
    codec = build()
    with pytest.raises(ValueError, match='one instance at a time'):
        codec.encode(np.zeros((2, 1, 2), np.float32))
    with pytest.raises(ValueError, match=r'head_angles: expected finite .*nan'):
        encode(codec, angles=(np.nan, 0, 0))
    with pytest.raises(ValueError, match=r'head_angles: expected shape \(1, 3\)'):
        codec.encode(np.zeros((1, 1, 2), np.float32), head_angles=np.zeros((1, 2)))
    with pytest.raises(TypeError, match='head_angle_valid'):
        codec.encode(np.zeros((1, 1, 2), np.float32), head_angle_valid=np.ones((1, 3)))


def test_standard_deviations_are_calibrated():
    torch.manual_seed(0)
    maps = torch.rand(2, 4, 16, 16) * 0.01
    maps[:, 0, 8, 8] = 1
    plain, heads = (
        KEYPOINT_CODECS.build({**CONFIG, 'std_factors': factors}).estimate(maps)
        for factors in (1.0, (2.0, 3.0, 1.0))
    )
    expected = plain['head_angles_std'] * torch.tensor([2.0, 3.0, 1.0])
    torch.testing.assert_close(heads['head_angles_std'], expected)
    torch.testing.assert_close(heads['head_scores'], plain['head_scores'])


@pytest.mark.parametrize(
    ('std', 'calibrated'), [(5.0, 15.0), (30.0, 90 / 3**0.5), (60.0, 60.0)]
)
def test_a_factor_raises_none_beyond_what_is_unknown(std, calibrated):
    codec = build(std_factors=np.array(3.0))
    stds = codec.calibrate(torch.full((2, 3), std))
    np.testing.assert_allclose(stds, np.full((2, 3), calibrated), rtol=1e-6)
