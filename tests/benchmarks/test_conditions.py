"""Conditions of a head-pose model: what each does to a sample."""

import cv2
import numpy as np
import pytest
from benchmarks import conditions
from mmengine.dataset import Compose

from bernoulli_headpose.rotation import euler_to_matrix

PIPELINE = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=(96, 96)),
    dict(type='PackPoseInputs', meta_keys=('id', 'img_path', 'dataset_name')),
]
NAMES = [*conditions.head_conditions(0.5)]


def record(angles=(10.0, 20.0, 30.0), valid=(1, 1, 1)):
    """A face of 60 pixels in the middle, in a box of 120."""
    image = np.random.default_rng(0).integers(60, 250, (160, 160, 3), np.uint8)
    one = np.ones((1, 1), np.float32)
    return dict(
        img=cv2.GaussianBlur(image, (0, 0), 1),
        img_path='head.png',
        id=3,
        dataset_name='made',
        bbox=np.array([[20, 20, 140, 140]], np.float32),
        bbox_score=one[0],
        keypoints=np.full((1, 1, 2), 80, np.float32),
        keypoints_visible=one,
        flip_indices=[0],
        head_rotation=euler_to_matrix([angles]).astype(np.float32),
        head_angles=np.array([angles], np.float32),
        head_angles_valid=np.array([valid], np.float32),
        instance_mapping_table=dict(head_angles='head_angles'),
    )


def packed(name, sample=None, seed=0):
    np.random.seed(seed)
    step = Compose(conditions.head_conditions(0.5)[name].insert(PIPELINE))
    return step(dict(sample or record()))


def pixels(made):
    return made['inputs'].permute(1, 2, 0).numpy()


def angles(made):
    return made['data_samples'].gt_instances.head_angles[0]


@pytest.mark.parametrize('name', NAMES[1:])
def test_each_changes_the_crop_and_no_other_the_label(name):
    sample = record()
    before = sample['img'].copy()
    made, plain = packed(name, sample), packed(NAMES[0])
    assert (pixels(made) != pixels(plain)).any()
    np.testing.assert_array_equal(pixels(made), pixels(packed(name)))
    np.testing.assert_array_equal(sample['img'], before)
    # By hand: a half turn negates pitch and yaw, and takes 180 from roll.
    expected = (-10, -20, -150) if name == 'upside down' else (10, 20, 30)
    np.testing.assert_allclose(angles(made), expected, atol=1e-3)


def test_upside_down_is_a_half_turn_of_the_crop():
    turned = pixels(packed('upside down'))[::-1, ::-1].astype(int)
    plain = pixels(packed(NAMES[0])).astype(int)
    assert np.abs(turned - plain)[2:-2, 2:-2].mean() < 13  # by less than a pixel


def test_sizes_are_those_of_the_face_without_margin():
    small = conditions.head_conditions(0.5)['face of 12 pixels'].crop
    assert small == [dict(type='HeadDownscaling', size=24)]


@pytest.mark.parametrize('name', ['mask', 'sunglasses'])
def test_a_face_that_cannot_be_covered_stays(name):
    sample = record(valid=(1, 1, 0))
    np.testing.assert_array_equal(
        pixels(packed(name, sample)), pixels(packed(NAMES[0]))
    )


@pytest.mark.parametrize(
    'pipeline', [[], [dict(type='BottomupResize')], PIPELINE[:2], PIPELINE[2:]]
)
def test_a_pipeline_without_crops_is_refused(pipeline):
    with pytest.raises(ValueError, match='pipeline: expected one of crops, with GetBB'):
        conditions.Condition().insert(pipeline)


def test_pictures_without_a_head():
    sets = conditions.headless_sets()
    crops = {}
    for name, (dataset, condition) in sets.items():
        np.random.seed(0)
        sample = dataset[0]
        assert sample['head_absent'] == 1
        crops[name] = pixels(Compose(condition.insert(PIPELINE))(sample))
    assert (crops['black'] == 0).all()
    assert (crops['white'] == 255).all()
    assert len(np.unique(crops['grey'])) == 1
    assert len(np.unique(crops['noise'])) > 100
    assert len(sets['black'][0]) == 1
    if 'scikit-image' in sets:
        dataset = sets['scikit-image'][0]
        paths = {dataset.get_data_info(i)['img_path'] for i in range(len(dataset))}
        assert len(paths) > 10
        assert not any('astronaut' in path for path in paths)
