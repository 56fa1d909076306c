"""Decoding: Eq. 2 and 3 by hand, agreement with MMPose, and never NaN."""

import numpy as np
import pytest
import torch
from mmpose.codecs import MSRAHeatmap

from bernoulli_mmpose.codecs import BernoulliHeatmap, decode_keypoints, decode_values


def test_weighted_mean_and_deviation_by_hand():
    center = torch.tensor([[[1.0, 0.75, 0.4, 0.0]]])
    values = torch.tensor([[[[10.0, 20.0, 99.0, 99.0]]]])
    mean, deviation = decode_values(center, values, 3.0, threshold=0.5)
    expected = (1.0 * 10 + 0.75 * 20) / 1.75
    variance = (1.0 * (10 - expected) ** 2 + 0.75 * (20 - expected) ** 2) / 1.75
    assert mean.item() == pytest.approx(expected, rel=1e-6)
    assert deviation.item() == pytest.approx(variance**0.5, rel=1e-5)


def test_unweighted_mean_by_hand():
    center = torch.tensor([[[1.0, 0.75, 0.4, 0.0]]])
    values = torch.tensor([[[[10.0, 20.0, 99.0, 99.0]]]])
    mean, _ = decode_values(center, values, 3.0, threshold=0.5, weighted=False)
    assert mean.item() == pytest.approx(15.0)


@pytest.mark.parametrize('peak', [1.0, 0.2, 1e-4, 7.0])
def test_threshold_is_relative_to_the_peak(peak):
    center = torch.rand(2, 8, 8)
    values = torch.randn(2, 3, 8, 8)
    expected = decode_values(center / center.amax((1, 2), True), values, 3.0)
    got = decode_values(center * peak, values, 3.0)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('fill', [0.0, -1.0])
def test_map_without_positive_pixel_is_defined(fill):
    center = torch.full((1, 4, 4), fill)
    center[0, 1, 2] = min(fill + 0.5, 0.0)
    values = torch.arange(16.0).reshape(1, 1, 4, 4)
    mean, deviation = decode_values(center, values, 3.0)
    assert torch.isfinite(mean).all()
    assert torch.isfinite(deviation).all()
    if fill < 0:
        assert mean.item() == 6.0  # the value at the highest pixel


def test_gradients_of_the_decoded_values():
    center = torch.rand(2, 5, 5, dtype=torch.float64) + 0.1
    values = torch.randn(2, 3, 5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda v: decode_values(center, v, 3.0)[0], (values,)
    )


def test_gradient_of_the_deviation_where_all_pixels_agree():
    values = torch.ones(1, 3, 4, 4, requires_grad=True)
    decode_values(torch.rand(1, 4, 4), values, 3.0)[1].sum().backward()
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


def two_heads(distance, height):
    """Maps of a head of yaw 60 and, heatmap pixels away, one of yaw -60.

    Radius 4; the second centre's peak has the height given. Where the discs meet, a
    pixel is of the nearer head, as in the targets of many heads.
    """
    codec = BernoulliHeatmap((128, 96), (32, 24), radius=4)
    encoded = [
        codec.encode(
            np.array([[[x, 48.0]]], np.float32), head_angles=np.array([angles])
        )
        for x, angles in ((40.0, (10, 60, 0)), (40 + 4 * distance, (-30, -60, 20)))
    ]
    heights = [one['heatmaps'] for one in encoded]
    nearer = heights[0] >= heights[1]
    discs = [one['angle_heatmaps'] for one in encoded]
    center = np.maximum(heights[0], height * heights[1])
    values = np.where(nearer | (discs[1] == 0), discs[0], discs[1])
    return codec, torch.from_numpy(np.concatenate([center, values])[None]).float()


@pytest.mark.parametrize('height', [0.55, 0.7, 0.9, 0.99])
@pytest.mark.parametrize('distance', [15, 9, 7, 5, 4])
def test_a_neighbour_does_not_bend_the_angles(distance, height):
    """Before, at a distance of 15, yaw 60 was 28.9 and 3.2 beside 0.7 and 0.9."""
    codec, maps = two_heads(distance, height)
    values, deviations = codec.batch_decode_values(maps)
    np.testing.assert_allclose(values, [[10, 60, 0]], atol=1e-3)
    np.testing.assert_allclose(deviations, 0, atol=0.01)


@pytest.mark.parametrize(('height', 'yaw', 'x'), [(0.9, 60, 40), (1.5, -60, 76)])
def test_the_keypoint_and_the_angles_are_those_of_the_same_peak(height, yaw, x):
    codec, maps = two_heads(9, height)
    (keypoints,), _ = codec.batch_decode(maps)
    assert codec.batch_decode_values(maps)[0][0, 1] == pytest.approx(yaw, abs=1e-3)
    np.testing.assert_allclose(keypoints, [[[x, 48]]], atol=2)


def test_one_peak_decodes_as_before():
    """All pixels above half the peak are of its disc."""
    codec = BernoulliHeatmap((64, 64), (16, 16), 4)
    places = np.random.default_rng(0).uniform(24, 40, (8, 1, 1, 2))
    encoded = [codec.encode(place, head_angles=[[0.0] * 3]) for place in places]
    center = torch.tensor(np.stack([one['heatmaps'] for one in encoded]))
    maps = torch.cat([center, torch.randn(8, 3, 16, 16)], dim=1)
    values, deviations = codec.batch_decode_values(maps)
    center, others = maps[:, 0].flatten(1), maps[:, 1:].flatten(2)
    peak = center.amax(dim=1, keepdim=True)
    weights = center * (center > 0.5 * peak)
    weights = (weights / weights.sum(dim=1, keepdim=True)).unsqueeze(1)
    expected = (weights * others).sum(dim=2)
    spread = (weights * (others - expected.unsqueeze(2)) ** 2).sum(dim=2).sqrt()
    torch.testing.assert_close(values / 90, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(deviations / 90, spread, rtol=1e-5, atol=1e-6)
