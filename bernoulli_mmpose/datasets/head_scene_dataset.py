"""Scenes of many heads, composed of head-pose data sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmpose.datasets import CombinedDataset
from mmpose.registry import DATASETS
from numpy.random import Generator
from numpy.typing import NDArray

from bernoulli_headpose.files import read_image

from ..codecs import HEAD_INSTANCE_MAPPING
from .background import draw_things, random_background
from .head_mosaic import draw_cells, show_head, show_no_head
from .head_pose_dataset import HeadPoseDataset
from .head_scene import (
    Image,
    PhotographedHead,
    Place,
    background_beside,
    draw_places,
    labels_of,
    paste,
)
from .picture_dataset import list_pictures

_TRIES = 10
_NO_HEAD = 0.5  # most cells of a mosaic that show what is no head, over its heads
_ZOOM = 2.5


@DATASETS.register_module()
class HeadSceneDataset(CombinedDataset):
    """Scenes of 1 to many heads, cut out of head-pose data sets.

    Each sample is composed when it is asked for: a background, and heads that do not
    hide each other, drawn from the data sets, scaled, and turned where all their
    angles are known; or a mosaic of their photographs, in which a head keeps its own
    surroundings. In training every pass draws anew, from NumPy's state, which the
    loader seeds; in testing the scene is that of ``seed`` and the index, whatever was
    asked before.

    Records are those of MMPose's bottom-up pipelines with the image in them: ``img``,
    ``keypoints`` (N, 1, 2), ``bbox`` (N, 4) of the tight boxes, ``head_rotation``,
    ``head_angles``, ``head_angles_valid`` (see :func:`.head_scene.labels_of`).

    Args:
        datasets: Configs of :class:`HeadPoseDataset`s with ``region='head'`` and a
            pipeline that loads the picture.
        length: Scenes in a pass.
        scene_size: (width, height) in pixels.
        heads: Least and most heads in a scene; one that finds no room is left out.
        head_sizes: Least and greatest size of a head's tight box, pixels.
        source_ratio: Share of each data set; None for their numbers of samples.
        backgrounds: Folder of photographs without heads, below which all pictures
            are taken; None for what the data sets' photographs show beside the head.
        max_turn: Greatest in-plane turn, degrees either way.
        mosaic_share: Share of scenes that are mosaics (see :mod:`.head_mosaic`), for
            photographs of one head each: others in them would count as background.
        blank_share: Share of scenes in training without anybody.
        drawn_share: Share of backgrounds that are drawn ones, of all kinds
            (:func:`.background.random_background`).
        body_share: Share of scenes, but for mosaics, whose heads keep what their
            photographs show below them.
        things_share: Share of scenes, but for mosaics, with things drawn behind the
            heads (:func:`.background.draw_things`).
        seed: Of the scenes in testing.
        metainfo: Of the scenes; that of :class:`HeadPoseDataset` by default.
        pipeline: Transforms.
        **kwargs: Further arguments of MMEngine's ``BaseDataset``.

    Raises:
        ValueError: If an argument is out of its range, or a data set is not one of
            heads.
        FileNotFoundError: If there are no backgrounds in the folder given.
    """

    METAINFO: dict = {**HeadPoseDataset.METAINFO, 'dataset_name': 'scenes'}

    def __init__(
        self,
        datasets: list[dict],
        length: int,
        scene_size: tuple[int, int] = (256, 256),
        heads: tuple[int, int] = (1, 16),
        head_sizes: tuple[float, float] = (28.0, 112.0),
        source_ratio: Sequence[float] | None = None,
        backgrounds: str | None = None,
        max_turn: float = 30.0,
        mosaic_share: float = 0.0,
        blank_share: float = 0.05,
        drawn_share: float = 0.0,
        things_share: float = 0.0,
        body_share: float = 0.0,
        seed: int = 0,
        metainfo: dict | None = None,
        pipeline: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        metainfo = metainfo or self.METAINFO
        _check(length, heads, head_sizes, scene_size)
        super().__init__(metainfo, datasets, pipeline=list(pipeline), **kwargs)
        for dataset in self.datasets:
            if not isinstance(dataset, HeadPoseDataset) or dataset.region != 'head':
                raise ValueError(
                    "datasets: expected head-pose data sets with region='head', got "
                    f'{type(dataset).__name__}'
                )
        shares = [float(s) for s in self.lens if source_ratio is None]
        shares = shares or [float(s) for s in source_ratio or ()]
        if len(shares) != len(self.datasets) or min(shares) < 0 or sum(shares) <= 0:
            raise ValueError(
                f'source_ratio: expected a share for each of {len(self.datasets)} data '
                f'sets, got {source_ratio}'
            )
        self._shares = np.array(shares) / sum(shares)
        self._len = length
        self.scene_size = (int(scene_size[0]), int(scene_size[1]))
        self.heads = (int(heads[0]), int(heads[1]))
        self.head_sizes = (float(head_sizes[0]), float(head_sizes[1]))
        self.max_turn, self.seed = float(max_turn), int(seed)
        given = dict(
            mosaic=mosaic_share,
            blank=blank_share,
            drawn=drawn_share,
            things=things_share,
            body=body_share,
        )
        for name, share in given.items():
            if not 0 <= share <= 1:
                raise ValueError(f'{name}_share: expected 0 to 1, got {share}')
        self.mosaic_share, self.blank_share = float(mosaic_share), float(blank_share)
        self.drawn_share, self.things_share = float(drawn_share), float(things_share)
        self.body_share = float(body_share)
        self._backgrounds = (
            [] if backgrounds is None else list_pictures(Path(backgrounds))
        )

    def get_data_info(self, idx: int) -> dict:
        """Compose a scene; see the class for its record."""
        seed = [self.seed, idx] if self.test_mode else np.random.randint(0, 2**31, 4)
        rng = np.random.default_rng(seed)
        count = int(rng.integers(self.heads[0], self.heads[1] + 1))
        if not self.test_mode and rng.random() < self.blank_share:
            count = 0
        if self.mosaic_share and rng.random() < self.mosaic_share:
            canvas, heads, places = self._mosaic(rng, count)
            turns = [0.0] * len(heads)
        else:
            canvas, heads, places, turns = self._pasted(rng, count)
        name = f'scene-{idx:06d}'
        shape = canvas.shape[:2]
        info = dict(img=canvas, img_path=name, img_id=idx, id=idx)
        # No input_size: MMPose's RandomFlip would read it as (h, w).
        info.update(img_shape=shape, ori_shape=shape)
        info.update(labels_of(heads, places, turns))
        info['instance_mapping_table'] = HEAD_INSTANCE_MAPPING
        for key in ('dataset_name', 'flip_indices', 'flip_pairs', 'upper_body_ids'):
            info[key] = self._metainfo[key]
        return info

    def _pasted(
        self, rng: Generator, count: int
    ) -> tuple[Image, list[PhotographedHead], list[Place], list[float]]:
        """Heads laid on a background."""
        places = draw_places(rng, self.scene_size, count, self.head_sizes)
        canvas = self._background(rng)
        if self.things_share and rng.random() < self.things_share:
            draw_things(canvas, rng)
        heads = [self._head(rng) for _ in places]
        turns = [self._random_rotation(head, rng) for head in heads]
        with_body = bool(self.body_share) and rng.random() < self.body_share
        if with_body:  # who stands in front, and lower, hides the others' bodies
            places = sorted(places, key=lambda place: place.center[1])
        for head, place, turn in zip(heads, places, turns, strict=True):
            paste(canvas, head, place, turn, rng, with_body)
        return canvas, heads, places, turns

    def _mosaic(
        self, rng: Generator, count: int
    ) -> tuple[Image, list[PhotographedHead], list[Place]]:
        """Photographs, or parts of some without their heads, beside each other."""
        zoom = rng.uniform(1, _ZOOM)  # drawn larger, for small heads with much around
        width, height = (round(zoom * side) for side in self.scene_size)
        canvas = _resize(self._background(rng), (width, height), cv2.INTER_LINEAR)
        wanted = (count + 1 + rng.uniform(0, _NO_HEAD) * count) * zoom
        low, high = (zoom * size for size in self.head_sizes)
        cells = draw_cells(rng, (width, height), round(wanted), low)
        heads, places = [], []
        for number, chosen in enumerate(rng.permutation(len(cells))):
            head = self._head(rng)
            if number >= count:
                show_no_head(canvas, cells[chosen], head, rng)
            else:
                place = show_head(canvas, cells[chosen], head, (low, high), rng)
                heads.append(head)
                places.append(_shrunk(place, (width, height), self.scene_size))
        return _resize(canvas, self.scene_size), heads, places

    def _random_rotation(self, head: PhotographedHead, rng: Generator) -> float:
        """A turn in degrees; 0 for a head whose label cannot follow it."""
        turn = rng.uniform(-self.max_turn, self.max_turn)
        return float(turn) if head.valid.all() and rng.random() < 0.5 else 0.0

    def _head(self, rng: Generator) -> PhotographedHead:
        """A head of the data sets; another where a picture cannot be read."""
        for _ in range(_TRIES):
            dataset = self.datasets[int(rng.choice(len(self._shares), p=self._shares))]
            record = dataset[int(rng.integers(len(dataset)))]
            if record is None:
                continue
            if 'img' not in record:
                raise ValueError(
                    'datasets: expected a pipeline with LoadImage in each, got no img '
                    f'from {type(dataset).__name__}'
                )
            side = record['bbox'][0, 2:] - record['bbox'][0, :2]
            return PhotographedHead(
                record['img'],
                (record['bbox'][0, :2] + record['bbox'][0, 2:]) / 2,
                float(np.sqrt(side.prod())) / (1 + 2 * dataset.margin),
                record['head_rotation'][0],
                record['head_angles'][0],
                record['head_angles_valid'][0],
            )
        raise OSError(f'expected readable pictures, got {_TRIES} in turn that are not')

    def _background(self, rng: Generator) -> Image:
        is_drawn = self.drawn_share and rng.random() < self.drawn_share
        for _ in range(0 if is_drawn else _TRIES):
            if self._backgrounds:
                path = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
                canvas = _crop_to_fill(path, self.scene_size, rng)
            else:
                canvas = background_beside(self._head(rng), self.scene_size, rng)
            if canvas is not None:
                return canvas
        return random_background(rng, self.scene_size, rooms=not is_drawn)


def _check(
    length: int,
    heads: Sequence[int],
    head_sizes: Sequence[float],
    scene_size: Sequence[int],
) -> None:
    checks = (
        (length >= 1, f'length: expected 1 or more, got {length}'),
        (0 <= heads[0] <= heads[1], f'heads: expected least <= most, got {heads}'),
        (
            4 <= head_sizes[0] <= head_sizes[1] <= min(scene_size),
            'head_sizes: expected 4 <= least <= greatest <= the scene, got '
            f'{head_sizes} in {scene_size}',
        ),
    )
    for right, message in checks:
        if not right:
            raise ValueError(message)


def _crop_to_fill(path: Path, size: tuple[int, int], rng: Generator) -> Image | None:
    """A part of a picture, of the size given; None if it cannot be read."""
    try:
        image = read_image(path)
    except (OSError, ValueError):
        return None
    height, width = image.shape[:2]
    scale = rng.uniform(0.5, 1.0) * min(width / size[0], height / size[1])
    part = np.maximum(np.array(size) * scale, 1).astype(int)
    left = int(rng.integers(0, width - part[0] + 1))
    top = int(rng.integers(0, height - part[1] + 1))
    cut = image[top : top + part[1], left : left + part[0]]
    return _resize(cut, size)


def _shrunk(place: Place, size: tuple[int, int], smaller: tuple[int, int]) -> Place:
    """A place of a picture in the same picture resized (coordinates of pixels)."""
    ratio = np.divide(smaller, size)
    center = (place.center + 0.5) * ratio - 0.5  # as cv2.resize has it
    return Place(center, float(place.size * ratio.mean()))


def _resize(
    image: NDArray, size: tuple[int, int], interpolation: int = cv2.INTER_AREA
) -> Image:
    resized = cv2.resize(image, size, interpolation=interpolation)
    return resized.astype(np.uint8, copy=False)
