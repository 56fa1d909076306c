"""Heads followed from frame to frame, with a detector now and then."""

import numpy as np
import pytest

from bernoulli_headpose.boxes import check_boxes
from bernoulli_headpose.heads import Heads
from bernoulli_headpose.sources import Picture
from bernoulli_headpose.video import BoxTracker, FrameTracker

FRAME = np.zeros((100, 200, 3), np.uint8)


class Scene:
    """A world of square heads of 20 pixels, seen by detector and model."""

    def __init__(self, *centers, score=0.9):
        self.centers = [np.array(center, np.float32) for center in centers]
        self.score = score
        self.detections = 0
        self.blind = False
        self.angles = (5, 5, 5)

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
            return Heads.none()
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        near = [min(self.centers, key=lambda c: np.linalg.norm(c - m)) for m in middle]
        n = len(boxes)
        return Heads(
            keypoints=np.array(near, np.float32)[:, None],
            keypoint_scores=np.full((n, 1), self.score, np.float32),
            head_angles=np.tile(np.float32(self.angles), (n, 1)),
            head_angles_std=np.ones((n, 3), np.float32),
            head_scores=np.full(n, self.score, np.float32),
            bboxes=boxes,
            bbox_scores=scores,
        )


def run(tracker, scene, index):
    picture = Picture('film', 'film', FRAME, index, index / 30)
    return tracker.update(index / 30, scene.estimate(*tracker.propose(picture)))


def test_box_follows_the_model_between_detections():
    scene = Scene((50, 50))
    tracker = BoxTracker(scene.detect, detect_every=5)
    for index in range(10):
        heads = run(tracker, scene, index)
        assert heads.track_ids.tolist() == [0]
        lag = scene.centers[0] - (heads.bboxes[0, :2] + heads.bboxes[0, 2:]) / 2
        detected = index % 5 == 0
        np.testing.assert_allclose(lag, [0, 0] if detected else [3, 0], atol=1e-5)
        scene.centers[0] += [3, 0]
    assert scene.detections == 2


def test_two_heads_keep_their_numbers_and_one_is_not_counted_twice():
    scene = Scene((40, 50), (150, 50))
    tracker = BoxTracker(scene.detect, detect_every=3)
    first = run(tracker, scene, 0).track_ids.tolist()
    for index in range(1, 8):
        heads = run(tracker, scene, index)
        order = np.argsort(heads.keypoints[:, 0, 0])
        assert heads.track_ids[order].tolist() == first
    scene.centers.pop()  # the second box now shows the first head, too
    run(tracker, scene, 8)
    assert run(tracker, scene, 9).track_ids.tolist() == [first[0]]


def test_missed_by_the_detector_it_is_followed_with_patience():
    scene = Scene((50, 50))
    tracker = BoxTracker(scene.detect, detect_every=2, patience=2)
    run(tracker, scene, 0)
    scene.blind = True
    counts = [len(run(tracker, scene, index)) for index in range(1, 9)]
    # Detections at 2, 4 and 6: two may miss it, the third lets it go.
    assert counts == [1, 1, 1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ('yaw', 'of_faces', 'count'),
    [(135, True, 1), (-91, True, 1), (89, True, 0), (135, False, 0)],
)
def test_no_detector_of_faces_finds_a_head_from_behind(yaw, of_faces, count):
    """Its misses count of a head in profile, and of people turned however."""
    scene = Scene((50, 50))
    tracker = BoxTracker(scene.detect, detect_every=2, patience=2, of_faces=of_faces)
    run(tracker, scene, 0)
    scene.blind, scene.angles = True, (0, yaw, 0)
    assert [len(run(tracker, scene, index)) for index in range(1, 41)][-1] == count
    scene.blind, scene.angles = False, (0, 0, 0)
    numbers = [run(tracker, scene, index).track_ids for index in range(41, 45)]
    assert numbers[-1].tolist() == [1 - count]


def test_lost_by_the_model_it_is_looked_for_at_once():
    scene = Scene((50, 50))
    tracker = BoxTracker(scene.detect, detect_every=100)
    run(tracker, scene, 0)
    scene.score = 0.1
    assert len(run(tracker, scene, 1)) == 0
    scene.score = 0.9
    assert [len(run(tracker, scene, i)) for i in (2, 3)] == [0, 1]
    assert scene.detections == 2


def test_given_boxes_are_followed_without_a_detector():
    scene = Scene((50, 50))
    tracker = BoxTracker(None, boxes=[[40, 40, 60, 60]])
    for index in range(30):
        assert len(run(tracker, scene, index)) == 1
        scene.centers[0] += [1, 0]
    outside = BoxTracker(None, boxes=[[300, 0, 310, 10]])
    with pytest.raises(ValueError, match='film, box 0: .* image of 200x100'):
        run(outside, scene, 0)


def follow(box, centers, size=(640, 480), **options):
    """The boxes where a head is looked for, that is at ``centers`` of the frames."""
    tracker, proposed = BoxTracker(None, boxes=[box], **options), []
    frame = np.zeros((size[1], size[0], 3), np.uint8)
    for index, center in enumerate(centers):
        boxes, scores = tracker.propose(Picture('film', 'film', frame, index))
        proposed.append(boxes[0].tolist())
        tracker.update(index / 30, Scene(center).estimate(boxes, scores))
    return proposed


