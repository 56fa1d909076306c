"""Heads keep their numbers."""

import numpy as np
import pytest

from bernoulli_headpose.video import HeadTracker

FPS = 30


def box(x: float, y: float = 100, size: float = 60) -> list[float]:
    half = size / 2
    return [x - half, y - half, x + half, y + half]


def test_numbers_follow_the_heads_whatever_their_order():
    tracker = HeadTracker()
    assert tracker.update(0.0, [box(0), box(200)]).tolist() == [0, 1]
    assert tracker.update(0.1, [box(203), box(3)]).tolist() == [1, 0]
    assert tracker.update(0.2, [box(400), box(6), box(206)]).tolist() == [2, 0, 1]


@pytest.mark.parametrize('speed', [60, 150, 400], ids=lambda s: f'{s} pixels/s')
@pytest.mark.parametrize('has_centers', [False, True])
@pytest.mark.parametrize('seed', [0, 1, 2])
def test_heads_that_cross_keep_their_numbers(speed, has_centers, seed):
    rng = np.random.default_rng(seed)
    tracker, first = HeadTracker(), []
    for index in range(int(600 / speed * FPS)):
        time = index / FPS
        xs = np.array([100 + speed * time, 700 - speed * time])
        boxes = np.array([box(xs[0]), box(xs[1], 104, 66)])
        boxes += rng.normal(0, 0.6, boxes.shape)
        centers = (boxes[:, :2] + boxes[:, 2:]) / 2 if has_centers else None
        order = rng.permutation(2)
        points = None if centers is None else centers[order]
        numbers = tracker.update(time, boxes[order], points)
        ordered = numbers[np.argsort(order)].tolist()
        first = first or ordered
        assert ordered == first


def test_centers_tell_heads_in_one_box_apart():
    tracker = HeadTracker()
    boxes = [box(0), box(0)]
    tracker.update(0.0, boxes, [[-20, 100], [20, 100]])
    assert tracker.update(0.1, boxes, [[20, 100], [-20, 100]]).tolist() == [1, 0]


def test_a_head_hidden_by_another_comes_back_with_its_number():
    tracker = HeadTracker()
    n_hidden = 0
    for index in range(120):
        time = index / FPS
        first, second = 100 + 150 * time, 700 - 150 * time
        is_hidden = abs(first - second) < 60
        n_hidden += is_hidden
        boxes = [box(first)] if is_hidden else [box(second), box(first)]
        numbers = tracker.update(time, boxes).tolist()
        if index == 0:
            second_number, first_number = numbers
        assert numbers == (
            [first_number] if is_hidden else [*numbers[:1], first_number]
        )
        assert is_hidden or numbers[0] == second_number
    assert n_hidden > 8


@pytest.mark.parametrize(('gap', 'number'), [(0.4, 0), (0.6, 1)])
def test_a_gap_ends_a_track(gap, number):
    tracker = HeadTracker(max_gap_s=0.5)
    tracker.update(0.0, [box(0)])
    assert tracker.update(gap / 2, np.zeros((0, 4))).tolist() == []
    assert tracker.update(gap, [box(0)]).tolist() == [number]


def test_no_number_is_given_twice():
    rng = np.random.default_rng(0)
    tracker = HeadTracker(max_gap_s=0.1)
    seen: dict[int, float] = {}
    for index in range(300):
        n = int(rng.integers(0, 5))
        numbers = tracker.update(
            index / FPS, [box(*rng.uniform(0, 999, 2)) for _ in range(n)]
        )
        assert len(set(numbers.tolist())) == n
        for number in numbers.tolist():
            assert index / FPS - seen.get(number, index / FPS) <= 0.1 + 1e-9
            seen[number] = index / FPS
    assert sorted(seen) == list(range(len(seen)))
    assert len(seen) > 100


@pytest.mark.parametrize('empty', [[], np.zeros((0, 4))])
def test_empty_frames(empty):
    tracker = HeadTracker()
    numbers = tracker.update(0.0, empty)
    assert numbers.shape == (0,)
    assert numbers.dtype == np.int64
    assert tracker.update(0.1, empty, []).shape == (0,)
    assert tracker.update(0.2, [box(5)]).tolist() == [0]


def test_a_quick_head_without_overlap_is_followed():
    tracker = HeadTracker()
    for index in range(10):  # 45 of 60 pixels a frame: the overlap is 1 / 7
        assert tracker.update(index / FPS, [box(45 * index)]).tolist() == [0]


def test_boxes_without_area():
    tracker = HeadTracker()
    point = [[5, 5, 5, 5]]
    assert tracker.update(0.0, point).tolist() == tracker.update(0.1, point).tolist()


@pytest.mark.parametrize(
    ('time_s', 'boxes', 'centers', 'message'),
    [
        (1.0, [[0, 0, 1]], None, r'boxes: expected finite numbers of shape \(1, 4\)'),
        (1.0, [[0, 0, np.nan, 1]], None, 'boxes: expected finite'),
        (1.0, [[5, 0, 1, 1]], None, 'expected x1 <= x2'),
        (1.0, [box(0)], [[0, 0], [1, 1]], r'centers: .* \(1, 2\)'),
        (0.0, [box(0)], None, 'time_s: expected seconds that grow'),
        (np.nan, [box(0)], None, 'time_s: expected seconds that grow'),
    ],
)
def test_wrong_input_changes_nothing(time_s, boxes, centers, message):
    tracker = HeadTracker()
    tracker.update(0.0, [box(0)])
    with pytest.raises(ValueError, match=message):
        tracker.update(time_s, boxes, centers)
    assert tracker.update(0.1, [box(0)]).tolist() == [0]


@pytest.mark.parametrize(
    'arguments', [{'max_gap_s': 0}, {'min_overlap': 0}, {'max_distance': -1}]
)
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match='expected max_gap_s above 0'):
        HeadTracker(**arguments)
