"""Drawing of result dicts: one copy of the picture, however many heads."""

import tracemalloc

import numpy as np
import pytest

from bernoulli_headpose.drawing import (
    angles_to_label,
    draw_axes,
    draw_box,
    draw_cube,
    draw_heads,
    draw_label,
)
from bernoulli_headpose.rotation import euler_to_matrix


def head(x, y, side=60.0, **more):
    box = [x - side / 2, y - side / 2, x + side / 2, y + side / 2]
    return dict(pitch=10.0, yaw=-30.0, roll=5.0, center=[x, y], bbox=box, **more)


def grey(height=200, width=300):
    return np.full((height, width, 3), 90, dtype=np.uint8)


@pytest.mark.parametrize('draw', ['axes', 'cube'])
def test_heads_are_drawn_as_the_pure_functions_draw_them(draw):
    expected = grey()
    for number, (x, y) in enumerate(((80, 90), (220, 100), (310, -20))):
        given = head(x, y)
        place = (euler_to_matrix((10, -30, 5)), given['center'])
        expected = draw_box(expected, given['bbox'], thickness=2)
        if draw == 'axes':
            expected = draw_axes(expected, *place, 36, 2)
        else:
            expected = draw_cube(expected, *place, 60, 2)
        label = angles_to_label(f'#{number}', (10, -30, 5))
        corner = (given['bbox'][0], given['bbox'][3])
        expected = draw_label(expected, [label], 0.35, corner)
    heads = [head(80, 90), head(220, 100), head(310, -20)]
    numbered = [{**h, 'track_id': i} for i, h in enumerate(heads)]
    picture = draw_heads(grey(), numbered, draw, draw_bbox=True)
    np.testing.assert_array_equal(picture, expected)


@pytest.mark.parametrize('draw', ['axes', 'cube', 'none'])
@pytest.mark.parametrize('count', [0, 3])
def test_the_picture_is_copied_once(draw, count):
    image = grey(1000, 1500)
    heads = [head(300 + 300 * i, 500) for i in range(count)]
    draw_heads(image, heads, draw, draw_bbox=True)  # caches of the libraries
    tracemalloc.start()
    picture = draw_heads(image, heads, draw, draw_bbox=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert image.nbytes <= peak < 1.2 * image.nbytes
    assert not np.shares_memory(picture, image)
    assert (image == 90).all()


@pytest.mark.parametrize('image', [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3))])
def test_what_is_no_picture_is_named(image):
    with pytest.raises(ValueError, match=r'image: expected uint8 of shape \(H, W, 3\)'):
        draw_heads(image, [])


@pytest.mark.parametrize('side', [1e-3, 1e7, 1e30])
@pytest.mark.parametrize('draw', ['axes', 'cube'])
def test_boxes_of_any_size_are_drawn(side, draw):
    picture = draw_heads(grey(), [head(150, 100, side)], draw, draw_bbox=True)
    assert picture.shape == (200, 300, 3)


def test_thickness_that_is_none_is_named():
    with pytest.raises(ValueError, match='thickness: expected a whole number .*got 0'):
        draw_heads(grey(), [head(150, 100)], thickness=0)


def test_in_place_draws_the_same_on_the_picture_itself():
    heads = [head(80, 90), head(220, 100)]
    picture = grey()
    drawn = draw_heads(picture, heads, draw_bbox=True, in_place=True)
    assert drawn is picture
    np.testing.assert_array_equal(drawn, draw_heads(grey(), heads, draw_bbox=True))
