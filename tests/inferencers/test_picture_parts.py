"""The parts of a picture that a network looks at."""

import numpy as np
import pytest

from bernoulli_mmpose.inferencers.picture_parts import (
    check_side,
    default_side,
    parts_of,
)


def test_a_usual_picture_is_seen_whole_and_again_at_a_quarter():
    parts = [*parts_of((400, 300), 640, 640)]
    assert [(p.corner, p.size, p.side) for p in parts] == [
        ((0, 0), (400, 300), 640),
        ((0, 0), (400, 300), 160),
    ]


@pytest.mark.parametrize('size', [(6000, 4000), (100, 8000), (641, 30), (2000, 2000)])
def test_every_small_head_lies_whole_in_a_part(size):
    parts = [  # at the picture's own scale
        part for part in parts_of(size, max(size), 640) if part.side == max(part.size)
    ]
    rng = np.random.default_rng(0)
    head = min(120, min(size) - 1)
    for corner in rng.uniform(0, np.array(size) - head, (300, 2)):
        box = np.concatenate([corner, corner + head])
        assert any(
            part.holds(box[None] - np.tile(part.corner, 2))[0]
            and (box[:2] >= part.corner).all()
            and (box[2:] <= np.add(part.corner, part.size)).all()
            for part in parts
        )
    assert max(part.side for part in parts) <= 640


def test_tiles_hold_the_pictures_pixels():
    image = np.arange(50 * 90 * 3, dtype=np.uint16).reshape(50, 90, 3).astype(np.uint8)
    for part in parts_of((90, 50), 90, 40):
        x, y = part.corner
        shown = part.of(image)
        assert shown.shape[:2] == part.size[::-1]
        np.testing.assert_array_equal(shown[0, 0], image[y, x])


def test_a_head_that_goes_on_beyond_a_tile_is_another_tiles():
    left, *_ = [p for p in parts_of((1000, 100), 1000, 640) if p.side > 500]
    boxes = np.array([[-5, 10, 20, 40], [600, 10, 639, 40], [300, -9, 400, 120]])
    assert left.holds(boxes).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ('size', 'side'), [((640, 480), 640), ((4000, 1000), 960), ((100, 8000), 8000)]
)
def test_long_pictures_are_seen_larger(size, side):
    assert default_side(size, 640) == side


@pytest.mark.parametrize('side', [0, -32, 31, 64.0, '64', (96, 96)])
def test_side_is_checked(side):
    with pytest.raises(ValueError, match='input_size: expected the longer side'):
        check_side(side)
