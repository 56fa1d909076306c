"""Crops of pictures that show no head."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import DATASETS

from bernoulli_headpose.files import check_file, is_name

from .background import random_background
from .bad_labels import LabelError
from .file_index import read_indexed
from .head_pose_dataset import HeadPoseDataset
from .head_pose_table_dataset import BOX, read_number, read_table
from .head_scene import Place, draw_places
from .picture_dataset import PictureDataset, known_size, list_pictures

_CLEAR = 1.0  # least distance from a head: then flip, shift, scale and turn reach none
_TEST_PERIOD = 5  # one picture of so many is for testing
_DRAWN, _DRAWN_SIZE = 'drawn://', (320, 240)  # no path of a file has two slashes


@DATASETS.register_module()
class HeadlessDataset(PictureDataset):
    """Crops without a head, which teach a network to say so.

    They are places of pictures, drawn by the seed, of any size down to ``least_size``:
    of a folder of pictures that show nobody; or, with a table of heads, of its pictures
    beside these heads, kept clear of each by half its box and half the crop; and of
    drawn rooms and textures (:mod:`.background`). A head that the table lacks may be
    met: such tables want a ``least_size`` well above the size of such heads.

    A record is one of :class:`HeadPoseDataset` with ``head_absent``, (1,), of 1: no
    visible centre, no known angle. In training its maps are background everywhere; in
    a test :class:`.HeadPoseMetric` keeps its score apart.

    Args:
        data_root: Folder, below which (and below ``data_prefix=dict(img=...)``, if that
            is given) all pictures show nobody, or which ``ann_file`` is of; None for
            drawn pictures alone.
        ann_file: CSV or JSON with ``image, x, y, w, h``, a row for each head (top-left
            corner, width and height in pixels); other columns are not read.
        crops: Crops of each picture; fewer where heads leave no room.
        drawn: Drawn pictures, of a crop each.
        least_size: Least side of a crop in pixels; the greatest is about three
            quarters of the picture's.
        split: ``'test'`` takes one picture of five, ``'train'`` the others; None all.
        seed: Of places and of drawn pictures.
        dataset_name: Name in results.
        index_dir: See :class:`HeadPoseDataset`.
        **kwargs: Arguments of MMPose's ``BaseCocoStyleDataset``.

    Raises:
        FileNotFoundError: If table or pictures are missing.
        ValueError: If an argument or a cell is not what it should be (a row that is
            left out would be a head that is taught as none), or no crop is found.
    """

    METAINFO: dict = {**HeadPoseDataset.METAINFO, 'dataset_name': 'headless'}

    def __init__(
        self,
        data_root: str | None = None,
        ann_file: str = '',
        crops: int = 4,
        drawn: int = 0,
        least_size: float = 48,
        split: str | None = None,
        seed: int = 0,
        dataset_name: str = 'headless',
        index_dir: str | None = None,
        **kwargs: Any,
    ) -> None:
        if (
            crops % 1
            or drawn % 1
            or crops < 1
            or drawn < 0
            or not 4 <= least_size < 1e5
        ):
            raise ValueError(
                'expected whole numbers crops >= 1 and drawn >= 0, and least_size of 4 '
                f'to 100000, got {crops}, {drawn} and {least_size}'
            )
        if data_root is None and (ann_file or not drawn):
            got = f'ann_file={ann_file!r} alone' if ann_file else 'neither'
            raise ValueError(f'expected data_root or drawn pictures, got {got}')
        if split not in ('train', 'test', None):
            raise ValueError(f"split: expected 'train', 'test' or None, got {split!r}")
        self.crops, self.drawn, self.least_size = crops, drawn, float(least_size)
        self.split, self.seed, self.index_dir = split, int(seed), index_dir
        super().__init__(
            ann_file=ann_file,
            data_root=data_root,
            metainfo={**self.METAINFO, 'dataset_name': dataset_name},
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        """Draw places of crops; see the class for a record."""
        boxes: list[tuple[str, np.ndarray]] = []
        for number, (path, size, heads) in enumerate(self._pictures()):
            rng = self._rng(number)
            for _ in range(self.crops):
                boxes += [(path, box) for box in self._draw_box(rng, size, heads)]
        rng = self._rng(len(boxes))
        for i in range(self.drawn):
            box = self._draw_box(rng, _DRAWN_SIZE, [])[0]
            boxes.append((f'{_DRAWN}{i:06d}', box))
        records = [_record(*box, i) for i, box in enumerate(boxes)]
        if not records:
            raise ValueError(
                f'{type(self).__name__} of {self.data_root}: expected room for crops '
                f'of {self.least_size:g} pixels (least_size) beside heads, got none'
            )
        return records[:: self.sample_interval]

    def get_data_info(self, idx: int) -> dict:
        """A record, with its picture if that is a drawn one."""
        info = super().get_data_info(idx)
        if info['img_path'].startswith(_DRAWN):
            info['img'] = random_background(self._rng(info['id']), _DRAWN_SIZE)
        return info

    def _rng(self, number: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.split == 'test', number])

    def _pictures(self) -> list[tuple[str, tuple[int, int], list[Place]]]:
        """The split's pictures: file, (w, h), 0 where unreadable, and heads."""
        if self.data_root is None:
            return []
        folder = Path(self.data_prefix['img'])
        if self.ann_file:
            heads = _read_heads(Path(self.ann_file), folder)
        else:
            heads = {path: [] for path in list_pictures(folder)}
        paths = sorted(heads)
        sizes = read_indexed('sizes-headless', paths, known_size, self.index_dir)
        return [
            (str(path), (int(width), int(height)), heads[path])
            for number, (path, (width, height)) in enumerate(
                zip(paths, sizes, strict=True)
            )
            if self.split in (None, 'train' if number % _TEST_PERIOD else 'test')
        ]

    def _draw_box(
        self, rng: np.random.Generator, size: tuple[int, int], heads: list[Place]
    ) -> list[np.ndarray]:
        """The box (4,) of a crop, if heads leave room for one."""
        if 0 in size:  # an unreadable picture, which is met and counted later
            return [np.array([0, 0, 1, 1])]
        limits = self.least_size, max(self.least_size, *size)
        return [
            np.concatenate(
                [place.center - place.size / 2, place.center + place.size / 2]
            )
            for place in draw_places(rng, size, 1, limits, heads, _CLEAR)
        ]


