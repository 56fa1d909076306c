"""Estimate and ground truth in one picture."""

import numpy as np
import pytest

from bernoulli_headpose.drawing import draw_comparison

RED = 2


def grey(height=80, width=160):
    return np.full((height, width, 3), 60, dtype=np.uint8)


def test_estimate_is_strong_and_the_longer_label_pale():
    picture = draw_comparison(grey(), (0, 0, 0), (0, 0, 0), size=200)
    assert picture.shape == (200, 200, 3)
    strong, pale, beyond = picture[100, 140], picture[100, 175], picture[100, 195]
    assert strong.argmax() == pale.argmax() == RED
    assert strong.min() < 60 < pale.min()
    np.testing.assert_array_equal(beyond, [60, 60, 60])


def test_unknown_label_is_taken_from_the_estimate():
    full = draw_comparison(grey(), (5, 30, 20), (0, 0, 20))
    partial = draw_comparison(grey(), (5, 30, 20), (0, 0, np.nan))
    np.testing.assert_array_equal(full[40:], partial[40:])
    assert (full[:40] != partial[:40]).any()  # the text has a dash


@pytest.mark.parametrize('unknown', [None, np.full(2, np.nan)])
def test_axes_start_at_the_centre_or_in_the_middle(unknown):
    head = (grey(), (0, 0, 0), (0, 0, 0), (0, 0, 80, 80))
    given = draw_comparison(*head, center=(20, 60), size=80)
    assert given[60, 30].argmax() == RED
    middle = draw_comparison(*head, center=unknown, size=80)
    assert middle[40, 55].argmax() == RED
