"""tools/render_conventions.py: the picture of the signs."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_headpose.drawing import AXIS_COLORS

ROOT = Path(__file__).parents[2]
TILE, GAP, LABEL = 220, 4, 34


@pytest.fixture(scope='module')
def picture(tmp_path_factory):
    path = tmp_path_factory.mktemp('picture') / 'conventions.jpg'
    main = runpy.run_path(str(ROOT / 'tools/render_conventions.py'))['main']
    main([str(path)])
    return cv2.imread(str(path))


def test_the_page_shows_this_picture(picture):
    shown = cv2.imread(str(ROOT / 'docs/conventions.jpg'))
    assert shown.shape == picture.shape
    assert cv2.absdiff(shown, picture).mean() < 1  # libraries compress differently


def middle_of(picture, row, column, axis):
    """Where the colour of an axis is in a tile, pixels from the head's centre."""
    top, left = row * (TILE + GAP), column * (TILE + GAP)
    tile = picture[top + LABEL : top + TILE, left : left + TILE].astype(int)
    is_axis = np.abs(tile - AXIS_COLORS[axis][::-1]).max(axis=2) < 30
    y, x = np.nonzero(is_axis)
    return x.mean() - 110, y.mean() + LABEL - 132


@pytest.mark.parametrize('sign', [-1, 1])
def test_noses_and_eye_lines_turn_as_the_labels_say(picture, sign):
    column = 1 + sign
    assert sign * middle_of(picture, 0, column, 2)[1] < -10  # pitch > 0: the nose up
    assert sign * middle_of(picture, 1, column, 2)[0] < -10  # yaw > 0: to the left
    assert sign * middle_of(picture, 2, column, 0)[1] > 10  # roll > 0: x down
