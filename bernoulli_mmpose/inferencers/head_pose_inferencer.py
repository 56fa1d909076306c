"""The inferencer: images and videos in, heads with their angles out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import cv2
from mmengine.device import get_device
from mmengine.logging import print_log
from mmpose.registry import INFERENCERS

from bernoulli_headpose.boxes import check_margin
from bernoulli_headpose.detectors import FaceDetector, WholeImage
from bernoulli_headpose.estimation.picture_parts import check_side
from bernoulli_headpose.files import printable
from bernoulli_headpose.heads import HeadMaps
from bernoulli_headpose.run_options import BatchResult, RunOptions
from bernoulli_headpose.runner import HeadPoseRunner
from bernoulli_headpose.sources import Source

from .detectors import HEADS, build_detector, build_mmdet
from .loading import (
    ModelName,
    check_device,
    explain_bad_config,
    load_model,
)
from .mmpose_estimator import MMPoseEstimator
from .samples import to_sample


@INFERENCERS.register_module()
class HeadPoseInferencer(HeadPoseRunner):
    """Head pose of photographs, folders, videos and cameras.

    ::

        inferencer = HeadPoseInferencer()
        for head in inferencer.predict('photo.jpg'):
            print(head['pitch'], head['yaw'], head['roll'])  # degrees

    :meth:`predict` takes one image; calling the inferencer takes all kinds of input
    and gives a generator, as MMPose's inferencers do. A head is a dict, see
    :meth:`bernoulli_headpose.heads.Head.to_dict`.

    The heads are where the caller says (``bboxes``), or where the model ``heads`` of
    the package finds them, or another detector (``detector``, ``det_model``). Of a
    model that gives a body beside the head, the boxes are those of people: give them,
    or a detector of people (``det_model``); else the whole image is one person.

    Args:
        model: Path of a config, a config, or the name of a model that comes with the
            package. None takes ``head-pose``, or, with ``weights``, the config that
            they hold.
        weights: Path of the checkpoint; a named model has its own.
        device: Such as ``'cpu'`` or ``'cuda:0'``; None takes what is there.
        detector: ``'heads'``; ``'mtcnn'`` (the extra ``detector``); ``'none'`` (the
            whole image); a function from a BGR image to face boxes (N, 4) and scores
            (N,); or ``'auto'``: ``'heads'`` where the model is one of faces.
        margin: Share of a face box's width and height that is added on each side, as
            in training. None takes the config's, 0.4 if it has none.
        flip_test: Whether each head is estimated mirrored, too, at twice the time:
            angles get a little better, standard deviations too small. None does as
            the config says.
        input_size: Longer side of an image, in pixels, at the finest scale at which
            heads are looked for; larger finds smaller heads (they should have some
            10 pixels then), in more time, up to twice the image. None is 0.6 of it,
            but at least what the model's config tells (384) and at most 1920; more
            where it is much longer than wide.
        det_model: Config or name of a detector of MMDetection that finds faces.
        det_weights: Its checkpoint.
        det_cat_ids: Its labels that are faces.
        scope: MMEngine's scope.
        show_progress: Whether to show a progress bar, with the time left.

    Attributes:
        video_info: What was read of the last video, and written.
        kept_files: Files that results must not overwrite, beside the inputs of a call;
            see :func:`~bernoulli_headpose.files.identify_files`.

    Raises:
        FileNotFoundError: If config or weights are missing.
        ValueError: If the model has no :class:`BernoulliHead`, the weights are no
            checkpoint of it, the detector's name is unknown, the device is not here,
            the margin leaves nothing of a box, or a detector, a margin or an input size
            is given that would not be used.
        ImportError: If a detector is asked for that is not installed.
    """

    estimator: MMPoseEstimator

    def __init__(
        self,
        model: ModelName = None,
        weights: str | Path | None = None,
        device: str | None = None,
        detector: str | FaceDetector = 'auto',
        margin: float | None = None,
        flip_test: bool | None = None,
        input_size: int | None = None,
        det_model: str | None = None,
        det_weights: str | None = None,
        det_cat_ids: int | tuple[int, ...] = 0,
        scope: str = 'mmpose',
        show_progress: bool = False,
    ) -> None:
        check_device(device)
        place = device or get_device()
        margin = None if margin is None else check_margin(margin)
        network = load_model(
            model, weights, device=place, flip_test=flip_test, scope=scope
        )
        own_config = weights if model is None else None
        with explain_bad_config(own_config):
            estimator = MMPoseEstimator(network, margin, check_side(input_size))
        if own_config is not None:
            with explain_bad_config(own_config):
                estimator.try_blank()
        given = 'det_model' if det_model is not None else detector
        _check_detector(given, estimator, input_size)
        if estimator.finds_heads and margin is not None:
            raise ValueError(
                'margin: expected none with a model that finds heads itself, got '
                f'{margin}'
            )
        if det_model is not None:
            detector = build_mmdet(det_model, det_weights, det_cat_ids, device)
        finder = _choose_detector(detector, estimator, place, input_size)
        estimator.pads_whole = not isinstance(finder, WholeImage)
        super().__init__(estimator, finder, show_progress)

    @property
    def model(self) -> Any:
        """The network."""
        return self.estimator.model

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
            **kwargs: The others of
                :class:`~bernoulli_headpose.run_options.RunOptions`; an unknown one is
                an error.

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
        if unknown := kwargs.keys() - {field.name for field in fields(RunOptions)}:
            raise ValueError(f'unknown argument {min(unknown)!r}')
        if out_dir is not None:
            folders = dict(vis_out_dir='visualizations', pred_out_dir='predictions')
            kwargs = {k: f'{out_dir}/{v}' for k, v in folders.items()} | kwargs
        options = RunOptions(batch_size, **kwargs)
        with closing(self.run(inputs, options)) as results:
            for found in results:
                yield _to_result(found, options, return_datasamples)
        if count := self.video_info.get('n_broken'):
            print_log(
                f'{printable(inputs)}: {count} broken frames were skipped',
                logger='current',
                level=logging.WARNING,
            )

    def predict_maps(
        self, image: Source, bboxes: Any = None, bbox_thr: float | None = None
    ) -> list[HeadMaps]:
        """The heads of one image, with the maps that their angles were read from.

        Args:
            image: See :meth:`predict`, as for the others.
            bboxes: Face boxes.
            bbox_thr: Least score of a head that is found.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no image, a box is of no size or outside of it, or the
                model finds heads itself.
        """
        return self.estimator.estimate_maps(*self.read(image, bboxes, bbox_thr))


def _check_detector(
    wanted: str | FaceDetector, estimator: MMPoseEstimator, input_size: int | None
) -> None:
    """Refuse what the estimator, or the detector, would not use.

    Raises:
        ValueError: If something is given that has no effect.
    """
    if estimator.finds_heads and wanted != 'auto':
        raise ValueError(
            "detector: expected 'auto' with a model that finds heads itself, got "
            f'{wanted!r}'
        )
    finds = estimator.finds_heads or (
        wanted == HEADS or (wanted == 'auto' and estimator.of_faces)
    )
    if input_size is not None and not finds:
        raise ValueError(
            f'input_size: expected none with the detector {wanted!r}, got {input_size}'
        )


def _choose_detector(
    wanted: str | FaceDetector,
    estimator: MMPoseEstimator,
    device: str,
    input_size: int | None,
) -> FaceDetector | None:
    """The detector that is wanted, of what the estimator takes."""
    if estimator.finds_heads:
        return None
    if callable(wanted):
        return wanted
    if wanted == 'auto' and not estimator.of_faces:
        return WholeImage()  # what such a model was trained on
    return build_detector(wanted, device, input_size)


def _to_result(
    found: BatchResult, options: RunOptions, return_datasamples: bool
) -> dict[str, Any]:
    """What a call gives for a batch, or a frame."""
    pictures = found.pictures
    samples = map(to_sample, pictures, found.heads)
    drawn = found.drawn if options.return_vis else []
    result: dict[str, Any] = dict(
        predictions=[*samples] if return_datasamples else found.dicts,
        visualization=[cv2.cvtColor(image, cv2.COLOR_BGR2RGB) for image in drawn],
        names=[picture.name for picture in pictures],
    )
    if found.is_frame:
        result |= dict(frame=pictures[0].index, time_s=pictures[0].time_s)
    return result
