"""Networks that find heads or faces, and which of them is taken."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from numpy.typing import NDArray

from bernoulli_headpose.boxes import best_boxes
from bernoulli_headpose.detectors import FaceDetector, Faces, WholeImage, no_faces
from bernoulli_headpose.estimation.finding import SinglePassDetector

from .loading import load_model
from .mmpose_estimator import MMPoseEstimator

HEADS = 'heads'  # the model that comes with the package and finds heads
DETECTORS = ('auto', HEADS, 'mtcnn', 'none')


def build_detector(
    name: str, device: str | None = None, input_size: int | None = None
) -> FaceDetector:
    """The detector of a name.

    Args:
        name: ``'heads'`` or ``'auto'``: the package's own; ``'mtcnn'``; ``'none'``
            (the whole image is the box).
        device: Where the networks run, such as ``'cuda'``; None is the CPU.
        input_size: See :class:`.HeadPoseInferencer`; the others do not use it.

    Raises:
        ValueError: If the name is unknown.
        ImportError: If ``'mtcnn'`` is asked for and not installed.
    """
    if name not in DETECTORS:
        raise ValueError(f'detector: expected one of {DETECTORS}, got {name!r}')
    if name in ('auto', HEADS):
        return SinglePassDetector(partial(load_finder, device or 'cpu', input_size))
    if name == 'none':
        return WholeImage()
    if importlib.util.find_spec('facenet_pytorch') is not None:
        return MTCNNDetector(device)
    raise ImportError(
        "detector 'mtcnn' needs the package facenet-pytorch: "
        "pip install 'bernoulli_mmpose[detector]'"
    )


def load_finder(device: str, input_size: int | None) -> MMPoseEstimator:
    """The model of the package that finds all heads of a picture in one pass."""
    return MMPoseEstimator(load_model(HEADS, device=device), input_size=input_size)


class MTCNNDetector:
    """Faces by MTCNN of facenet-pytorch, whose package holds the weights.

    A larger image is scaled down to ``SIDE`` pixels first; faces below 1/16 of the
    longer side are not looked for. The boxes are brought to the kind that the models
    are trained on (a tight square about the face): ``SCALE`` and ``DROP``, in units
    of the detector's square root of area, are the medians over 300 training images
    of GENKI-4K (spread of centres 0.05 and 0.03, of sides 0.07).

    Args:
        device: Such as ``'cuda'``; None is the CPU.
        threshold: Least score of a face of :func:`limit`; MTCNN gives none below 0.7.
    """

    SIDE = 640
    SCALE = 1.035
    DROP = 0.054

    def __init__(self, device: str | None = None, threshold: float = 0.9) -> None:
        from facenet_pytorch import MTCNN

        self.threshold = threshold
        self._mtcnn = MTCNN(keep_all=True, device=torch.device(device or 'cpu'))

    def __call__(self, image: NDArray[np.uint8]) -> Faces:
        longer = max(image.shape[:2])
        scale = min(1.0, self.SIDE / longer)
        smallest = max(20, round(longer * scale / 16))
        if min(image.shape[:2]) * scale < smallest:
            return no_faces()
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        if scale < 1:
            rgb = cv2.resize(rgb, None, None, scale, scale, cv2.INTER_AREA)
        self._mtcnn.min_face_size = smallest
        boxes, scores = self._detect(rgb)
        return self._calibrate(boxes / np.float32(scale)), scores

    def _detect(self, rgb: NDArray) -> Faces:
        boxes, scores = self._mtcnn.detect(rgb)
        if boxes is None:
            return no_faces()
        return np.asarray(boxes, np.float32), np.asarray(scores, np.float32)

    def _calibrate(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Squares as the models know them, (N, 4)."""
        size = boxes[:, 2:] - boxes[:, :2]
        side = np.sqrt(size.clip(0).prod(axis=1, keepdims=True))
        center = boxes[:, :2] + size / 2 + side * np.array([0, self.DROP], np.float32)
        half = np.repeat(side * self.SCALE / 2, 2, axis=1)
        return np.concatenate([center - half, center + half], axis=1)


class MMDetDetector:
    """Faces by a detector of MMDetection.

    Args:
        inferencer: A ``DetInferencer``.
        category_ids: Labels that are faces.
        nms_threshold: A box that overlaps a better one by more is dropped.
    """

    def __init__(
        self,
        inferencer: Any,
        category_ids: tuple[int, ...] = (0,),
        nms_threshold: float = 0.3,
    ) -> None:
        self.inferencer = inferencer
        self.category_ids = category_ids
        self.nms_threshold = nms_threshold

    def __call__(self, image: NDArray[np.uint8]) -> Faces:
        result = self.inferencer(image, return_datasamples=True)['predictions'][0]
        found = result.pred_instances.cpu().numpy()
        kept = np.isin(found.labels, self.category_ids)
        boxes = found.bboxes[kept].astype(np.float32).reshape(-1, 4)
        scores = found.scores[kept].astype(np.float32)
        best = best_boxes(boxes, scores, self.nms_threshold)
        return boxes[best], scores[best]


def build_mmdet(
    model: str,
    weights: str | None = None,
    category_ids: int | tuple[int, ...] = 0,
    device: str | None = None,
) -> FaceDetector:
    """A detector of MMDetection, or the whole image, as MMPose's inferencers have it.

    Args:
        model: Path of a config, a name of MMDetection's, or ``'whole_image'``.
        weights: Its checkpoint; a name has its own.
        category_ids: Labels that are faces.
        device: Such as ``'cuda'``; None takes what is there.
    """
    if model in ('whole_image', 'whole-image'):
        return WholeImage()
    from mmdet.apis import DetInferencer

    scope = 'mmdet'
    if Path(model).exists():
        scope = Config.fromfile(model).get('default_scope', scope)
    inferencer = DetInferencer(model, weights, device, scope, show_progress=False)
    ids = (category_ids,) if isinstance(category_ids, int) else tuple(category_ids)
    return MMDetDetector(inferencer, ids)
