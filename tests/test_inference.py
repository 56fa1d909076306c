"""MMPose's own inference API runs a config of ours and gives the angles."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmpose.apis import inference_topdown, init_model
from mmpose.registry import DATASETS

from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config

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


def slope() -> np.ndarray:
    return np.tile(np.linspace(0, 255, 64).astype(np.uint8)[:, None, None], (1, 64, 3))


@pytest.mark.parametrize(
    'image',
    [np.full((64, 64, 3), grey, np.uint8) for grey in (0, 60, 128, 255)] + [slope()],
    ids=['black', 'dark', 'grey', 'white', 'slope'],
)
def test_a_blank_picture_has_no_head_and_says_so(image):
    """Before, grey had a score of 0.78 and deviations of 11 to 14 degrees."""
    model = init_model(str(shipped_config()), str(shipped_checkpoint()), device='cpu')
    (sample,) = inference_topdown(model, image)
    head = sample.pred_instances
    assert head.head_scores.max() < 0.15
    assert head.keypoint_scores.max() < 0.15  # what MMPose's own JSON holds
    assert head.head_angles_std.min() > 35


@pytest.mark.parametrize('colour', [(128, 128, 128), (30, 200, 60)])
@pytest.mark.parametrize(
    ('size', 'box'),
    [
        *[((480, 640), None), ((640, 480), None), ((200, 200), None)],
        *[((200, 200), [-40, -40, 60, 60]), ((200, 200), [150, 60, 230, 140])],
    ],
)
def test_a_blank_picture_has_no_head_wherever_it_is_looked_for(size, box, colour):
    """A black frame about it made heads of it, with scores of 0.70 and 0.87."""
    inferencer = HeadPoseInferencer(detector='none', device='cpu')
    rng = np.random.default_rng(0)
    image = np.array(colour) + rng.integers(-3, 4, (*size, 1))
    (head,) = inferencer.predict(image.astype(np.uint8), bboxes=box)
    assert head['score'] == 0
    assert head['rotation_std'] == pytest.approx(132, abs=1)


def test_an_untrained_model_says_that_it_knows_nothing():
    """Before, its deviations were 0.0 degrees."""
    torch.manual_seed(0)
    model = init_model(str(shipped_config()), device='cpu')
    model.init_weights()
    model.dataset_meta = dict(flip_indices=[0], dataset_name='head_pose')
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    (sample,) = inference_topdown(model, image)
    assert sample.pred_instances.head_scores.max() < 0.01
    assert sample.pred_instances.head_angles_std.min() > 50


def test_photographed_heads_keep_their_scores(shared_data):
    model = init_model(str(shipped_config()), str(shipped_checkpoint()), device='cpu')
    dataset = DATASETS.build(
        dict(
            type='HeadPoseTableDataset',
            data_root=str(shared_data / 'genki4k'),
            ann_file='annotations.csv',
            split='test',
            margin=0.4,
            dataset_name='genki4k',
            pipeline=model.cfg.val_pipeline,
        )
    )
    batch = pseudo_collate([dataset[index] for index in range(0, len(dataset), 16)])
    with torch.no_grad():
        scores = [s.pred_instances.head_scores[0] for s in model.test_step(batch)]
    assert min(scores) > 0.85


QUIET = """
import numpy as np
from bernoulli_mmpose import HeadPoseInferencer
inferencer = HeadPoseInferencer(detector='none', device='cpu')
inferencer.predict(np.zeros((64, 64, 3), np.uint8), bboxes=[8, 8, 56, 56])
from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config
from mmpose.apis import MMPoseInferencer
inferencer = MMPoseInferencer(
    pose2d=str(shipped_config()),
    pose2d_weights=str(shipped_checkpoint()),
    det_model='whole_image',
)
next(inferencer(np.zeros((64, 64, 3), np.uint8)))
"""


def test_a_prediction_writes_no_warning():
    done = subprocess.run(
        [sys.executable, '-c', QUIET], capture_output=True, text=True, check=True
    )
    assert done.stderr == ''
    assert 'WARNING' not in done.stdout
