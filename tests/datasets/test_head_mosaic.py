"""Mosaics of photographs: cells, labels that follow the head, parts without heads."""

import numpy as np
import pytest

from bernoulli_mmpose.datasets.head_mosaic import draw_cells, show_head, show_no_head
from bernoulli_mmpose.datasets.head_scene import PhotographedHead

CENTER = np.array([120.0, 80.0])


def head(size=40.0, shape=(240, 320)):
    """A grey photograph with a white square as its head, 40 pixels wide."""
    image = np.full((*shape, 3), 90, np.uint8)
    x, y = CENTER.astype(int)
    image[y - 20 : y + 21, x - 20 : x + 21] = 255
    return PhotographedHead(image, CENTER, size, np.eye(3), np.zeros(3), np.ones(3))


def white(canvas):
    """Middle (x, y) and width of what is white."""
    y, x = np.nonzero(canvas[..., 0] > 172)
    return np.array([x.min() + x.max(), y.min() + y.max()]) / 2, np.ptp(x) + 1


@pytest.mark.parametrize('count', [1, 2, 7, 30])
def test_cells_fill_the_scene_once(count):
    covered = np.zeros((200, 300), int)
    cells = draw_cells(np.random.default_rng(count), (300, 200), count)
    for x1, y1, x2, y2 in cells:
        assert x2 - x1 >= 48
        assert y2 - y1 >= 48
        covered[y1:y2, x1:x2] += 1
    assert (covered == 1).all()
    assert len(cells) == (count if count < 8 else len(cells))
    assert len(cells) <= count


def test_more_cells_than_fit_are_not_cut():
    assert draw_cells(np.random.default_rng(0), (90, 90), 5) == [(0, 0, 90, 90)]


def test_each_cell_has_room_for_the_least_head():
    cells = draw_cells(np.random.default_rng(0), (600, 500), 30, least_head=90.0)
    assert len(cells) > 6
    for x1, y1, x2, y2 in cells:
        assert 0.85 * min(x2 - x1, y2 - y1) >= 90


@pytest.mark.parametrize('seed', range(12))
@pytest.mark.parametrize('cell', [(0, 0, 200, 160), (30, 50, 110, 150)])
def test_a_head_is_whole_and_where_its_label_says(seed, cell):
    canvas = np.zeros((160, 200, 3), np.uint8)
    rng = np.random.default_rng(seed)
    place = show_head(canvas, cell, head(), (20.0, 400.0), rng)
    center, width = white(canvas)
    np.testing.assert_allclose(center, place.center, atol=1.0)
    assert place.size == pytest.approx(width, abs=3)
    assert 20 <= place.size <= 0.85 * min(cell[2] - cell[0], cell[3] - cell[1])
    x1, y1, x2, y2 = cell
    outside = canvas.copy()
    outside[y1:y2, x1:x2] = 0
    assert not outside.any()
    assert (canvas[y1:y2, x1:x2] > 80).all()  # the cell is filled


@pytest.mark.parametrize('seed', range(12))
def test_a_head_is_no_larger_than_asked_for(seed):
    canvas = np.zeros((160, 200, 3), np.uint8)
    rng = np.random.default_rng(seed)
    cell = (0, 0, 200, 160)
    assert 20 <= show_head(canvas, cell, head(), (20.0, 30.0), rng).size <= 30
    assert show_head(canvas, (0, 0, 50, 50), head(), (90.0, 99.0), rng).size == 42.5


@pytest.mark.parametrize('seed', range(12))
def test_parts_without_the_head_show_nothing_of_it(seed):
    canvas = np.zeros((160, 200, 3), np.uint8)
    assert show_no_head(canvas, (20, 10, 180, 120), head(), np.random.default_rng(seed))
    assert (canvas[10:120, 20:180] == 90).all()


def test_no_part_beside_a_head_that_fills_its_photograph():
    canvas = np.zeros((160, 200, 3), np.uint8)
    filling = head(size=400.0)
    rng = np.random.default_rng(0)
    assert not show_no_head(canvas, (20, 10, 180, 120), filling, rng)
    assert not canvas.any()
