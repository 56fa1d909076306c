"""Fig. 9's translation and occlusion: bounds, seeds, and errors."""

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS


def build(kind, **arguments):
    return TRANSFORMS.build(dict(type=kind, **arguments))


def shifted(index, seed=0, **arguments):
    results = dict(
        id=index,
        bbox_center=np.array([[50.0, 60.0]], np.float32),
        bbox_scale=np.array([[100.0, 40.0]], np.float32),
    )
    step = build('HeadTranslation', **{'max_shift': 0.2, 'seed': seed, **arguments})
    return step(results)['bbox_center']


def covered(index, seed=0, **arguments):
    image = np.full((64, 48, 3), 200, np.uint8)
    results = build('HeadOcclusion', seed=seed, **arguments)(dict(id=index, img=image))
    assert (image == 200).all()
    return results['img']


def test_translation_fills_its_range():
    shift = np.concatenate([shifted(i) for i in range(400)]) - [50, 60]
    assert np.abs(shift).max(axis=0) == pytest.approx([20, 8], rel=0.05)
    assert np.abs(shift.mean(axis=0)).max() < 1.5


def test_a_shift_of_the_face_box_is_less_than_one_of_the_crop():
    whole, face = shifted(4) - [50, 60], shifted(4, margin=0.4) - [50, 60]
    np.testing.assert_allclose(face, whole / 1.8, rtol=1e-4)


def test_scale_fills_its_range_alike_up_and_down():
    box = np.array([[100.0, 40.0]], np.float32)
    step = build('HeadTranslation', max_shift=0, max_scale=1.25)
    made = [
        step(dict(id=i, bbox_center=box, bbox_scale=box))['bbox_scale'] / box
        for i in range(400)
    ]
    factors = np.concatenate(made)
    np.testing.assert_allclose(factors[:, 0], factors[:, 1], rtol=1e-6)
    assert factors.min() == pytest.approx(0.8, rel=0.02)
    assert factors.max() == pytest.approx(1.25, rel=0.02)
    assert np.median(factors) == pytest.approx(1, abs=0.03)


def test_occlusion_covers_a_square():
    sizes = [(covered(i, size=0.25) == 0).all(-1).sum() for i in range(200)]
    assert max(sizes) == 12 * 12
    assert min(sizes) >= 6 * 6  # its middle is inside the image
    assert (covered(0, size=0.0) == 200).all()


def test_occlusion_of_several_sizes():
    areas = [(covered(i, size=(0.25, 0.5)) == 0).all(-1).sum() for i in range(300)]
    assert 22 * 22 < max(areas) <= 24 * 24
    assert len({int(area) for area in areas}) > 50


def test_without_a_seed_each_draw_is_another_and_numpys_seed_repeats_it():
    np.random.seed(3)
    draws = [covered(5, seed=None) for _ in range(2)]
    assert (draws[0] != draws[1]).any()
    np.random.seed(3)
    np.testing.assert_array_equal(covered(5, seed=None), draws[0])


def test_occlusion_fills():
    assert len(np.unique(covered(3, size=0.5, fill='noise'))) > 50
    assert (covered(3, size=0.5, fill='mean') == 200).all()


def test_a_small_head_has_no_detail():
    image = np.zeros((64, 48, 3), np.uint8)
    image[::2] = 200
    small = build('HeadDownscaling', size=12)(dict(img=image))['img']
    assert small.shape == image.shape
    np.testing.assert_allclose(small, 100, atol=1)
    assert image.max() == 200
    same = build('HeadDownscaling', size=48)(dict(img=image))['img']
    np.testing.assert_array_equal(same, image)


@pytest.mark.parametrize('function', [shifted, covered])
def test_same_seed_same_result_and_another_seed_another(function):
    np.testing.assert_array_equal(function(5), function(5))
    assert (function(5) != function(6)).any()
    assert (function(5) != function(5, seed=1)).any()


@pytest.mark.parametrize(
    ('kind', 'arguments', 'message'),
    [
        (
            'HeadTranslation',
            dict(max_shift=0.9),
            'max_shift: expected 0 to 0.5, got 0.9',
        ),
        (
            'HeadTranslation',
            dict(max_scale=0.8),
            'max_scale: expected 1 to 10',
        ),
        ('HeadTranslation', dict(margin=-1), 'margin: expected a share of -0.5 to 10'),
        ('HeadOcclusion', dict(size=2), 'size: expected 0 to 1, .* got 2'),
        ('HeadDownscaling', dict(size=1), 'size: expected 2 or more pixels, got 1'),
        ('HeadOcclusion', dict(size=(0.4, 0.2)), 'least first, got .0.4, 0.2.'),
        ('HeadOcclusion', dict(size=[0.1]), 'least first, got .0.1.'),
        ('HeadOcclusion', dict(fill='red'), "fill: .* got 'red'"),
    ],
)
def test_bad_arguments(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(kind, **arguments)
