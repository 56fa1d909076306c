"""The class :class:`HeadPose`: pictures and videos in, heads with their angles out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from .detectors import FaceDetector, WholeImage, check_threshold
from .estimation.finding import SinglePassDetector
from .estimation.picture_parts import check_side
from .heads import Head
from .onnx import FINDER, OnnxEstimator, OnnxModel, find_model
from .run_options import RunOptions
from .runner import HeadPoseRunner
from .sources import Source, check_video, is_video

Finder = str | Path | FaceDetector | None
Sources = list[Source] | tuple[Source, ...]


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame of a video, and who is in it.

    Attributes:
        index: Its number, from 0.
        time_s: Its time in the video, seconds.
        image: BGR, uint8 of shape (H, W, 3).
        heads: Each with a ``track_id``, the same from frame to frame.
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]
    heads: list[Head]


class HeadPose(HeadPoseRunner):
    """Head pose by exported models, without PyTorch and MMPose.

    ::

        estimate = HeadPose()
        for head in estimate('photo.jpg'):
            print(head.pitch, head.yaw, head.roll)  # degrees

    :meth:`run` also draws and writes files.

    Args:
        model: A file of ``tools/export_onnx.py``, or the name of a model of the
            package: ``'head-pose'`` (taken where none is given), or ``'heads'``, which
            finds the heads itself and is faster where there are many.
        finder: What finds the faces: the file of a model that does; a function from a
            BGR image to boxes (N, 4) and scores (N,). None takes ``'heads'`` for a
            model of faces, and the whole picture for one of people.
        device: ``'cpu'``, ``'cuda'``, ``'cuda:1'``, ``'coreml'`` or what else
            onnxruntime has.
        threads: Of the processor; None takes all cores.
        margin: Share of a face box's width and height that is added on each side; None
            takes that of the training.
        input_size: Longer side of a picture, in pixels, at the finest scale at which
            heads are looked for; None takes what suits its size. Larger finds smaller
            heads, in more time.
        show_progress: Whether to show a progress bar, with the time left.

    Raises:
        FileNotFoundError: If a file is not there.
        ImportError: If onnxruntime is not installed.
        ValueError: If a file is none of an exported model, the device is not here, or
            an argument is not what it should be, or would not be used.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        finder: Finder = None,
        device: str = 'cpu',
        threads: int | None = None,
        margin: float | None = None,
        input_size: int | None = None,
        show_progress: bool = False,
    ) -> None:
        network = OnnxModel(find_model(model), device, threads)
        side = check_side(input_size)
        own_side = side if network.info['finds_heads'] else None
        estimator = OnnxEstimator(network, margin, own_side)
        load = partial(_load_finder, finder, device, threads, side)
        detector = _choose(finder, estimator, load)
        if side is not None and not isinstance(detector, SinglePassDetector | None):
            raise ValueError(
                f'input_size: expected none with boxes by {detector!r}, got {side}'
            )
        estimator.pads_whole = not isinstance(detector, WholeImage)
        super().__init__(estimator, detector, show_progress)

    @overload
    def __call__(
        self, image: Source, boxes: Any = None, threshold: float | None = None
    ) -> list[Head]: ...

    @overload
    def __call__(
        self, image: Sources, boxes: Any = None, threshold: float | None = None
    ) -> list[list[Head]]: ...

    def __call__(
        self,
        image: Source | Sources,
        boxes: Any = None,
        threshold: float | None = None,
    ) -> list[Head] | list[list[Head]]:
        """The heads of an image, or of each of several.

        Args:
            image: A path, or an array (BGR; grey, with alpha, of 16 bits or float are
                understood), or a list of these, which are read a few at a time.
            boxes: Of the faces, (x1, y1, x2, y2) in pixels, (N, 4) or one (4,); for a
                list one such entry an image. None looks for them.
            threshold: Least score of a head that is found, 0 to 1; None takes that of
                the finder, 0.65.

        Returns:
            A list, empty where there is no head; for a list of images one such each.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no image, or a box is of no size or outside of it.
            TypeError: If it is neither a path nor an array.
        """
        check_threshold(threshold, 'threshold')
        if not isinstance(image, (list, tuple)):
            picture, faces = self.read(image, boxes, threshold)
            (heads,) = self._see([picture], [faces], threshold)
            return heads.to_list()
        options = RunOptions(bboxes=boxes, bbox_thr=threshold)
        with closing(self.run([*image], options)) as results:
            return [one.to_list() for found in results for one in found.heads]

    def video(
        self,
        source: str | Path,
        smooth: bool = False,
        boxes: Any = None,
        threshold: float | None = None,
        detect_every: int = 10,
    ) -> Iterator[Frame]:
        """The frames of a video with their heads, one by one.

        Args:
            source: A path, an address, or ``'webcam'``, ``'webcam:1'`` for a camera.
            smooth: Whether to smooth each head's rotation and centre.
            boxes: Of the faces of the first frame, which are tracked from there.
            threshold: See :meth:`__call__`.
            detect_every: Frames from one look for faces to the next; in between a head
                is tracked by its centre.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no video.
            OSError: If a camera is not there.
        """
        check_video(str(source))
        if not is_video(source):
            raise ValueError(f'source: expected a video, got {source}')
        options = RunOptions(
            bboxes=boxes, bbox_thr=threshold, smooth=smooth, detect_every=detect_every
        )
        with closing(self.run(source, options)) as results:
            for found in results:
                (picture,), (heads,) = found.pictures, found.heads
                place = picture.index, picture.time_s
                yield Frame(*place, picture.image, heads.to_list())


def _load_finder(
    finder: Finder, device: str, threads: int | None, side: int | None
) -> OnnxEstimator:
    """The estimator of a file; a function is none."""
    path = find_model(None if callable(finder) else finder, FINDER)
    model = OnnxModel(path, device, threads)
    if not model.info['finds_heads']:
        raise ValueError(
            f'finder: expected a model that finds all heads of a picture, got {path}, '
            'which takes one head'
        )
    return OnnxEstimator(model, input_size=side)


def _choose(
    finder: Finder, estimator: OnnxEstimator, load: Callable[[], OnnxEstimator]
) -> FaceDetector | None:
    """The detector that is wanted, of what the estimator takes.

    Raises:
        ValueError: If one is given that would not be used.
    """
    if estimator.finds_heads:
        if finder is not None:
            raise ValueError(
                'finder: expected none with a model that finds heads itself, got '
                f'{finder!r}'
            )
        return None
    if callable(finder):
        return finder
    if finder is None and not estimator.of_faces:
        return WholeImage()  # what such a model was trained on
    if not estimator.of_faces:
        raise ValueError(
            f'finder: expected a function that finds people, or none, got {finder!r}, '
            'which finds faces'
        )
    detector = SinglePassDetector(load)
    if finder is not None:
        _ = detector.estimator  # a file is looked at here, not when a picture comes
    return detector
