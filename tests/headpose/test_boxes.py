"""Boxes: shapes and errors, margins, overlaps."""

import numpy as np
import pytest

from bernoulli_headpose.boxes import (
    best_boxes,
    boxes_per_image,
    check_boxes,
    check_margin,
    enlarge,
    overlaps,
    parts_of_better,
)

BOX = [1.0, 2.0, 3.0, 5.0]


@pytest.mark.parametrize(
    ('bboxes', 'count', 'expected'),
    [
        (None, 2, [None, None]),
        (BOX, 1, [BOX]),
        ('box', 1, ['box']),  # for check_boxes to refuse, without endless recursion
        ([BOX, BOX], 1, [[BOX, BOX]]),
        ([[BOX, BOX]], 1, [[BOX, BOX]]),
        ([[BOX], None, []], 3, [[BOX], None, []]),
    ],
)
def test_boxes_per_image(bboxes, count, expected):
    assert boxes_per_image(bboxes, count) == expected


@pytest.mark.parametrize(
    ('bboxes', 'count'),
    [([[BOX]], 2), (BOX, 4), (np.array([BOX, BOX]), 3), (5, 2), ('no', 2)],
)
def test_boxes_per_image_refuses_another_count(bboxes, count):
    with pytest.raises(ValueError, match=f'for each of {count} images'):
        boxes_per_image(bboxes, count)


@pytest.mark.parametrize(
    ('boxes', 'shape'), [(BOX, (1, 4)), ([BOX, BOX], (2, 4)), ([], (0, 4))]
)
def test_check_boxes(boxes, shape):
    assert check_boxes(boxes, (10, 10), 'photo').shape == shape


def test_boxes_may_reach_out_of_the_image():
    box = [-50, -50, 1, 1]
    np.testing.assert_array_equal(check_boxes(box, (10, 10), 'photo')[0], box)


@pytest.mark.parametrize(
    ('boxes', 'text'),
    [
        (
            [BOX, [3, 2, 3, 5]],
            r'photo, box 1: expected x1 < x2 .*\[3.0, 2.0, 3.0, 5.0\]',
        ),
        ([5, 2, 3, 5], 'box 0: expected x1 < x2 and y1 < y2'),
        ([1, 2, np.nan, 5], 'box 0: expected finite numbers'),
        ([1, 2, np.inf, 5], 'box 0: expected finite numbers'),
        ([1, 2, 1e38, 5], 'box 0: expected finite numbers below 1e.09'),
        ([10, 2, 13, 5], 'box 0: .* overlaps the image of 10x8 pixels'),
        ([1, -6, 3, 0], 'box 0: .* overlaps the image of 10x8 pixels'),
        ([1, 2, 3], r'of shape \(N, 4\), got shape \(1, 3\)'),
        ([[[1, 2, 3, 4]]], r'got shape \(1, 1, 4\)'),
        ('box', "expected boxes of numbers, got 'box'"),
    ],
)
def test_check_boxes_refuses(boxes, text):
    with pytest.raises(ValueError, match=text):
        check_boxes(boxes, (10, 8), 'photo')


@pytest.mark.parametrize('margin', [-0.5, -2, 10, float('nan'), float('inf')])
def test_margin_leaves_something(margin):
    assert check_margin(-0.4) == -0.4
    with pytest.raises(ValueError, match='margin: expected a share of -0.5 to 10, got'):
        check_margin(margin)


def test_enlarge():
    grown = enlarge(np.array([[10, 20, 30, 60]], np.float32), 0.4)
    np.testing.assert_allclose(grown, [[2, 4, 38, 76]], rtol=1e-6)


def test_overlaps_are_shares_of_the_union():
    boxes = np.array([[0, 0, 4, 4], [2, 0, 6, 4], [9, 9, 10, 10]], np.float32)
    expected = [[1, 1 / 3, 0], [1 / 3, 1, 0]]
    np.testing.assert_allclose(overlaps(boxes[:2], boxes), expected, rtol=1e-6)
    assert overlaps(boxes, np.zeros((0, 4))).shape == (3, 0)


def test_best_boxes_are_those_of_mmpose():
    from mmpose.evaluation.functional import nms

    rng = np.random.default_rng(0)
    low, sides = rng.uniform(0, 40, (60, 2)), rng.uniform(5, 30, (60, 2))
    boxes = np.concatenate([low, low + sides], axis=1)
    scores = rng.uniform(0, 1, 60)
    for threshold in (0.0, 0.3, 0.7):
        expected = nms(np.column_stack([boxes, scores]), threshold)
        assert best_boxes(boxes, scores, threshold).tolist() == expected
    assert best_boxes(np.zeros((0, 4)), np.zeros(0), 0.5).tolist() == []


def test_what_lies_in_a_better_box_is_a_part_of_it():
    boxes = np.array([[0, 0, 100, 100], [10, 10, 40, 40], [80, 80, 120, 120.0]])
    assert parts_of_better(boxes, np.array([0.9, 0.5, 0.5]), 0.7).tolist() == [
        *(False, True, False)
    ]
    assert not parts_of_better(boxes, np.array([0.3, 0.5, 0.5]), 0.7).any()
    assert parts_of_better(np.zeros((0, 4)), np.zeros(0), 0.7).shape == (0,)
    # A box that holds three is no head with an eye and a cheek.
    many = np.array([[0, 0, 100, 100], *([x, 40, x + 20, 60] for x in (5, 35, 65))])
    assert not parts_of_better(many, np.array([0.9, 0.5, 0.5, 0.5]), 0.7).any()
    assert parts_of_better(many[:3], np.array([0.9, 0.5, 0.5]), 0.7).sum() == 2
