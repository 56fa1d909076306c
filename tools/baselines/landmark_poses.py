"""The paper's "Landmarks" baseline on a test set: landmarks found, a pose fitted.

It gives what a network's test gives, data samples for ``HeadPoseMetric``, so that the
figures are computed by the same code. A head that no pose fits is not left out: it gets
a fixed guess and a score of 0, and its reason is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from bernoulli_headpose.files import read_image
from bernoulli_headpose.rotation import IMAGE_TO_CAMERA, FloatArray, matrix_to_euler
from bernoulli_mmpose.datasets.head_pose_dataset import HeadPoseDataset
from bernoulli_mmpose.evaluation.head_pose_metric import HeadPoseMetric, as_sample
from bernoulli_mmpose.landmarks.coco_labels import Progress, silent
from bernoulli_mmpose.landmarks.mean_face import FITTED, MEAN_FACE
from bernoulli_mmpose.landmarks.pnp import PoseLimits, landmarks_to_pose

from .dlib_landmarks import find_landmarks

# Landmarks (68, 2) in a picture, BGR, from the box (x, y, w, h) of a head in it, or
# (68, 3) with their depth, pixels away from the viewer; None, if there are none.
LandmarkFinder = Callable[[NDArray[np.uint8], ArrayLike], NDArray[np.floating] | None]
_STILL = FITTED & (np.arange(68) < 48)  # without the mouth


@dataclass(frozen=True)
class LandmarkPredictions:
    """Heads of a test set, by landmarks.

    Attributes:
        samples: As ``PoseDataSample.to_dict()`` gives them, N; ``pred_instances`` has
            ``head_angles`` (1, 3) in degrees, their ``head_rotation`` (1, 3, 3) and
            ``head_scores`` (1,), 1 for a pose and 0 for a guess.
        reasons: Why a head has a guess, N; empty where it has a pose.
    """

    samples: list[dict[str, Any]]
    reasons: list[str]

    @property
    def failures(self) -> dict[str, int]:
        """Reasons, and of how many heads."""
        return dict(Counter(reason for reason in self.reasons if reason))

    def __add__(self, other: LandmarkPredictions) -> LandmarkPredictions:
        """Both sets' heads, one after the other."""
        samples = self.samples + other.samples
        return LandmarkPredictions(samples, self.reasons + other.reasons)

    def evaluate(
        self, with_guesses: bool = True, dump_file: str | None = None
    ) -> dict[str, float]:
        """The figures of ``HeadPoseMetric``, those of each data set too.

        Args:
            with_guesses: Whether heads without a pose count, with their guesses.
            dump_file: CSV file for the results of each head.
        """
        metric = HeadPoseMetric(by_dataset=True, dump_file=dump_file)
        pairs = zip(self.samples, self.reasons, strict=True)
        chosen = [sample for sample, reason in pairs if with_guesses or not reason]
        metric.process(None, chosen)
        return metric.evaluate(len(chosen))


def predict_by_landmarks(
    dataset: HeadPoseDataset,
    find: LandmarkFinder = find_landmarks,
    limits: PoseLimits | None = None,
    guess: ArrayLike = (0.0, 0.0, 0.0),
    progress: Progress = silent,
) -> LandmarkPredictions:
    """Poses of a data set's heads; they know the head boxes, as the networks do.

    Args:
        dataset: Its records; the pipeline is not used.
        find: Finds the landmarks; dlib's predictor (extra ``profiling``) by default,
            which always finds some. :func:`.find_detected_landmarks` and
            :class:`.mediapipe_landmarks.FaceMesh` can fail.
        limits: What a valid pose must keep, of landmarks without depth.
        guess: Degrees of a head that has no valid pose, (3,).
        progress: Wraps the numbers of the records.

    Raises:
        ValueError: If the data set crops whole images, the guess is no triple of
            finite angles, or the finder gives no 68 landmarks.
        FileNotFoundError: If an image is missing or unreadable.
        ImportError: If the finder's packages are missing.
    """
    if dataset.region != 'head':
        raise ValueError(
            f"region: expected a data set of head boxes, 'head', got {dataset.region!r}"
        )
    fixed = np.asarray(guess, dtype=np.float64)
    if fixed.shape != (3,) or not np.isfinite(fixed).all():
        raise ValueError(f'guess: expected three finite angles, got {guess!r}')
    records, landmarks = [], []
    for index in progress(list(range(len(dataset))), 'Heads'):
        record = dataset.get_data_info(index)
        box = head_box(record['bbox'][0], dataset.margin)
        records.append(record)
        landmarks.append(_find_in(find, record['img_path'], box))
    poses = [_fit(points, limits) for points in landmarks]
    name = dataset.metainfo.get('dataset_name', '')
    samples = [
        as_sample(record, name, fixed if reason else angles, float(not reason), True)
        for record, (angles, reason) in zip(records, poses, strict=True)
    ]
    return LandmarkPredictions(samples, [reason for _, reason in poses])


def _fit(
    points: FloatArray | None, limits: PoseLimits | None
) -> tuple[FloatArray, str]:
    """Angles (3,) of the mean face laid over landmarks; why there are none, or ''.

    Where depths are known, it is turned to the least squares of distances in space, of
    what no smile moves. MediaPipe's mesh is then off by 5.9 / 3.5 / 1.5 degrees on
    1,491 heads of GENKI-4K's ``train``; with the mouth by 7.1 / 3.6 / 1.6, with
    perspective-n-point by 6.8 / 3.4 / 1.6.
    """
    if points is None:
        return np.full(3, np.nan), 'no landmarks found'
    if points.shape[1] == 3:
        seen, model = points[_STILL] * IMAGE_TO_CAMERA, MEAN_FACE[_STILL]
        turn, _ = Rotation.align_vectors(seen - seen.mean(0), model - model.mean(0))
        return matrix_to_euler(turn.as_matrix()), ''
    poses = landmarks_to_pose(points[None], limits=limits)
    return poses.angles[0], poses.reason[0]


def head_box(crop: ArrayLike, margin: float) -> FloatArray:
    """A head's box (x, y, w, h) of its crop (x1, y1, x2, y2), which has a margin."""
    corners = np.asarray(crop, dtype=np.float64)
    size = (corners[2:] - corners[:2]) / (1 + 2 * margin)
    return np.concatenate([(corners[:2] + corners[2:] - size) / 2, size])


def _find_in(find: LandmarkFinder, path: str, box: FloatArray) -> FloatArray | None:
    """Landmarks (68, 2 or 3) that are found in a picture, if there are any."""
    found = find(read_image(path), box)
    if found is None:
        return None
    points = np.asarray(found, dtype=np.float64)
    if points.shape not in ((68, 2), (68, 3)):
        raise ValueError(
            f'{path}: expected landmarks (68, 2) or (68, 3) of the finder, got '
            f'{points.shape}'
        )
    return points
