"""Heads of pictures by a model of MMPose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.structures import PoseDataSample
from numpy.typing import NDArray

from bernoulli_headpose.boxes import check_margin, enlarge
from bernoulli_headpose.detectors import Faces, WholeImage
from bernoulli_headpose.drawing import Skeleton
from bernoulli_headpose.drawing.canvas import MAX_SIDE, cut_out
from bernoulli_headpose.estimation.crops import MAX_CROPS, doubt_blank
from bernoulli_headpose.estimation.finding import LEAST_SCORE, find_heads
from bernoulli_headpose.heads import HeadMaps, Heads
from bernoulli_headpose.sources import Picture

from ..models import MultiBernoulliHead, count_keypoints, head_of
from .configs import config_margin
from .loading import check_model, find_fit
from .samples import keep_maps, to_head_maps, to_heads


class MMPoseEstimator:
    """Estimates heads in boxes of faces (of people, for a model of bodies and heads).

    Args:
        model: A trained model with its config and ``dataset_meta``, see
            :func:`~bernoulli_mmpose.inferencers.loading.load_model`.
        margin: Share of a box's width and height that is added on each side; None
            takes the config's, 0.4 if it has none.
        input_size: See :class:`.HeadPoseInferencer`.

    Attributes:
        model: See above.
        codec: Of its head maps.
        margin: See above.
        input_size: See above.
        pipeline: From a record to the network's input.
        finds_heads: Whether it takes whole pictures and finds the heads itself.
        of_faces: Whether its boxes are those of faces; else of people, or none.
        pads_whole: Whether a box of the whole picture gets the margin, too. Where
            whole pictures stand for faces it would put a black frame about them.

    Raises:
        ValueError: If the model has no :class:`BernoulliHead`, or the margin leaves
            nothing of a box.
    """

    def __init__(
        self,
        model: TopdownPoseEstimator,
        margin: float | None = None,
        input_size: int | None = None,
    ) -> None:
        check_model(model)
        model.test_cfg['axis_tip_share'] = None  # keypoints are the model's own here
        self.model: Any = model
        self.pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
        self.codec: Any = head_of(model).decoder
        self.finds_heads = isinstance(model.head, MultiBernoulliHead)
        own_margin = config_margin(model.cfg)
        self.of_faces = own_margin is not None
        self.margin = (own_margin or 0.0) if margin is None else check_margin(margin)
        self.pads_whole = True
        self.input_size = input_size
        if self.finds_heads:
            self._fit = find_fit(self.pipeline)
            self.codec.score_threshold = LEAST_SCORE

    def try_blank(self) -> None:
        """Estimate a blank image, and ask for what is drawn of it."""
        blank = Picture('blank', 'blank', np.zeros((64, 64, 3), np.uint8))
        (heads,) = self([blank], [WholeImage()(blank.image)])
        heads.to_dicts()
        _ = self.skeleton

    @property
    def skeleton(self) -> Skeleton:
        """What joins the keypoints of bodies."""
        meta = self.model.dataset_meta
        return Skeleton.of_dataset(meta, count_keypoints(self.model))

    @torch.inference_mode()
    def __call__(
        self, pictures: Sequence[Picture], faces: Sequence[Faces]
    ) -> list[Heads]:
        """The heads of each picture, in the order of its boxes.

        Args:
            pictures: The images.
            faces: Boxes and scores of each; not used if the model finds heads itself.

        Raises:
            ValueError: If the model gives numbers that are not finite.
        """
        if self.finds_heads:
            return [self._find(picture) for picture in pictures]
        samples = self._samples(pictures, faces)
        return [
            self._gather(picture, boxes, [*islice(samples, len(boxes))])
            for picture, (boxes, _) in zip(pictures, faces, strict=True)
        ]

    @torch.inference_mode()
    def estimate_maps(self, picture: Picture, faces: Faces) -> list[HeadMaps]:
        """The heads of a picture, with the maps that their angles were read from.

        Raises:
            ValueError: If the model finds heads itself, or gives numbers that are not
                finite.
        """
        if self.finds_heads:
            raise ValueError('predict_maps: expected a model of single heads')
        with keep_maps(self.model):
            samples = [*self._samples([picture], [faces])]
        return [
            to_head_maps(picture, box, sample, self.codec)
            for box, sample in zip(faces[0], samples, strict=True)
        ]

    def _find(self, picture: Picture) -> Heads:
        """All heads of a picture, of a model that finds them itself, best first."""

        def look(image: NDArray[np.uint8], side: int) -> Heads:
            record = dict(img=image, img_path=picture.name, longer_side=side)
            packed = self.pipeline({**self.model.dataset_meta, **record})
            samples = self.model.test_step(pseudo_collate([packed]))
            return to_heads(samples, picture.name)

        return find_heads(picture, self._fit, self.input_size, look)

    def _samples(
        self, pictures: Sequence[Picture], faces: Sequence[Faces]
    ) -> Iterator[PoseDataSample]:
        """One data sample a face, in the order of images and faces."""
        crops = [
            self._crop(picture, box, score)
            for picture, found in zip(pictures, faces, strict=True)
            for box, score in zip(*found, strict=True)
        ]
        for start in range(0, len(crops), MAX_CROPS):
            batch = pseudo_collate(crops[start : start + MAX_CROPS])
            yield from self.model.test_step(batch)

    def _crop(self, picture: Picture, box: NDArray, score: float) -> dict:
        """A crop, by the pipeline of the model's config."""
        is_whole = np.array_equal(box, (0, 0, *picture.size))
        margin = 0.0 if is_whole and not self.pads_whole else self.margin
        boxes = enlarge(box[None], margin)
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

    def _gather(
        self, picture: Picture, boxes: NDArray, samples: list[PoseDataSample]
    ) -> Heads:
        """The heads of an image, with their boxes as they were given."""
        if not samples:
            return Heads.none(count_keypoints(self.model))
        heads = to_heads(samples, picture.name, boxes, self.codec.further_names)
        doubt_blank(picture, heads, self.margin, self.codec.unknown_stds)
        return heads