def _read_heads(table: Path, folder: Path) -> dict[Path, list[Place]]:
    """The heads of each picture of a table.

    Raises:
        FileNotFoundError: If the table or a picture is missing.
        LabelError: If a row is not what it should be.
    """
    heads: dict[Path, list[Place]] = defaultdict(list)
    for number, row in read_table(table):
        where = f'{table}, row {number}'
        missing = [name for name in ('image', *BOX) if row.get(name) in (None, '')]
        if missing or None in row:
            got = f'no {missing}' if missing else 'more'
            raise LabelError(where, 'a cell for each of image, x, y, w, h', got)
        if not is_name(row['image']):
            raise LabelError(f"{where}, column 'image'", 'text', repr(row['image']))
        x, y, width, height = (
            read_number(f'{where}, column {name!r}', row[name], False) for name in BOX
        )
        if width <= 0 or height <= 0:
            what = 'a head box of positive size'
            raise LabelError(where, what, f'{width:g}x{height:g}')
        check_file(folder / row['image'])
        middle = np.array([x + width / 2, y + height / 2])
        heads[folder / row['image']].append(Place(middle, max(width, height)))
    return heads


def _record(path: str, box: np.ndarray, number: int) -> dict:
    box = box.astype(np.float32)[None]
    return dict(
        img_path=path,
        img_id=number,
        id=number,
        bbox=box,
        bbox_score=np.ones(1, np.float32),
        keypoints=(box[:, None, :2] + box[:, None, 2:]) / 2,
        keypoints_visible=np.zeros((1, 1), np.float32),
        head_rotation=np.eye(3, dtype=np.float32)[None],
        head_angles=np.zeros((1, 3), np.float32),
        head_angles_valid=np.zeros((1, 3), np.float32),
        head_absent=np.ones(1, np.float32),
        subject='',
    )
