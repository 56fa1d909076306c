"""What a worker does with a shard: reads its pictures, and writes its heads."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2

from ..files import PartialImageWarning
from ..files.pictures import LIMIT_VARIABLE
from ..head_pose import HeadPose
from ..onnx import OnnxEstimator, OnnxModel
from ..outputs import PICTURE_ERRORS
from ..runner import Estimator
from ..sources import Picture, read_picture
from ..terminal import USER_ERRORS
from .attempts import MOST_DEATHS, Attempt
from .folder import RunFolder
from .inputs import Shard, is_video_name
from .tables import ShardWriter, open_shard

_AHEAD = 2  # pictures that are read while one is looked at
_DEADLY = f'workers died at it {MOST_DEATHS} times'


@dataclass(frozen=True)
class Job:
    """What all workers are to do.

    Attributes:
        folder: Where the results go.
        base: Folder that paths start from which are not absolute.
        network: Arguments of :class:`~bernoulli_headpose.HeadPose`.
        threshold: Least score of a head.
        video: Further arguments of its ``video``.
        max_megapixels: Of a picture, as text; empty takes the usual limit.
    """

    folder: str
    base: str
    network: dict[str, Any]
    threshold: float | None
    video: dict[str, Any]
    max_megapixels: str = ''


class ShardWorker:
    """Works on one shard after the other, on one core.

    Args:
        job: What is to be done.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.folder = RunFolder(job.folder)
        # One for all shards: to end a thread waits for it, which can wait for ever
        # where Python does it while it collects garbage.
        self._reader = ThreadPoolExecutor(1, 'reader')
        cv2.setNumThreads(1)
        if job.max_megapixels:
            os.environ[LIMIT_VARIABLE] = job.max_megapixels

    @cached_property
    def estimate(self) -> HeadPose:
        """The model, loaded with the first shard, whose answer tells what is wrong."""
        return HeadPose(threads=1, **self.job.network)

    def __call__(self, shard: Shard) -> tuple[int, str]:
        """Write a shard, unless it is there.

        Returns:
            The number of pictures and frames that were looked at, and why the shard
            could not be written; empty if it was.
        """
        try:
            return (0 if self.folder.has(shard.number) else self._run(shard)), ''
        except USER_ERRORS as error:
            return 0, _reason(error)

    def _run(self, shard: Shard) -> int:
        info = model_of(self.estimate.estimator).info
        heads, pictures, attempts = self.folder.files(shard.number)
        where = heads, pictures, attempts.parent
        with Attempt(attempts) as attempt, open_shard(*where, info) as writer:
            if is_video_name(shard.paths[0]):
                self._see_video(shard, attempt, writer)
            else:
                self._see_pictures(shard, attempt, writer)
        return writer.n_pictures

    def _full(self, path: str) -> str:
        return os.path.join(self.job.base, path)  # noqa: PTH118  (keeps ./ and ../)

    def _see_pictures(
        self, shard: Shard, attempt: Attempt, writer: ShardWriter
    ) -> None:
        usable = [path for i, path in enumerate(shard.paths) if i not in attempt.deadly]
        # Where a worker died, one picture at a time tells which it was.
        ahead = _AHEAD if attempt.is_first else 0
        pictures = read_ahead(self._reader, map(self._full, usable), ahead)
        for i, path in enumerate(shard.paths):
            place = dict(path=as_text(path), picture=shard.places[i])
            if i in attempt.deadly:
                writer.add_broken(place, _DEADLY)
                continue
            attempt.begin(i)
            try:
                picture, note = next(pictures).result()
                heads = self.estimate(picture.image, threshold=self.job.threshold)
            except PICTURE_ERRORS as error:
                writer.add_broken(place, _reason(error))
                continue
            writer.add(place, picture.size, heads)
            if note:
                writer.note(note)

    def _see_video(self, shard: Shard, attempt: Attempt, writer: ShardWriter) -> None:
        (path,) = shard.paths
        place = dict(path=as_text(path), picture=shard.places[0])
        options = dict(self.job.video, threshold=self.job.threshold)
        try:
            _begin_frame(attempt, 0)
            frames = self.estimate.video(self._full(path), **options)
            for number, frame in enumerate(frames, 1):
                at = dict(place, frame=frame.index, time_s=frame.time_s)
                height, width = frame.image.shape[:2]
                writer.add(at, (width, height), frame.heads)
                _begin_frame(attempt, number)
        except PICTURE_ERRORS as error:
            writer.add_broken(place, _reason(error))
            return
        info = self.estimate.video_info
        if lost := info['n_broken'] + info['n_missing']:
            writer.note(f'{lost} frames of the video could not be read')


def _begin_frame(attempt: Attempt, number: int) -> None:
    """Note which frame of a video comes now; to open it is part of frame 0.

    Raises:
        ValueError: If workers died at it.
    """
    if number in attempt.deadly:
        raise ValueError(f'frame {number}: {_DEADLY}')
    attempt.begin(number)


def model_of(estimator: Estimator) -> OnnxModel:
    """The model of one of :class:`~bernoulli_headpose.HeadPose`'s estimators."""
    assert isinstance(estimator, OnnxEstimator), 'HeadPose has no other'
    return estimator.model


def read_ahead(
    pool: Executor, paths: Iterable[str], ahead: int
) -> Iterator[Future[tuple[Picture, str]]]:
    """Pictures that are read while the caller is busy with those before.

    Args:
        pool: Reads them.
        paths: Of the files.
        ahead: How many.

    Yields:
        A picture, and what is to be said of it; or the error of its file.
    """
    waiting: deque[Future[tuple[Picture, str]]] = deque()
    for path in paths:
        waiting.append(pool.submit(_read, path))
        if len(waiting) > ahead:
            yield waiting.popleft()
    yield from waiting


def _read(path: str) -> tuple[Picture, str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always', PartialImageWarning)
        picture = read_picture(path, path, Path(path).stem)
    notes = (one for one in caught if issubclass(one.category, PartialImageWarning))
    return picture, '; '.join(str(note.message) for note in notes)


def as_text(path: str) -> str:
    """A path as Parquet can hold it: bytes that are none of UTF-8 become escapes."""
    return path.encode('utf-8', 'backslashreplace').decode('utf-8')


def _reason(error: Exception) -> str:
    return as_text(' '.join(str(error).split())) or type(error).__name__
