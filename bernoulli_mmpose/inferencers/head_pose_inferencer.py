"""The inferencer: images and videos in, heads with their angles out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
from mmengine.logging import print_log
from mmpose.registry import INFERENCERS
from mmpose.structures import PoseDataSample
from numpy.typing import NDArray

from bernoulli_headpose.files import FileId, identify_files, printable
from bernoulli_headpose.sources import Picture, Source, is_video, list_sources

from .batches import ImageBatches, OnError, Portion, VideoBatches
from .boxes import config_margin
from .detectors import limit
from .following import HeadFollower, SinglePassFollower
from .head_estimator import HeadEstimator
from .heads import Skeleton, draw_heads, to_heads
from .outputs import VideoRun, save_heads, save_picture, show_picture


@INFERENCERS.register_module()
class HeadPoseInferencer(HeadEstimator):
    """Head pose of photographs, folders, videos and cameras.

    ::

        inferencer = HeadPoseInferencer()
        for head in inferencer.predict('photo.jpg'):
            print(head['pitch'], head['yaw'], head['roll'])  # degrees

    :meth:`predict` takes one image; calling the inferencer takes all kinds of input
    and gives a generator, as MMPose's inferencers do. A head is a dict, see
    :func:`~bernoulli_mmpose.inferencers.heads.to_heads`.

    The faces are where the caller says (``bboxes``), or a detector of MMDetection
    (``det_model``), or MTCNN (the extra ``detector``); without any the whole image is
    taken, which a warning says once. One call at a time: in threads use
    :meth:`predict`, or an inferencer each.

    Args:
        *args: As in :class:`HeadEstimator`: ``model``, ``weights``, ``device``,
            ``detector`` and so on.
        **kwargs: As there.

    Attributes:
        video_info: What was read of the last video, and written.
        kept_files: Files that results must not overwrite, beside the inputs of a call;
            see :func:`~bernoulli_headpose.files.identify_files`.
    """

    preprocess_kwargs = {'bboxes', 'bbox_thr', 'detect_every', 'smooth', 'on_error'}
    forward_kwargs: set = set()
    visualize_kwargs = {
        *('return_vis', 'show', 'wait_time', 'vis_out_dir'),
        *('draw', 'draw_bbox', 'thickness'),
    }
    postprocess_kwargs = {'pred_out_dir'}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.video_info: dict[str, Any] = {}
        self._video: VideoRun | None = None
        self._stopped = False
        self.kept_files: set[FileId] = set()
        self._input_files: set[FileId] = set()
        self._on_error: OnError | None = None

    def __call__(
        self,
        inputs: Source | list[Source],
        return_datasamples: bool = False,
        batch_size: int = 8,
        out_dir: str | None = None,
        **kwargs: Any,
    ) -> Iterator[dict[str, Any]]:
        """Estimate the heads of images or of a video.

        Args:
            inputs: An image path or array, a folder, a list of these; a video's path;
                ``'webcam'`` or ``'webcam:N'``.
            return_datasamples: Whether ``predictions`` holds MMPose's data samples.
            batch_size: Images that are read, and go through the network, together. A
                video goes frame by frame.
            out_dir: Folder for ``visualizations`` and ``predictions``, in place of
                ``vis_out_dir`` and ``pred_out_dir``.
            **kwargs: Of :meth:`preprocess`, :meth:`visualize` and
                :meth:`postprocess`; an unknown one is an error.

        Yields:
            A dict a batch (a frame): ``predictions``, a list an image of head dicts
            (in a video with ``track_id``); ``visualization``, the drawn images (RGB,
            with ``return_vis``); ``names`` of the images; in a video also ``frame``,
            its number, and ``time_s``. What was read of a video and written, and how
            many frames were skipped because they are broken (``n_broken``), is in
            ``video_info`` afterwards.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If an input or an argument is not what it should be.
            TypeError: If an input is neither a path nor an array.
            OSError: If a camera is not there, or a file cannot be written.
        """
        self.video_info, self._video, self._stopped = {}, None, False
        self._on_error = kwargs.get('on_error')
        video = None
        try:
            with ExitStack() as files:
                if is_video(inputs):
                    video = VideoRun(str(inputs), files, self.kept_files)
                    self._video = video
                elif kwargs.get('vis_out_dir'):
                    # The parent takes a folder with a dot in its name for a file.
                    kwargs['vis_out_dir'] = str(Path(kwargs['vis_out_dir']) / '_')[:-1]
                try:
                    yield from super().__call__(
                        inputs, return_datasamples, batch_size, out_dir, **kwargs
                    )
                except (GeneratorExit, KeyboardInterrupt):
                    files.close()  # stopped on purpose: what was written is whole
                    raise
        finally:  # after the files are closed, so that those are named that are there
            if video is not None and self._video is video:  # no call came since
                self.video_info, self._video = video.info(), None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, '_video': None, '_on_error': None}  # of a call

    def _get_webcam_inputs(self, inputs: str) -> list:  # the parent opens cameras so
        return self._inputs_to_list(inputs)

    def _inputs_to_list(self, inputs: Source | list[Source]) -> list:
        self._video_input = self._video is not None
        sources = [] if self._video_input else list_sources(inputs)
        self._input_files = identify_files(sources) | self.kept_files
        return sources

    def preprocess(
        self,
        inputs: list[Source],
        batch_size: int = 8,
        bboxes: Any = None,
        bbox_thr: float = 0.3,
        detect_every: int = 10,
        smooth: bool = False,
        on_error: OnError | None = None,
    ) -> Iterable[Portion]:
        """Read images or frames and find the faces.

        Args:
            inputs: Of :meth:`_inputs_to_list`.
            batch_size: See :meth:`__call__`.
            bboxes: Face boxes (x1, y1, x2, y2) in pixels: (N, 4) for one image, a
                list of such for several; for a video those of the first frame, which
                are followed without a detector.
            bbox_thr: Least score of a detected face. Of a model that finds heads
                itself, ``score_threshold`` of its codec decides.
            detect_every: In a video, frames from one detection to the next; in
                between the model follows a head by its own estimate of the centre.
            smooth: In a video, whether to smooth each head's rotation and centre.
            on_error: Called with name and error of an image that cannot be used,
                which is left out, and of one whose results cannot be written; None
                raises the error.

        Returns:
            Portions, made when they are asked for.
        """
        self.check_boxes_wanted(bboxes)
        detector = limit(self.detector, bbox_thr)

        def is_stopped() -> bool:
            return self._stopped

        if self._video is None:
            return ImageBatches(
                inputs, bboxes, detector, batch_size, is_stopped, on_error
            )
        follower = (
            SinglePassFollower(smooth)
            if self.single_pass
            else HeadFollower(
                None if bboxes is not None else detector,
                bboxes,
                detect_every,
                smooth,
                of_faces=config_margin(self.cfg) is not None,
            )
        )
        video = self._video
        return VideoBatches(video.name, video.reader, follower, is_stopped)

    def visualize(
        self,
        inputs: list[Picture],
        preds: list[PoseDataSample],
        return_vis: bool = False,
        show: bool = False,
        wait_time: float = 0,
        vis_out_dir: str = '',
        draw: str = 'axes',
        draw_bbox: bool = False,
        thickness: int | None = None,
    ) -> list[NDArray]:
        """Draw the heads.

        Args:
            inputs: The images.
            preds: Of :meth:`forward`.
            return_vis: Whether to return the drawn images.
            show: Whether to show them in a window; Escape or q stops.
            wait_time: How long to show an image, milliseconds; 0 waits for a key.
            vis_out_dir: Folder for the drawn images, or the video (which may be given
                by its path, too); it has one rate, and keeps the time.
            draw: ``'axes'``, ``'cube'`` or ``'none'``.
            draw_bbox: Whether to draw the face boxes.
            thickness: Of the lines, pixels; None takes what fits the head's size.

        Returns:
            The drawn images, RGB as in MMPose.
        """
        if not (return_vis or show or vis_out_dir):
            return []
        drawn = []
        skeleton = Skeleton.of_dataset(
            self.model.dataset_meta, self.model.head.num_keypoints
        )
        for picture, sample in zip(inputs, preds, strict=True):
            heads = to_heads(sample.pred_instances)
            options = (draw, draw_bbox, thickness, skeleton)
            # A frame was read to be drawn; a picture may be the caller's own array.
            in_place = self._video is not None
            image = draw_heads(picture.image, heads, *options, in_place=in_place)
            if vis_out_dir and self._video:
                self._video.write_frame(image, picture.time_s, vis_out_dir)
            elif vis_out_dir:
                name, stem = picture.name, picture.stem
                self._try(save_picture, name, name, stem, image, vis_out_dir)
            if show:
                wait_ms = 1 if self._video else int(wait_time)
                self._stopped |= show_picture('head pose', image, wait_ms)
            drawn.append(image)
        return [cv2.cvtColor(image, cv2.COLOR_BGR2RGB) for image in drawn if return_vis]

    def postprocess(
        self,
        preds: list[PoseDataSample],
        visualization: list[NDArray],
        return_datasamples: bool = False,
        pred_out_dir: str = '',
    ) -> dict[str, Any]:
        """Heads as dicts, written on request.

        Args:
            preds: Of :meth:`forward`.
            visualization: Of :meth:`visualize`.
            return_datasamples: Whether to give the samples as they are.
            pred_out_dir: Folder for ``<image>.json``, a list of heads, or
                ``<video>.jsonl``, a line a frame (which may be given by its path,
                too).

        Returns:
            See :meth:`__call__`.
        """
        heads = [to_heads(sample.pred_instances) for sample in preds]
        pictures = [sample.metainfo['picture'] for sample in preds]
        for picture, found in zip(pictures, heads, strict=True):
            if pred_out_dir and self._video:
                frame = (picture.index, picture.time_s)
                self._video.write_heads(*frame, found, pred_out_dir)
            elif pred_out_dir:
                words = (picture.stem, found, pred_out_dir)
                self._try(save_heads, picture.name, *words)
        result = dict(
            predictions=preds if return_datasamples else heads,
            visualization=visualization,
            names=[picture.name for picture in pictures],
        )
        if self._video:
            result |= dict(frame=pictures[0].index, time_s=pictures[0].time_s)
        return result

    def _try(self, save: Callable[..., Path], name: str, *words: Any) -> None:
        """Write a result of an image; ``on_error`` is told if it cannot be."""
        try:
            save(*words, self._input_files)
        except (OSError, ValueError) as error:
            if self._on_error is None:
                raise
            self._on_error(name, error)

    def _finalize_video_processing(self, pred_out_dir: str = '') -> None:  # noqa: ARG002
        """Say what was skipped; files are closed by :meth:`__call__`."""
        info = self._video.info() if self._video else {}
        if info.get('n_broken'):
            name = printable(info['name'])
            print_log(
                f'{name}: {info["n_broken"]} broken frames were skipped',
                logger='current',
                level=logging.WARNING,
            )
