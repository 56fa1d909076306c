"""Crops are those of MMPose's own steps, to the bit."""

import numpy as np
import pytest
from mmpose.datasets.transforms import GetBBoxCenterScale, TopdownAffine

from bernoulli_headpose.estimation.crops import CropRule


@pytest.mark.parametrize('use_udp', [False, True])
@pytest.mark.parametrize('padding', [1.0, 1.25])
@pytest.mark.parametrize('size', [(96, 96), (64, 96), (192, 256)])
def test_a_crop_is_that_of_mmpose(size, padding, use_udp):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (180, 240, 3), np.uint8)
    steps = GetBBoxCenterScale(padding), TopdownAffine(size, use_udp)
    rule = CropRule(size, padding, use_udp)
    corners = rng.uniform(-30, 200, (40, 2))
    for low, extent in zip(corners, rng.uniform(1, 150, (40, 2)), strict=True):
        box = np.array([*low, *(low + extent)], np.float32)
        results = dict(img=image, bbox=box[None])
        for step in steps:
            results = step.transform(results)
        view = rule.cut(image, box)
        np.testing.assert_array_equal(view.image, results['img'])
        np.testing.assert_array_equal(view.center, results['input_center'])
        np.testing.assert_array_equal(view.scale, results['input_scale'])


def test_places_come_back_to_the_picture():
    view = CropRule((96, 64)).cut(
        np.zeros((80, 90, 3), np.uint8), np.array([10, 20, 40, 60], np.float32)
    )
    np.testing.assert_allclose(view.to_picture([48, 32]), (25, 40))
    np.testing.assert_allclose(view.to_picture([[0, 0], [96, 64]])[:, 1], (20, 60))
