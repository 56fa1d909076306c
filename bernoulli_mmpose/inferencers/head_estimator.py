"""Heads of given pictures: model, crops and network of the inferencer."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from mmengine.structures import InstanceData
from mmpose.apis.inference import dataset_meta_from_config
from mmpose.apis.inferencers import Pose2DInferencer
from mmpose.structures import PoseDataSample, merge_data_samples
from mmpose.visualization import PoseLocalVisualizer
from numpy.typing import NDArray
from torch import nn

from bernoulli_headpose.drawing.canvas import MAX_SIDE, cut_out
from bernoulli_headpose.sources import (
    Picture,
    Source,
    list_sources,
    name_sources,
    read_picture,
)

from ..models import MultiBernoulliHead
from .batches import PICTURE_ERRORS, Batch, OnError, find_faces
from .boxes import check_margin, config_margin, enlarge, is_blank
from .checkpoints import read_checkpoint
from .detectors import (
    FaceDetector,
    Faces,
    MMDetDetector,
    WholeImage,
    build_detector,
    limit,
    no_faces,
)
from .head_maps import HeadMaps, keep_maps, to_head_maps
from .heads import Head, Skeleton, check_finite, no_heads, to_heads
from .loading import (
    check_device,
    check_model,
    explain_bad_config,
    find_model,
    load_weights,
    set_input_size,
)

MAX_CROPS = 64


def _finds_nothing(_: NDArray) -> Faces:
    return no_faces()


class HeadEstimator(Pose2DInferencer):
    """Finds faces and estimates their heads; base of :class:`HeadPoseInferencer`.

    Of a model that gives a body beside the head, the boxes are those of people: give
    them, or a detector of people (``det_model``); else the whole image is one person.

    Args:
        model: Path of a config, a config, or the name of a model that comes with the
            package. None takes the one shipped, or, with ``weights``, the config that
            they hold.
        weights: Path of the checkpoint; a named model has its own.
        device: Such as ``'cpu'`` or ``'cuda:0'``; None takes what is there.
        detector: ``'auto'``, ``'mtcnn'``, ``'none'`` (the whole image), or a function
            from a BGR image to face boxes (N, 4) and scores (N,).
        margin: Share of a face box's width and height that is added on each side, as
            in training. None takes the config's, 0.4 if it has none.
        input_size: Of a model that finds heads itself: side of the square, in pixels,
            into which an image is resized, a multiple of 32. Heads should come out
            of the size of the training's; None takes the config's.
        flip_test: Whether each head is estimated mirrored, too, at twice the time;
            None does as the config says.
        det_model: Config or name of a detector of MMDetection that finds faces.
        det_weights: Its checkpoint.
        det_cat_ids: Its labels that are faces.
        scope: MMEngine's scope.
        show_progress: Whether to show a progress bar, with the time left.

    Raises:
        FileNotFoundError: If config or weights are missing.
        ValueError: If the model has no :class:`BernoulliHead`, the weights are no
            checkpoint of it, the detector's name is unknown, the device is not here,
            the margin leaves nothing of a box, or the model does not take the input
            size.
        ImportError: If a detector is asked for that is not installed.
    """

    detector: Any

    def __init__(
        self,
        model: str | Path | Config | ConfigDict | None = None,
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
        self._wanted_detector = detector
        self._margin = None if margin is None else check_margin(margin)
        check_device(device)
        named = model is not None or weights is None
        model, weights = find_model(model, weights)
        self._config_of = None if named else weights
        super().__init__(
            model,
            weights,
            device,
            scope,
            det_model,
            det_weights,
            det_cat_ids,
            show_progress,
        )
        if self.single_pass:  # for which the parent makes no detector
            self.margin, self.detector = 0.0, _finds_nothing
        if input_size is not None:
            set_input_size(self.pipeline, input_size)
        if flip_test is not None:
            self.model.test_cfg['flip_test'] = flip_test
        if self._config_of:
            with explain_bad_config(self._config_of):
                self._try_model()

    def _init_model(
        self, cfg: ConfigDict, weights: str, device: str = 'cpu'
    ) -> nn.Module:
        checkpoint = read_checkpoint(weights)
        with explain_bad_config(self._config_of):
            model = super()._init_model(cfg, None, device)
        load_weights(model, checkpoint, weights)
        check_model(model)
        # The parent asks for these; configs of before do not have them.
        cfg.setdefault('data_mode', 'topdown')
        cfg.setdefault('dataset_type', 'HeadPoseTableDataset')
        model.test_cfg['axis_tip_share'] = None  # keypoints are the model's own here
        return model

    def _load_weights_to_model(
        self,
        model: nn.Module,
        checkpoint: dict | None,  # noqa: ARG002
        cfg: ConfigDict,
    ) -> None:
        """The config's skeleton alone; :meth:`_init_model` loads the weights."""
        model.dataset_meta = dataset_meta_from_config(cfg)

    def _init_pipeline(self, cfg: ConfigDict) -> Any:
        with explain_bad_config(self._config_of):
            return super()._init_pipeline(cfg)

    def _try_model(self) -> None:
        """Estimate a blank image, and draw what is there of it."""
        blank = Picture('blank', 'blank', np.zeros((64, 64, 3), np.uint8))
        (sample,) = self.forward(Batch([blank], [WholeImage()(blank.image)]))
        to_heads(sample.pred_instances)
        Skeleton.of_dataset(self.model.dataset_meta, self.model.head.num_keypoints)

    def _init_visualizer(self, cfg: ConfigDict) -> PoseLocalVisualizer:  # noqa: ARG002
        """What the parent asks for; heads are drawn by functions, which is faster."""
        return PoseLocalVisualizer()

    def _init_detector(
        self,
        det_model: str | None = None,
        det_weights: str | None = None,
        det_cat_ids: int | tuple[int, ...] = 0,
        device: str | None = None,
    ) -> None:
        own_margin = config_margin(self.cfg)
        self.margin = (own_margin or 0.0) if self._margin is None else self._margin
        if det_model is not None:
            super()._init_detector(det_model, det_weights, det_cat_ids, device)
            found: Any = self.detector
            self.detector = found and MMDetDetector(found, self.det_cat_ids)
        elif callable(self._wanted_detector):
            self.detector = self._wanted_detector
        elif own_margin is None and self._wanted_detector == 'auto':
            self.detector = WholeImage()  # what such a model was trained on
        else:
            self.detector = build_detector(self._wanted_detector, device)
        self.detector = self.detector or WholeImage()

    @property
    def single_pass(self) -> bool:
        """Whether the model takes whole images and finds their heads itself."""
        return isinstance(self.model.head, MultiBernoulliHead)

    def check_boxes_wanted(self, bboxes: Any) -> None:
        """Refuse boxes where the model has no use for them.

        Raises:
            ValueError: If there are any and the model finds the heads itself.
        """
        if bboxes is not None and self.single_pass:
            raise ValueError(
                'bboxes: expected none, since the model takes whole images and finds '
                'the heads itself'
            )

    def predict(
        self, image: Source, bboxes: Any = None, bbox_thr: float = 0.3
    ) -> list[Head]:
        """The heads of one image.

        Args:
            image: A path, or an array: BGR (grey, with alpha, of 16 bits or float
                are understood, see ``to_bgr`` in ``inputs.py``).
            bboxes: Face boxes (x1, y1, x2, y2) in pixels, (N, 4) or one (4,); None
                lets the detector look. They may reach out of the image.
            bbox_thr: Least score of a detected face. Of a model that finds heads
                itself, ``score_threshold`` of its codec decides.

        Returns:
            A list of head dicts, angles in degrees; empty if there is no face.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is no image, or a box is of no size or outside of it.
            TypeError: If it is neither a path nor an array.
        """
        (sample,) = self.forward(self._read(image, bboxes, bbox_thr))
        return to_heads(sample.pred_instances)

    @torch.inference_mode()
    def predict_maps(
        self, image: Source, bboxes: Any = None, bbox_thr: float = 0.3
    ) -> list[HeadMaps]:
        """The heads of one image, with the maps that their angles were read from.

        Args:
            image: As in :meth:`predict`.
            bboxes: As there.
            bbox_thr: As there.

        Raises:
            FileNotFoundError: As there.
            ValueError: As there.
        """
        if self.single_pass:
            raise ValueError('predict_maps: expected a model of single heads')
        batch = self._read(image, bboxes, bbox_thr)
        (picture,), ((boxes, _),) = batch.pictures, batch.faces
        with keep_maps(self.model):
            samples = self._estimate(batch)
        scales = self.model.head.value_scales[:3].cpu().numpy()
        found = []
        for box, sample in zip(boxes, samples, strict=True):
            check_finite(sample.pred_instances, picture.name)
            found.append(to_head_maps(picture, box, sample, scales))
        return found

    def _read(self, image: Source, bboxes: Any, bbox_thr: float) -> Batch:
        """One image with its faces."""
        self.check_boxes_wanted(bboxes)
        sources = list_sources(image)
        if len(sources) != 1:
            raise ValueError(f'predict: expected one image, got {len(sources)}')
        picture = read_picture(sources[0], *name_sources(sources)[0])
        faces = find_faces(picture, bboxes, limit(self.detector, bbox_thr))
        return Batch([picture], [faces])

    @torch.inference_mode()
    def forward(self, inputs: Batch) -> list[PoseDataSample]:
        """One data sample an image, with all its heads in ``pred_instances``.

        Args:
            inputs: The images, with their faces.

        Raises:
            ValueError: If the model gives numbers that are not finite.
        """
        try:
            samples = self._look(inputs)
        except PICTURE_ERRORS:
            if inputs.on_error is None:
                raise
            samples = self._look_singly(inputs, inputs.on_error)
        if inputs.follower is not None:
            (sample,), (frame,) = samples, inputs.pictures
            followed = inputs.follower.take(frame.time_s, sample.pred_instances)
            sample.pred_instances = followed
        return samples

    def _look(self, inputs: Batch) -> list[PoseDataSample]:
        """One data sample an image."""
        if self.single_pass:
            return [self._find(picture) for picture in inputs.pictures]
        ready = iter(self._estimate(inputs))
        return [
            self._merge(picture, boxes, [*islice(ready, len(boxes))])
            for picture, (boxes, _) in zip(inputs.pictures, inputs.faces, strict=True)
        ]

    def _look_singly(self, inputs: Batch, on_error: OnError) -> list[PoseDataSample]:
        """As :meth:`_look`; an image that cannot be used leaves the batch."""
        samples, pictures = [], [*zip(inputs.pictures, inputs.faces, strict=True)]
        inputs.pictures.clear()
        inputs.faces.clear()
        for picture, faces in pictures:
            try:
                samples += self._look(Batch([picture], [faces]))
                inputs.add(picture, faces)
            except PICTURE_ERRORS as error:
                on_error(picture.name, error)
        return samples

    def _find(self, picture: Picture) -> PoseDataSample:
        """All heads of a picture, of a model that finds them itself."""
        packed = self._prepare(picture, np.array([0, 0, *picture.size]))
        (sample,) = self.model.test_step(self.collate_fn([packed]))
        check_finite(sample.pred_instances, picture.name)
        sample.set_metainfo(dict(img_path=picture.name, picture=picture))
        return sample

    def _estimate(self, inputs: Batch) -> list[PoseDataSample]:
        """One data sample a face, in the order of images and faces."""
        crops = [
            self._pack(picture, box, score)
            for picture, faces in zip(inputs.pictures, inputs.faces, strict=True)
            for box, score in zip(*faces, strict=True)
        ]
        heads: list[PoseDataSample] = []
        for start in range(0, len(crops), MAX_CROPS):
            portion = self.collate_fn(crops[start : start + MAX_CROPS])
            heads += self.model.test_step(portion)
        return heads

    def _pack(self, picture: Picture, box: NDArray, score: float) -> dict:
        """A crop, by the pipeline of the model's config."""
        # A whole picture is a crop already: more would put a black frame about it.
        is_whole = isinstance(self.detector, WholeImage) and np.array_equal(
            box, (0, 0, *picture.size)
        )
        boxes = enlarge(box[None], 0.0 if is_whole else self.margin)
        scores = np.array([score], np.float32)
        return self._prepare(picture, boxes[0], bbox=boxes, bbox_score=scores)

    def _prepare(self, picture: Picture, box: NDArray, **fields: NDArray) -> dict:
        """A record through the pipeline; of a picture too large for it, a part."""
        record = dict(img=picture.image, img_path=picture.name, **fields)
        record = {**self.model.dataset_meta, **record}
        if max(picture.size) <= MAX_SIDE:
            return self.pipeline(record)
        cut = cut_out(picture.image, box)
        if 'bbox' in fields:
            record['bbox'] = cut.to_cut(box.reshape(2, 2)).reshape(1, 4)
        packed = self.pipeline({**record, 'img': cut.image})
        sample = packed['data_samples']
        center, scale = sample.metainfo['input_center'], sample.metainfo['input_scale']
        moved = dict(input_center=cut.to_picture(center), input_scale=scale / cut.scale)
        sample.set_metainfo({k: v.astype(np.float32) for k, v in moved.items()})
        sample.set_metainfo(dict(ori_shape=picture.image.shape[:2]))
        return packed

    def _doubt_blank(self, picture: Picture, found: InstanceData) -> None:
        """No head is where nothing can be seen, whatever the network draws there.

        The black frame of a crop that reaches out of its picture looks like one's edge.
        """
        crops = enlarge(found.bboxes, self.margin)
        blank = np.array([is_blank(picture.image, box) for box in crops])
        std = torch.from_numpy(found.head_angles_std[blank])
        scores, std = self.model.head.decoder.judge(torch.zeros(len(std)), std)
        found.head_scores[blank] = scores.numpy()
        found.keypoint_scores[blank, -1] = scores.numpy()
        found.head_angles_std[blank] = std.numpy()

    def _merge(
        self, picture: Picture, boxes: NDArray, heads: list[PoseDataSample]
    ) -> PoseDataSample:
        """The heads of an image in one sample, with their boxes as they were given."""
        if heads:
            sample = merge_data_samples(heads)
            check_finite(sample.pred_instances, picture.name)
            sample.pred_instances.bboxes = boxes
            self._doubt_blank(picture, sample.pred_instances)
        else:
            sample = PoseDataSample()
            sample.pred_instances = no_heads(self.model.head.num_keypoints)
        sample.set_metainfo(dict(img_path=picture.name, picture=picture))
        return sample
