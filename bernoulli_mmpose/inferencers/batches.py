"""Pictures with the faces in them, in the portions that go through the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bernoulli_headpose.sources import Picture, Source, name_sources, read_picture
from bernoulli_headpose.video import FrameReader

from .boxes import boxes_per_image, check_boxes
from .detectors import FaceDetector, Faces
from .following import HeadFollower

OnError = Callable[[str, Exception], None]
# What a picture can be to blame for.
PICTURE_ERRORS = (OSError, ValueError, MemoryError, cv2.error)


@dataclass
class Batch:
    """Pictures, and for each its face boxes (N, 4) and their scores (N,).

    Attributes:
        pictures: The images.
        faces: Of each image.
        follower: Wants to know what was seen; None for images.
        on_error: Called with name and error of an image that cannot be used; None
            lets the error through.
    """

    pictures: list[Picture] = field(default_factory=list)
    faces: list[Faces] = field(default_factory=list)
    follower: HeadFollower | None = None
    on_error: OnError | None = None

    def add(self, picture: Picture, faces: Faces) -> None:
        """Add a picture."""
        self.pictures.append(picture)
        self.faces.append(faces)


Portion = tuple[Batch, list[Picture]]
"""As MMPose's inferencers pass them on: what is computed with, what it came from."""


class ImageBatches:
    """Images, loaded when their turn comes, with given or detected boxes.

    Args:
        sources: Paths and arrays.
        bboxes: As in :func:`~bernoulli_mmpose.inferencers.boxes.boxes_per_image`;
            the detector looks where there are none.
        detector: Finds the faces.
        batch_size: Images a batch.
        is_stopped: Asked before each batch.
        on_error: Called with name and error of an image that cannot be used, which is
            then left out; None lets the error through.

    Raises:
        ValueError: If ``bboxes`` has another length, or the size is not positive.
    """

    def __init__(
        self,
        sources: list[Source],
        bboxes: Any,
        detector: FaceDetector,
        batch_size: int,
        is_stopped: Callable[[], bool],
        on_error: OnError | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f'batch_size: expected 1 or more, got {batch_size}')
        boxes = boxes_per_image(bboxes, len(sources))
        self._items = [*zip(sources, name_sources(sources), boxes, strict=True)]
        self.detector = detector
        self.batch_size = batch_size
        self.is_stopped = is_stopped
        self.on_error = on_error

    def __len__(self) -> int:
        return -(-len(self._items) // self.batch_size)

    def __iter__(self) -> Iterator[Portion]:
        for start in range(0, len(self._items), self.batch_size):
            if self.is_stopped():
                return
            batch = Batch(on_error=self.on_error)
            for source, (name, stem), boxes in self._items[start:][: self.batch_size]:
                try:
                    picture = read_picture(source, name, stem)
                    batch.add(picture, find_faces(picture, boxes, self.detector))
                except PICTURE_ERRORS as error:
                    if self.on_error is None:
                        raise
                    self.on_error(name, error)
            yield batch, batch.pictures


class VideoBatches:
    """Frames one by one, since the boxes of one depend on the one before.

    Args:
        name: Of the video.
        reader: Gives the frames.
        follower: Tells where to look.
        is_stopped: Asked before each frame.
    """

    def __init__(
        self,
        name: str,
        reader: FrameReader,
        follower: HeadFollower,
        is_stopped: Callable[[], bool],
    ) -> None:
        self.name = name
        self.reader = reader
        self.follower = follower
        self.is_stopped = is_stopped

    def __length_hint__(self) -> int:
        return self.reader.n_frames or 0

    def __iter__(self) -> Iterator[Portion]:
        for index, time_s, frame in self.reader:
            if self.is_stopped():
                return
            name = f'{self.name}, frame {index}'
            picture = Picture(name, f'{index:06d}', frame, index, time_s)
            faces = self.follower.look(picture)
            yield Batch([picture], [faces], self.follower), [picture]


def find_faces(picture: Picture, boxes: Any, detector: FaceDetector) -> Faces:
    """Given boxes, checked, with scores of 1; those of the detector if None."""
    if boxes is None:
        return detector(picture.image)
    given: NDArray[np.float32] = check_boxes(boxes, picture.size, picture.name)
    return given, np.ones(len(given), np.float32)