@pytest.mark.parametrize('of_faces', [False, True])
@pytest.mark.parametrize(
    ('box', 'head'),
    [
        ([200, 40, 300, 440], (250, 80)),  # a person
        ([-30.3, 17.7, 90.1, 470.9], (33.4, 61.7)),  # one at the picture's edge
        ([0, 0, 640, 480], (150, 120)),  # the whole picture
        ([-5, -5, 650, 490], (600, 400)),
    ],
)
def test_boxes_of_a_still_picture_stay(box, head, of_faces):
    boxes = follow(box, [head] * 1000, of_faces=of_faces)
    np.testing.assert_allclose(boxes, [box] * 1000, atol=1e-4)


def test_a_persons_box_goes_with_the_head():
    centers = [(250 + 4 * index, 80 + index % 7) for index in range(60)]
    boxes = follow([200, 40, 300, 440], centers)
    moved = np.array(boxes[1:]) - boxes[0]
    expected = np.subtract(centers[:-1], centers[0])
    np.testing.assert_allclose(moved, np.tile(expected, 2), atol=1e-4)


def test_a_sitting_persons_box_keeps_its_place_about_the_head():
    boxes = follow([200, 140, 400, 400], [(290, 180)] * 3, of_faces=False)
    assert boxes == [[200, 140, 400, 400]] * 3


def test_a_whole_picture_stays_whatever_moves_in_it():
    centers = [(100 + 7 * index, 60 + 5 * index) for index in range(60)]
    assert follow([0, 0, 640, 480], centers) == [[0, 0, 640, 480]] * 60


def test_a_faces_box_comes_to_have_the_head_in_its_middle():
    boxes = follow([100, 100, 160, 170], [(150, 120)] * 3, of_faces=True)
    assert boxes[1:] == [[120, 85, 180, 155]] * 2


@pytest.mark.parametrize('center', [(-900, 5), (2000, 240), (250, -700), (1e7, 1e7)])
def test_boxes_overlap_the_picture_wherever_the_head_is_seen(center):
    box = follow([200, 40, 300, 440], [(250, 80), center, (250, 80)])[2]
    assert len(check_boxes(box, (640, 480), 'film')) == 1


def test_two_people_one_before_the_other_are_two():
    scene = Scene((250, 80), (290, 70))
    tracker = BoxTracker(None, [[200, 40, 300, 440], [230, 30, 340, 430]])
    picture = Picture('film', 'film', np.zeros((480, 640, 3), np.uint8))
    seen = scene.estimate(*tracker.propose(picture))
    seen.keypoints[:, 0] = scene.centers
    assert len(tracker.update(0.0, seen)) == 2


def test_smoothing_steadies_angles_and_centre():
    spreads = []
    for smooth in (False, True):
        rng = np.random.default_rng(0)
        scene, angles = Scene((50, 50)), []
        tracker = BoxTracker(scene.detect, smooth=smooth)
        for index in range(60):
            picture = Picture('film', 'film', FRAME, index, index / 30)
            seen = scene.estimate(*tracker.propose(picture))
            seen.head_angles += rng.normal(0, 1, (1, 3)).astype(np.float32)
            angles.append(tracker.update(index / 30, seen).head_angles[0])
        spreads.append(np.std(angles[20:], axis=0))
    assert (spreads[1] < 0.9 * spreads[0]).all()


@pytest.mark.parametrize('smooth', [False, True])
def test_heads_of_whole_frames_are_numbered(smooth):
    tracker = FrameTracker(smooth)
    for index in range(3):
        picture = Picture('film', 'film', FRAME, index, index / 30)
        assert len(tracker.propose(picture)[0]) == 0
        boxes = np.array([[40, 40, 60, 60], [90, 40, 110, 60]], np.float32)[: index + 1]
        seen = Scene((50, 50), (100, 50)).estimate(boxes, np.ones(len(boxes)))
        found = tracker.update(index / 30, seen)
        assert found.track_ids.tolist() == [0, 1][: index + 1]
        assert seen.track_ids is None  # what the model gave is left as it was
    assert len(tracker.update(1.0, Heads.none())) == 0


def test_detect_every_is_positive():
    with pytest.raises(ValueError, match='detect_every: expected 1 or more, got 0'):
        BoxTracker(None, detect_every=0)


@pytest.mark.parametrize('growth', [0.93, 0.95, 1.05, 1.07])
def test_a_head_that_comes_near_or_goes_away_stays_one(growth):
    """Its next detection overlaps the box that was tracked by little."""
    scene, side = Scene((100, 50)), 40.0

    def detect(_):
        half = side / 2
        box = np.array([[100 - half, 50 - half, 100 + half, 50 + half]], np.float32)
        return box, np.ones(1, np.float32)

    tracker = BoxTracker(detect, detect_every=10, of_faces=True)
    for index in range(40):
        heads = run(tracker, scene, index)
        assert heads.track_ids.tolist() == [0]
        if index % 10 == 0:  # of a detection: none of before beside it
            assert heads.bboxes[0, 2] - heads.bboxes[0, 0] == pytest.approx(
                side, rel=0.01
            )
        side *= growth


def test_faces_beside_each_other_stay_two():
    scene = Scene((50, 50), (66, 50))
    tracker = BoxTracker(scene.detect, detect_every=3, of_faces=True)
    for index in range(9):
        assert sorted(run(tracker, scene, index).track_ids.tolist()) == [0, 1]
