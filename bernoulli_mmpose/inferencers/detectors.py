"""Where the faces are: what finds their boxes when the caller gives none."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch
from mmpose.evaluation.functional import nms
from numpy.typing import NDArray

from bernoulli_headpose.sources import WholeImageWarning

Faces = tuple[NDArray[np.float32], NDArray[np.float32]]
FaceDetector = Callable[[NDArray[np.uint8]], Faces]
"""BGR image (H, W, 3) to boxes (N, 4) in pixels and their scores (N,)."""

DETECTORS = ('auto', 'mtcnn', 'none')


def build_detector(name: str, device: str | None = None) -> FaceDetector:
    """The detector of a name.

    Args:
        name: ``'mtcnn'``; ``'none'`` (the whole image is the box); ``'auto'``: MTCNN
            where it is installed, else the whole image, with a warning.
        device: Of the detector's networks, such as ``'cuda'``; None is the CPU.

    Raises:
        ValueError: If the name is unknown.
        ImportError: If ``'mtcnn'`` is asked for and not installed.
    """
    if name not in DETECTORS:
        raise ValueError(f'detector: expected one of {DETECTORS}, got {name!r}')
    if name == 'none':
        return WholeImage()
    if importlib.util.find_spec('facenet_pytorch') is not None:
        return MTCNNDetector(device)
    if name == 'auto':
        return WholeImage(warn=True)
    raise ImportError(
        "detector 'mtcnn' needs the package facenet-pytorch: "
        "pip install 'bernoulli_mmpose[detector]'"
    )


class WholeImage:
    """Takes the whole image for the face box.

    Args:
        warn: Whether to say so, once.
    """

    def __init__(self, warn: bool = False) -> None:
        self.warn = warn

    def __call__(self, image: NDArray[np.uint8]) -> Faces:
        if self.warn:
            self.warn = False
            warnings.warn(
                'no face detector is installed: each image is taken whole for one '
                'face. Give boxes, or install one: '
                "pip install 'bernoulli_mmpose[detector]'",
                WholeImageWarning,
                stacklevel=2,
            )
        height, width = image.shape[:2]
        return np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32)


class MTCNNDetector:
    """Faces by MTCNN of facenet-pytorch, whose package holds the weights.

    A larger image is scaled down to ``SIDE`` pixels first; faces below 1/16 of the
    longer side are not looked for. The boxes are brought to the kind that the models
    are trained on (a tight square about the face): ``SCALE`` and ``DROP``, in units
    of the detector's square root of area, are the medians over 300 training images
    of GENKI-4K (spread of centres 0.05 and 0.03, of sides 0.07).

    Args:
        device: Such as ``'cuda'``; None is the CPU.
        threshold: Least score of a face.
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
        kept = scores >= self.threshold
        return self._calibrate(boxes[kept] / np.float32(scale)), scores[kept]

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
        best = nms(np.concatenate([boxes, scores[:, None]], 1), self.nms_threshold)
        return boxes[best], scores[best]


def limit(detector: FaceDetector, threshold: float) -> FaceDetector:
    """A detector that gives only faces whose score reaches a threshold."""

    def detect(image: NDArray[np.uint8]) -> Faces:
        found = detector(image)
        boxes = np.asarray(found[0], np.float32).reshape(-1, 4)
        scores = np.asarray(found[1], np.float32).reshape(-1)
        kept = np.isfinite(boxes).all(axis=1) & (scores >= threshold)
        kept &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        return boxes[kept], scores[kept]

    return detect


def no_faces() -> Faces:
    """What a detector gives where there is none."""
    return np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
