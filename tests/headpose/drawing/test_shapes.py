"""Drawing in place: what it touches, and where pictures and outlines end."""

import numpy as np
import pytest

from bernoulli_headpose import drawing
from bernoulli_headpose.rotation import euler_to_matrix


def noise(height=100, width=120):
    shape = (height, width, 3)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ('stroke', 'arguments'),
    [
        ('add_axes', (np.eye(3), (60, 50), 20)),
        ('add_cube', (np.eye(3), (60, 50), 30)),
        ('add_box', ((45, 35, 75, 65),)),
        ('add_label', (['a'], 0.4, (50, 45))),
    ],
)
def test_a_stroke_changes_its_place_on_the_canvas_and_nothing_else(stroke, arguments):
    canvas = noise()
    assert getattr(drawing, stroke)(canvas, *arguments) is None
    changed = (canvas != noise()).any(axis=2)
    assert changed[28:72, 38:84].any()
    changed[28:72, 38:84] = False
    assert not changed.any()


@pytest.mark.parametrize('shift', [(0, 0), (-45, 0), (50, 40), (-70, -60), (59, -49)])
def test_a_cube_over_the_border_is_a_window_on_a_larger_picture(shift):
    rotation = euler_to_matrix((15, -35, 20))
    large = noise(300, 320)
    window = large[100:200, 100:220].copy()
    center = np.add((60, 50), shift)
    drawing.add_cube(window, rotation, center, 40)
    drawing.add_cube(large, rotation, center + 100, 40)
    # cv2 cuts a line at the border a little off: a few pixels on its rim.
    unequal = (window != large[100:200, 100:220]).any(axis=2)
    assert unequal.mean() < 0.005


@pytest.mark.parametrize('center', [(1e9, 0), (-1e9, -1e9), (-500, 50), (60, 900)])
def test_a_cube_far_outside_leaves_the_picture_alone(center):
    canvas = noise()
    drawing.add_cube(canvas, np.eye(3), center, 40)
    np.testing.assert_array_equal(canvas, noise())


@pytest.mark.parametrize('center', [(60, 50), (5, 95)])
def test_the_tint_fills_the_front_and_nothing_else(center):
    canvas = np.zeros((100, 120, 3), dtype=np.uint8)
    drawing.add_cube(canvas, np.eye(3), center, 40, thickness=1)
    y, x = np.mgrid[:100, :120]
    distance = np.maximum(np.abs(x - center[0]), np.abs(y - center[1]))
    assert (canvas[distance < 19] == (89, 38, 18)).all()  # 35 % of the z axis' colour
    assert not canvas[distance > 22].any()
