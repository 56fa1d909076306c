"""MMPose's own inference API runs a config of ours and gives the angles."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmpose.apis import inference_topdown, init_model

CONFIGS = Path(__file__).parents[1] / 'configs'


@pytest.mark.parametrize(
    'name', ['bernoulli_hrnet-small_biwi', 'bernoulli_hrnet-small_pointing04_genki4k']
)
def test_inference_topdown(name):
    torch.manual_seed(0)
    model = init_model(str(CONFIGS / f'{name}.py'), device='cpu')
    model.dataset_meta = dict(flip_indices=[0], dataset_name='head_pose')
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    boxes = np.array([[20, 20, 90, 100], [60, 10, 150, 110]])
    samples = inference_topdown(model, image, boxes)
    assert len(samples) == 2
    for sample in samples:
        head = sample.pred_instances
        assert head.head_angles.shape == head.head_angles_std.shape == (1, 3)
        # The head centre, and the tips of the three axes for MMPose's JSON.
        assert head.keypoints.shape == (1, 4, 2)
        assert head.head_scores.shape == (1,)
        assert all(np.isfinite(value).all() for value in head.all_values())
