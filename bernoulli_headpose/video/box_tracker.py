"""Where heads may be in the frames of a video, and which head is which."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..boxes import best_boxes, check_boxes, overlaps
from ..detectors import FaceDetector, Faces, no_faces
from ..heads import HEAD_OF_PERSON, Heads
from ..sources import Picture
from .head_smoother import HeadSmoother
from .tracker import HeadTracker

LOST_SCORE = 0.5  # a head below is followed no further
_OVERLAP = 0.4  # two boxes that overlap by more are of one head
_NEAR = 0.5  # of the smaller side: faces whose centres are nearer are of one head
_FACE_ASPECT = 1.75  # longer side over shorter; boxes beyond are no face's


class FrameTracker:
    """Which head is which, where a model finds all heads of a frame itself.

    Args:
        smooth: Whether to smooth each track's rotation and centre.
    """

    def __init__(self, smooth: bool = False) -> None:
        self._tracker = HeadTracker()
        self._smoother = HeadSmoother() if smooth else None

    def propose(self, picture: Picture) -> Faces:  # noqa: ARG002
        """Boxes (N, 4) of the next frame and their scores (N,): none are needed."""
        return no_faces()

    def update(self, time_s: float, heads: Heads) -> Heads:
        """Number the heads of a frame.

        Args:
            time_s: Time of the frame, seconds.
            heads: What the model found.

        Returns:
            A copy with ``track_ids``; smoothed on request.
        """
        heads = heads[np.arange(len(heads))]
        heads.track_ids = self._tracker.update(time_s, heads.bboxes, heads.centers)
        return heads if self._smoother is None else self._smoother(time_s, heads)


class BoxTracker(FrameTracker):
    """Boxes for a model of single heads, from frame to frame.

    The detector runs every ``detect_every`` frames. In between, and where it misses
    a head that it found before (in profile, say), a box goes with the head's centre
    as the model itself saw it in the frame before, and keeps its place about it: the
    head of a person's box stays at its top. A face's box comes to have the head in
    its middle, as in training; one of the whole picture stays. A head is let go when
    its score falls below ``lost_score``, or after ``patience`` runs of the detector
    that did not find it; a detector of faces finds none of a head that is turned away
    (by more than 90 degrees), so its runs do not count then.

    Args:
        detector: Finds the faces; None for boxes that are tracked alone.
        boxes: Face boxes of the first frame, (N, 4), in place of a detector.
        detect_every: Frames from one detection to the next.
        smooth: Whether to smooth each track's rotation and centre.
        lost_score: Least score of a head that is tracked.
        patience: Detections that may miss it.
        of_faces: Whether the boxes are those of faces; else of people, say.

    Raises:
        ValueError: If ``detect_every`` is not positive.
    """

    def __init__(
        self,
        detector: FaceDetector | None,
        boxes: ArrayLike | None = None,
        detect_every: int = 10,
        smooth: bool = False,
        lost_score: float = LOST_SCORE,
        patience: int = 3,
        of_faces: bool = False,
    ) -> None:
        if detect_every < 1:
            raise ValueError(f'detect_every: expected 1 or more, got {detect_every}')
        super().__init__(smooth)
        self.detector = detector
        self.detect_every = detect_every
        self.lost_score = lost_score
        self.patience = patience
        self.of_faces = of_faces
        self._given = boxes
        self._boxes, self._scores = no_faces()
        self._corners = np.zeros((0, 4))  # seen from the head's centre; NaN if new
        self._missed = np.zeros(0, int)
        self._size = (0, 0)
        self._until_detection = 0

    def propose(self, picture: Picture) -> Faces:
        """Boxes (N, 4) of the next frame, and their scores (N,).

        Raises:
            ValueError: If given boxes are none of the first frame.
        """
        self._size = picture.size
        if self._given is not None:
            given = check_boxes(self._given, picture.size, picture.name)
            self._merge(given, np.ones(len(given), np.float32))
            self._given = None
        elif self.detector is not None and self._until_detection <= 0:
            self._merge(*self.detector(picture.image))
            self._until_detection = self.detect_every
        self._until_detection -= 1
        return self._boxes, self._scores

    def _merge(self, boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
        """Detected boxes, and tracked ones that were missed not too often."""
        missed = self._missed + 1
        found = self._is_found(boxes)
        kept = ~found & (missed <= self.patience)
        self._missed = np.concatenate([np.zeros(len(boxes), int), missed[kept]])
        new = np.full((len(boxes), 4), np.nan)
        self._corners = np.concatenate([new, self._corners[kept]])
        self._boxes = np.concatenate([boxes, self._boxes[kept]])
        self._scores = np.concatenate([scores, self._scores[kept]])

    def _is_found(self, boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which tracked boxes are of a head that is among the detected, too.

        The box of a face that comes near has the size of its last detection, and
        overlaps the next one little; their centres are near each other, though.
        """
        same = overlaps(self._boxes, boxes) >= _OVERLAP
        if self.of_faces:
            (old, old_side), (new, new_side) = map(_middles, (self._boxes, boxes))
            apart = np.linalg.norm(old[:, None] - new, axis=-1)
            same |= apart < _NEAR * np.minimum(old_side[:, None], new_side)
        return np.asarray(same.any(axis=1))

    def update(self, time_s: float, heads: Heads) -> Heads:
        """Move the boxes to where the model saw the heads, and number these.

        Args:
            time_s: Time of the frame, seconds.
            heads: What the model saw in the boxes of :meth:`propose`, in their order.

        Returns:
            The heads that are not lost, with ``track_ids``; smoothed on request.
        """
        squares = self._squares(heads)
        best = np.sort(best_boxes(squares, heads.head_scores, _OVERLAP))
        kept = best[heads.head_scores[best] >= self.lost_score]
        if len(kept) < len(best):
            self._until_detection = min(self._until_detection, 1)
        heads = heads[kept]
        self._boxes = self._move(heads, self._corners[kept])
        is_away = self.of_faces & (heads.rotations[:, 2, 2] < 0)
        self._scores = heads.bbox_scores
        self._missed = np.where(is_away, 0, self._missed[kept])
        return super().update(time_s, heads)

    def _squares(self, heads: Heads) -> NDArray[np.float32]:
        """Squares about the heads, (N, 4), which tell people in one box apart."""
        side = (heads.bboxes[:, 2:] - heads.bboxes[:, :2]).max(axis=1)
        half = side[:, None] * (1 if self.of_faces else HEAD_OF_PERSON) / 2
        return np.concatenate([heads.centers - half, heads.centers + half], axis=1)

    def _move(self, heads: Heads, corners: NDArray[np.float64]) -> NDArray[np.float32]:
        """Boxes of the next frame, (N, 4), which overlap the picture.

        Args:
            heads: What the model saw.
            corners: Their boxes as seen from their centres, (N, 4), NaN of new ones.
        """
        boxes, centers = heads.bboxes.astype(np.float64), heads.centers
        sides = boxes[:, 2:] - boxes[:, :2]
        seen = boxes - np.tile(centers, 2)
        if self.of_faces:
            longer, shorter = sides.max(axis=1), sides.min(axis=1)
            is_face = (longer <= _FACE_ASPECT * shorter)[:, None]
            seen = np.where(is_face, np.concatenate([-sides, sides], axis=1) / 2, seen)
        # Kept from a box's first frame on, so that nothing adds up.
        self._corners = np.where(np.isnan(corners), seen, corners)
        low = centers + self._corners[:, :2]
        low = np.clip(low, 1 - sides, np.subtract(self._size, 1))
        is_whole = (boxes[:, :2] <= 0) & (boxes[:, 2:] >= self._size)
        low = np.where(is_whole.all(axis=1, keepdims=True), boxes[:, :2], low)
        return np.concatenate([low, low + sides], axis=1).astype(np.float32)


def _middles(boxes: NDArray[np.float32]) -> tuple[NDArray, NDArray]:
    """Centres of boxes, (N, 2), and their shorter sides, (N,)."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, :2] + sides / 2, sides.min(axis=1)
