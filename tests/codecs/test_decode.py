"""Decoding: Eq. 2 and 3 by hand, agreement with MMPose, and never NaN."""

import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap

from bernoulli_mmpose.codecs import decode_keypoints, decode_values


def test_weighted_mean_and_deviation_by_hand():
    center = torch.tensor([[[1.0, 0.75, 0.4, 0.0]]])
    values = torch.tensor([[[[10.0, 20.0, 99.0, 99.0]]]])
    mean, deviation = decode_values(center, values, threshold=0.5)
    expected = (1.0 * 10 + 0.75 * 20) / 1.75
    variance = (1.0 * (10 - expected) ** 2 + 0.75 * (20 - expected) ** 2) / 1.75
    assert mean.item() == pytest.approx(expected, rel=1e-6)
    assert deviation.item() == pytest.approx(variance**0.5, rel=1e-5)


def test_unweighted_mean_by_hand():
    center = torch.tensor([[[1.0, 0.75, 0.4, 0.0]]])
    values = torch.tensor([[[[10.0, 20.0, 99.0, 99.0]]]])
    mean, _ = decode_values(center, values, threshold=0.5, weighted=False)
    assert mean.item() == pytest.approx(15.0)


@pytest.mark.parametrize('peak', [1.0, 0.2, 1e-4, 7.0])
def test_threshold_is_relative_to_the_peak(peak):
    center = torch.rand(2, 8, 8)
    values = torch.randn(2, 3, 8, 8)
    expected = decode_values(center / center.amax((1, 2), True), values)
    got = decode_values(center * peak, values)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('fill', [0.0, -1.0])
def test_map_without_positive_pixel_is_defined(fill):
    center = torch.full((1, 4, 4), fill)
    center[0, 1, 2] = min(fill + 0.5, 0.0)
    values = torch.arange(16.0).reshape(1, 1, 4, 4)
    mean, deviation = decode_values(center, values)
    assert torch.isfinite(mean).all()
    assert torch.isfinite(deviation).all()
    if fill < 0:
        assert mean.item() == 6.0  # the value at the highest pixel


def test_gradients_of_the_decoded_values():
    center = torch.rand(2, 5, 5, dtype=torch.float64) + 0.1
    values = torch.randn(2, 3, 5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: decode_values(center, v)[0], (values,))


def test_gradient_of_the_deviation_where_all_pixels_agree():
    values = torch.ones(1, 3, 4, 4, requires_grad=True)
    decode_values(torch.rand(1, 4, 4), values)[1].sum().backward()
    assert torch.isfinite(values.grad).all()


def test_keypoints_equal_those_of_msra_heatmap():
    codec = MSRAHeatmap(input_size=(48, 64), heatmap_size=(12, 16), sigma=2)
    heatmaps = torch.randn(40, 5, 16, 12)
    heatmaps[0, 0] = -1  # nothing found
    heatmaps[1, 0, 0, 0] = 9  # corners and edges are not moved
    heatmaps[2, 1, 15, 11] = 9
    heatmaps[3, 2, 0, 5] = 9
    locations, scores = decode_keypoints(heatmaps)
    for index, sample in enumerate(heatmaps.numpy()):
        expected, expected_scores = codec.decode(sample)
        got = locations[index].numpy() * codec.scale_factor
        np.testing.assert_allclose(got, expected[0], atol=1e-6)
        np.testing.assert_allclose(scores[index].numpy(), expected_scores[0])


@pytest.mark.parametrize('kernel', [5, 11])
def test_unbiased_keypoints_equal_those_of_msra_heatmap(kernel):
    codec = MSRAHeatmap(
        input_size=(96, 128),
        heatmap_size=(24, 32),
        sigma=2,
        unbiased=True,
        blur_kernel_size=kernel,
    )
    rng = np.random.default_rng(0)
    keypoints = rng.uniform(0, 96, (1, 60, 2)).astype(np.float32)
    keypoints[0, :2] = [[1, 60], [90, 2]]  # too near to the border to be refined
    sample = codec.encode(keypoints, np.ones((1, 60), np.float32))['heatmaps']
    sample += rng.uniform(0, 0.02, sample.shape).astype(np.float32)
    sample[5] = -1  # nothing found
    locations, scores = decode_keypoints(torch.tensor(sample)[None], True, kernel)
    expected, expected_scores = codec.decode(sample)
    got = locations[0].numpy() * codec.scale_factor
    np.testing.assert_allclose(got, expected[0], atol=2e-3)
    np.testing.assert_allclose(scores[0].numpy(), expected_scores[0])


@pytest.mark.parametrize(
    ('dtype', 'tolerance'),
    [(torch.float32, 0.01), (torch.float16, 0.02), (torch.bfloat16, 0.05)],
)
def test_unbiased_keypoints_are_exact_on_a_gaussian(dtype, tolerance):
    x, y = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing='xy')
    gaussian = torch.exp(-((x - 11.37) ** 2 + (y - 17.71) ** 2) / 8).to(dtype)
    (location,), _ = decode_keypoints(gaussian[None, None], unbiased=True)
    np.testing.assert_allclose(location[0], [11.37, 17.71], atol=tolerance)
