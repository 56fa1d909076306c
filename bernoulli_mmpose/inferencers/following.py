"""Heads from frame to frame of a video."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.evaluation.functional import nms
from mmpose.structures.bbox import bbox_overlaps
from numpy.typing import ArrayLike, NDArray

from ..rotation import ANGLE_NAMES
from ..video import HeadSmoother, HeadTracker
from .boxes import check_boxes
from .detectors import FaceDetector, Faces, no_faces
from .heads import to_heads
from .inputs import Picture

_OVERLAP = 0.4  # two boxes that overlap by more are of one head


class HeadFollower:
    """Where to look for heads in each frame, and which head is which.

    The detector runs every ``detect_every`` frames. In between, and where it misses
    a head that it found before (in profile, say), a box goes where the model itself
    saw the head's centre in the frame before. A head is let go when the height of
    the centre's peak falls below ``lost_score``, or after ``patience`` runs of the
    detector that did not find it.

    Args:
        detector: Finds the faces; None for boxes that are followed alone.
        boxes: Face boxes of the first frame, (N, 4), in place of a detector.
        detect_every: Frames from one detection to the next.
        smooth: Whether to smooth each track's rotation and centre.
        lost_score: Least score of a head that is followed.
        patience: Detections that may miss it.

    Raises:
        ValueError: If ``detect_every`` is not positive.
    """

    def __init__(
        self,
        detector: FaceDetector | None,
        boxes: ArrayLike | None = None,
        detect_every: int = 10,
        smooth: bool = False,
        lost_score: float = 0.5,
        patience: int = 3,
    ) -> None:
        if detect_every < 1:
            raise ValueError(f'detect_every: expected 1 or more, got {detect_every}')
        self.detector = detector
        self.detect_every = detect_every
        self.smooth = smooth
        self.lost_score = lost_score
        self.patience = patience
        self._given = boxes
        self._boxes, self._scores = no_faces()
        self._missed = np.zeros(0, int)
        self._until_detection = 0
        self._tracker = HeadTracker()
        self._smoother = HeadSmoother()

    def look(self, picture: Picture) -> Faces:
        """Face boxes (N, 4) of the next frame, and their scores (N,).

        Raises:
            ValueError: If given boxes are none of the first frame.
        """
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
        """Detected boxes, and followed ones that were missed not too often."""
        missed = self._missed + 1
        overlaps = bbox_overlaps(torch.from_numpy(self._boxes), torch.from_numpy(boxes))
        alone = overlaps.numpy().max(axis=1, initial=0) < _OVERLAP
        kept = alone & (missed <= self.patience)
        self._missed = np.concatenate([np.zeros(len(boxes), int), missed[kept]])
        self._boxes = np.concatenate([boxes, self._boxes[kept]])
        self._scores = np.concatenate([scores, self._scores[kept]])

    def take(self, time_s: float, heads: InstanceData) -> InstanceData:
        """Take in what the model saw in the boxes of :meth:`look`.

        Args:
            time_s: Of the frame, seconds.
            heads: Predictions for the boxes, in their order.

        Returns:
            The heads that are not lost, with ``track_ids``; smoothed on request.
        """
        ranked = np.concatenate([heads.bboxes, heads.head_scores[:, None]], axis=1)
        best = np.array(sorted(nms(ranked, _OVERLAP)), dtype=int)
        kept = best[heads.head_scores[best] >= self.lost_score]
        if len(kept) < len(best):
            self._until_detection = min(self._until_detection, 1)
        heads = heads[kept]  # a copy
        centers = heads.keypoints[:, -1]
        half = (heads.bboxes[:, 2:] - heads.bboxes[:, :2]) / 2
        self._boxes = np.concatenate([centers - half, centers + half], axis=1)
        self._boxes = self._boxes.astype(np.float32)
        self._scores, self._missed = heads.bbox_scores, self._missed[kept]
        return self._track(time_s, heads)

    def _track(self, time_s: float, heads: InstanceData) -> InstanceData:
        """The heads with ``track_ids``; smoothed on request."""
        centers = heads.keypoints[:, -1]
        heads.track_ids = self._tracker.update(time_s, heads.bboxes, centers)
        if self.smooth:
            self._smooth(time_s, heads)
        return heads

    def _smooth(self, time_s: float, heads: InstanceData) -> None:
        smoothed = self._smoother(time_s, to_heads(heads))
        for i, head in enumerate(smoothed):
            heads.head_angles[i] = [head[name] for name in ANGLE_NAMES]
            heads.keypoints[i, -1] = head['center']


class SinglePassFollower(HeadFollower):
    """Which head is which, for a model that finds all heads of a frame itself.

    Args:
        smooth: Whether to smooth each track's rotation and centre.
    """

    def __init__(self, smooth: bool = False) -> None:
        super().__init__(None, smooth=smooth)

    def take(self, time_s: float, heads: InstanceData) -> InstanceData:
        """The heads of a frame with ``track_ids``; smoothed on request."""
        return self._track(time_s, heads)
