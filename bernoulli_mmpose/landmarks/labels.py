"""Head labels of faces of which landmarks are known: angles, box and centre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bernoulli_headpose.rotation import FloatArray

from .pnp import PoseLimits, landmarks_to_pose

# Face boxes as a face detector draws them (square, from the brows to the chin): side
# over that of the landmarks' box, and how far its middle is above theirs, over the
# side. Measured on GENKI-4K's boxes (BlazeFace) and dlib's landmarks, n = 3,493.
_BOX_SIDE, _BOX_RISE = 1 / 0.86, 0.10


@dataclass(frozen=True)
class HeadLabel:
    """What is known of a head.

    Attributes:
        angles: (3,) pitch, yaw, roll in degrees; None without a valid pose.
        box: (4,) box x, y, w, h of :func:`face_box`, pixels; None where neither all
            landmarks nor a pose are known.
        reason: Why there are no angles; empty where there are.
    """

    angles: FloatArray | None = None
    box: FloatArray | None = None
    reason: str = ''

    @property
    def center(self) -> FloatArray | None:
        """Head centre (2,), pixels: the middle of the box."""
        return None if self.box is None else self.box[:2] + self.box[2:] / 2


def label_heads(
    landmarks: ArrayLike,
    visible: ArrayLike,
    focal_length: float | None = None,
    limits: PoseLimits | None = None,
) -> list[HeadLabel]:
    """Labels of N faces.

    Landmarks that are not visible take the places that the pose gives them, so that
    the box is the whole face's.

    Args:
        landmarks: Pixels (N, 68, 2), iBUG order.
        visible: Which of them are known, (N, 68).
        focal_length: See :func:`landmarks_to_pose`.
        limits: What a valid pose must keep.

    Raises:
        ValueError: As :func:`landmarks_to_pose`.
    """
    poses = landmarks_to_pose(landmarks, visible, focal_length, limits)
    seen = np.asarray(visible)[..., None] > 0
    whole = np.where(seen, np.asarray(landmarks, np.float64), poses.projected)
    labels = []
    for points, angles, reason in zip(whole, poses.angles, poses.reason, strict=True):
        # All in one point is no face, though all of them are known.
        has_box = np.isfinite(points).all() and np.ptp(points, axis=0).max() > 0
        box = np.asarray(face_box(points), np.float64) if has_box else None
        labels.append(HeadLabel(None if reason else angles, box, reason))
    return labels


def face_box(landmarks: NDArray[np.floating]) -> FloatArray:
    """Face box (x, y, w, h) of landmarks (68, 2) in pixels."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    side = float((high - low).max()) * _BOX_SIDE
    middle = (low + high) / 2 - [0, _BOX_RISE * side]
    return np.array([*(middle - side / 2), side, side])
