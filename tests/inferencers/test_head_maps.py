"""Maps of heads: they hold the head's angles and lie where the crop does."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmpose.apis import init_model

from bernoulli_headpose.rotation import ANGLE_NAMES, euler_to_matrix
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.inferencers.samples import CROP_SIDE

ANGLE_CONFIG = (
    Path(__file__).parents[2] / 'configs/bernoulli_hrnet-small_pointing04_genki4k.py'
)
BOXES = np.array([[20, 20, 84, 84], [70, 10, 150, 110]], np.float32)


@pytest.fixture(scope='module')
def inferencer():
    return HeadPoseInferencer(device='cpu', detector='none')


@pytest.fixture(scope='module')
def image():
    """Blue is x and green is y, so that a crop tells where it comes from."""
    rows, columns = np.mgrid[:120, :160]
    return np.stack([columns, rows, (rows * 7 + columns * 3) % 256], 2).astype(np.uint8)


def test_heads_are_those_of_predict(inferencer, image):
    found = inferencer.predict_maps(image, BOXES)
    for maps, head in zip(found, inferencer.predict(image, BOXES), strict=True):
        assert maps.head.keys() == head.keys()
        for key, value in head.items():
            np.testing.assert_allclose(maps.head[key], value, atol=1e-3)


def test_angles_are_the_weighted_means_of_the_maps(image, tmp_path):
    model = init_model(str(ANGLE_CONFIG), device='cpu')
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'untrained.pth')
    inferencer = HeadPoseInferencer(
        str(ANGLE_CONFIG), tmp_path / 'untrained.pth', device='cpu', detector='none'
    )
    encoded = inferencer.model.head.decoder.encode(
        np.array([[[30.0, 34.0]]]), head_angles=np.array([[10.0, -20.0, 30.0]])
    )
    slope = np.linspace(0, 0.1, 16)  # the pixels of a disc disagree
    seen = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps'] + slope])
    seen = torch.from_numpy(seen)[None].float()
    inferencer.model.head.forward = lambda feats: seen.expand(len(feats[0]), -1, -1, -1)
    inferencer.model.test_cfg['flip_test'] = False
    for maps in inferencer.predict_maps(image, BOXES):
        assert maps.head['pitch_std'] > 0.1
        weights = maps.center_map * (maps.center_map > 0.5 * maps.center_map.max())
        for name, angle_map in zip(ANGLE_NAMES, maps.angle_maps, strict=True):
            mean = (weights * angle_map).sum() / weights.sum()
            assert mean == pytest.approx(maps.head[name], abs=1e-3)


def test_the_crop_is_the_box_with_its_margin(inferencer, image):
    maps = inferencer.predict_maps(image, BOXES[0])[0]
    assert maps.crop.shape == (CROP_SIDE, CROP_SIDE, 3)
    # Centre (52, 52); 1.8 times 64 pixels wide, from -5.6 to 109.6.
    middle = CROP_SIDE // 2
    np.testing.assert_allclose(maps.crop[middle, middle, :2], [52, 52], atol=1)
    np.testing.assert_allclose(maps.crop[-2, -2, :2], [109, 109], atol=1)
    assert not maps.crop[:10, :10].any()  # outside of the picture


def test_the_model_is_left_as_it_was(inferencer, image):
    before = dict(inferencer.model.test_cfg)
    with pytest.raises(ValueError, match='x1 < x2'):
        inferencer.predict_maps(image, [5, 5, 5, 5])
    assert inferencer.predict_maps(image, []) == []
    inferencer.predict_maps(image, BOXES)
    assert inferencer.model.test_cfg.get('output_heatmaps', False) is before.get(
        'output_heatmaps', False
    )


@pytest.mark.parametrize('angles', [(10, -20, 30), (20, 120, -30)])
def test_maps_of_a_rotation_show_its_angles(inferencer, image, monkeypatch, angles):
    head = inferencer.model.head
    width, height = head.decoder.input_size
    encoded = head.decoder.encode(
        np.array([[[width / 2, height / 2]]]),
        head_rotation=euler_to_matrix(np.array([angles])),
    )
    seen = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    seen = torch.from_numpy(seen)[None].float()
    monkeypatch.setattr(
        head, 'forward', lambda feats: seen.expand(len(feats[0]), -1, -1, -1)
    )
    for maps in inferencer.predict_maps(image, BOXES):
        peak = np.unravel_index(maps.center_map.argmax(), maps.center_map.shape)
        shown = [angle_map[peak] for angle_map in maps.angle_maps]
        assert shown == pytest.approx(angles, abs=0.01)
        assert [maps.head[name] for name in ANGLE_NAMES] == pytest.approx(
            angles, abs=0.01
        )
