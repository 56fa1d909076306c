"""Heads followed from frame to frame, with a detector now and then."""

import numpy as np
import pytest
from mmengine.structures import InstanceData

from bernoulli_mmpose.inferencers.following import HeadFollower
from bernoulli_mmpose.inferencers.heads import no_heads
from bernoulli_mmpose.inferencers.inputs import Picture

FRAME = np.zeros((100, 200, 3), np.uint8)


class Scene:
    """A world of square heads of 20 pixels, seen by detector and model."""

    def __init__(self, *centers, score=0.9):
        self.centers = [np.array(center, np.float32) for center in centers]
        self.score = score
        self.detections = 0
        self.blind = False

    def detect(self, _):
        self.detections += 1
        seen = [] if self.blind else self.centers
        boxes = [[*(center - 10), *(center + 10)] for center in seen]
        return np.array(boxes, np.float32).reshape(-1, 4), np.ones(
            len(seen), np.float32
        )

    def estimate(self, boxes, scores):
        """What the model says in each box: the head nearest to the box's centre."""
        if not len(boxes):
            return no_heads(1)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        near = [min(self.centers, key=lambda c: np.linalg.norm(c - m)) for m in middle]
        n = len(boxes)
        return InstanceData(
            keypoints=np.array(near, np.float32)[:, None],
            head_angles=np.full((n, 3), 5, np.float32),
            head_angles_std=np.ones((n, 3), np.float32),
            head_scores=np.full(n, self.score, np.float32),
            bboxes=boxes,
            bbox_scores=scores,
        )


def run(follower, scene, index):
    picture = Picture('film', 'film', FRAME, index, index / 30)
    return follower.take(index / 30, scene.estimate(*follower.look(picture)))


def test_box_follows_the_model_between_detections():
    scene = Scene((50, 50))
    follower = HeadFollower(scene.detect, detect_every=5)
    for index in range(10):
        heads = run(follower, scene, index)
        assert heads.track_ids.tolist() == [0]
        lag = scene.centers[0] - (heads.bboxes[0, :2] + heads.bboxes[0, 2:]) / 2
        detected = index % 5 == 0
        np.testing.assert_allclose(lag, [0, 0] if detected else [3, 0], atol=1e-5)
        scene.centers[0] += [3, 0]
    assert scene.detections == 2


def test_two_heads_keep_their_numbers_and_one_is_not_counted_twice():
    scene = Scene((40, 50), (150, 50))
    follower = HeadFollower(scene.detect, detect_every=3)
    first = run(follower, scene, 0).track_ids.tolist()
    for index in range(1, 8):
        heads = run(follower, scene, index)
        order = np.argsort(heads.keypoints[:, 0, 0])
        assert heads.track_ids[order].tolist() == first
    scene.centers.pop()  # the second box now shows the first head, too
    run(follower, scene, 8)
    assert run(follower, scene, 9).track_ids.tolist() == [first[0]]


def test_missed_by_the_detector_it_is_followed_with_patience():
    scene = Scene((50, 50))
    follower = HeadFollower(scene.detect, detect_every=2, patience=2)
    run(follower, scene, 0)
    scene.blind = True
    counts = [len(run(follower, scene, index)) for index in range(1, 9)]
    # Detections at 2, 4 and 6: two may miss it, the third lets it go.
    assert counts == [1, 1, 1, 1, 1, 0, 0, 0]


def test_lost_by_the_model_it_is_looked_for_at_once():
    scene = Scene((50, 50))
    follower = HeadFollower(scene.detect, detect_every=100)
    run(follower, scene, 0)
    scene.score = 0.1
    assert len(run(follower, scene, 1)) == 0
    scene.score = 0.9
    assert [len(run(follower, scene, i)) for i in (2, 3)] == [0, 1]
    assert scene.detections == 2


def test_given_boxes_are_followed_without_a_detector():
    scene = Scene((50, 50))
    follower = HeadFollower(None, boxes=[[40, 40, 60, 60]])
    for index in range(30):
        assert len(run(follower, scene, index)) == 1
        scene.centers[0] += [1, 0]
    outside = HeadFollower(None, boxes=[[300, 0, 310, 10]])
    with pytest.raises(ValueError, match='film, box 0: .* image of 200x100'):
        run(outside, scene, 0)


def test_smoothing_steadies_angles_and_centre():
    spreads = []
    for smooth in (False, True):
        rng = np.random.default_rng(0)
        scene, angles = Scene((50, 50)), []
        follower = HeadFollower(scene.detect, smooth=smooth)
        for index in range(60):
            picture = Picture('film', 'film', FRAME, index, index / 30)
            seen = scene.estimate(*follower.look(picture))
            seen.head_angles += rng.normal(0, 1, (1, 3)).astype(np.float32)
            angles.append(follower.take(index / 30, seen).head_angles[0])
        spreads.append(np.std(angles[20:], axis=0))
    assert (spreads[1] < 0.9 * spreads[0]).all()


def test_detect_every_is_positive():
    with pytest.raises(ValueError, match='detect_every: expected 1 or more, got 0'):
        HeadFollower(None, detect_every=0)
