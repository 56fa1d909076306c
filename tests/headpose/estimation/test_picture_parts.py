"""The parts of a picture that a network looks at."""

import numpy as np
import pytest

from bernoulli_headpose.estimation.picture_parts import (
    TILE,
    check_side,
    default_side,
    parts_of,
)


def test_a_usual_picture_is_seen_whole_and_again_at_a_quarter():
    parts = [*parts_of((400, 300), 640)]
    assert [(p.corner, p.size, p.side) for p in parts] == [
        ((0, 0), (400, 300), 640),
        ((0, 0), (400, 300), 160),
    ]


@pytest.mark.parametrize('size', [(6000, 4000), (100, 8000), (1281, 30), (2000, 2000)])
def test_every_small_head_lies_whole_in_a_part(size):
    parts = [  # at the picture's own scale
        part for part in parts_of(size, max(size)) if part.side == max(part.size)
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
    assert max(part.side for part in parts) <= TILE


def test_tiles_hold_the_pictures_pixels():
    image = np.random.default_rng(0).integers(0, 255, (50, 90, 3), np.uint8)
    parts = [*parts_of((90, 50), 4 * TILE)]
    assert len(parts) > 4
    for part in parts:
        x, y = part.corner
        shown = part.of(image)
        assert shown.shape[:2] == part.size[::-1]
        np.testing.assert_array_equal(shown[0, 0], image[y, x])


def test_a_head_that_goes_on_beyond_a_tile_is_another_tiles():
    left, *_ = parts_of((2000, 100), 2000)
    boxes = np.array([[-5, 10, 20, 40], [1200, 10, 1279, 40], [300, -9, 400, 120]])
    assert left.holds(boxes).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ('size', 'side'),
    [
        ((300, 400), 384),
        ((640, 480), 384),
        ((1080, 1920), 1152),
        ((6000, 4000), 1920),
        ((1200, 300), 960),
        ((100, 8000), 8000),
        ((3, 10**6), 16 * 1920),
    ],
)
def test_large_and_long_pictures_are_seen_larger(size, side):
    assert default_side(size, 384) == side


@pytest.mark.parametrize('size', [(4000, 3000), (3000, 2000), (4640, 2610)])
def test_parts_overlap_by_no_more_than_they_must(size):
    """Of what the parts hold, no more than two fifths is seen again."""
    side = default_side(size, 384)
    tiles = [part for part in parts_of(size, side) if part.least == 0]
    assert len(tiles) > 1
    seen = sum(part.size[0] * part.size[1] for part in tiles)
    assert seen / (size[0] * size[1]) < 1.4


@pytest.mark.parametrize('side', [32, 100, 250, 251, 416, 640, 1248, 1920, 6000])
def test_the_greatest_heads_are_seen_at_no_more_than_the_coarsest_scale(side):
    sides = [part.side for part in parts_of((600, 400), side)]
    assert min(sides) <= 250
    assert sides == sorted(sides, reverse=True) or side > TILE


@pytest.mark.parametrize('side', [0, -32, 31, 64.0, '64', (96, 96)])
def test_side_is_checked(side):
    with pytest.raises(ValueError, match='input_size: expected the longer side'):
        check_side(side)


@pytest.mark.parametrize(
    'size', [(2560, 1440), (4928, 3264), (3872, 2592), (1080, 2340), (6000, 4000)]
)
@pytest.mark.parametrize('side', [1281, 1664, 1920, 4000])
def test_tiles_cover_the_picture_and_none_is_open_at_its_border(size, side):
    tiles = [part for part in parts_of(size, side) if part.least == 0]
    seen = np.zeros(size[::-1], bool)
    for part in tiles:
        (x, y), (width, height) = part.corner, part.size
        part.of(seen)[:] = True
        beyond = (x > 0, y > 0, x + width < size[0], y + height < size[1])
        assert part.is_open == beyond
    assert seen.all()
    ends = np.max([np.add(part.corner, part.size) for part in tiles], axis=0)
    assert tuple(ends) == size
