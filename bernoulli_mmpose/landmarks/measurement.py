"""Poses from landmarks against the known ones: the paper's "Landmarks" baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bernoulli_headpose.rotation import euler_to_matrix, geodesic_error

from ..datasets.mat_head_pose_dataset import read_mat
from ..evaluation.criteria import (
    angle_errors,
    constant_offsets,
    geodesic_metrics,
    mean_absolute_errors,
)
from .coco_labels import Progress, silent
from .pnp import PoseLimits, landmarks_to_pose
from .readers import POINTS, list_landmark_files, read_mat_points


@dataclass(frozen=True)
class Measured:
    """How far poses from landmarks are from those of the files.

    Attributes:
        count: Heads within the range of angles.
        valid: Those with a valid pose, which the figures are of.
        figures: Degrees; see :mod:`bernoulli_mmpose.evaluation.criteria`.
        reasons: Why the others have no pose, and how many.
    """

    count: int
    valid: int
    figures: dict[str, float]
    reasons: dict[str, int]


def measure(
    source: Path,
    variables: Sequence[str] = POINTS,
    focal_length: float | None = None,
    limits: PoseLimits | None = None,
    max_abs_angle: float = 99.0,
    progress: Progress = silent,
) -> Measured:
    """Compare poses from landmarks with ``Pose_Para`` of AFLW2000 or 300W-LP.

    Args:
        source: A ``.mat`` file or a folder of them, with the pictures.
        variables: Landmarks to read; the first that is there.
        focal_length: Of the camera, pixels.
        limits: What a valid pose must keep.
        max_abs_angle: Heads with an angle beyond it, degrees, are left out.
        progress: Wraps the files.

    Raises:
        FileNotFoundError: If nothing is found.
        ValueError: If a file is not as it should be, or no head is left.
    """
    points, truth = [], []
    for file in progress(list_landmark_files(source), 'Files'):
        angles = read_mat(file)[:3]
        if np.abs(angles).max() <= max_abs_angle:
            points.append(read_mat_points(file, variables))
            truth.append(angles)
    if not truth:
        raise ValueError(f'{source}: expected heads within {max_abs_angle:g} degrees')
    landmarks, known = np.array(points), np.array(truth)
    visible = np.isfinite(landmarks).all(axis=2)
    poses = landmarks_to_pose(landmarks, visible, focal_length, limits)
    valid = poses.valid
    guess, label = poses.angles[valid], known[valid]
    geodesic = geodesic_error(poses.rotation[valid], euler_to_matrix(label))
    figures = {
        **mean_absolute_errors(angle_errors(guess, label)),
        **constant_offsets(guess, label),
        **geodesic_metrics(geodesic),
    }
    reasons = dict(Counter(reason for reason in poses.reason if reason))
    return Measured(len(known), int(valid.sum()), figures, reasons)
