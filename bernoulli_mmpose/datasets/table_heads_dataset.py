"""All heads of photographs, from a table."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from mmpose.registry import DATASETS

from .head_pose_dataset import HeadLabels
from .head_pose_table_dataset import BOX, HeadPoseTableDataset

_EACH = (  # fields of a head's record, which are joined
    *('keypoints', 'keypoints_visible', 'bbox', 'bbox_score'),
    *('head_rotation', 'head_angles', 'head_angles_valid'),
)


@DATASETS.register_module()
class TableHeadsDataset(HeadPoseTableDataset):
    """Photographs with all their heads, for models that find them in one pass.

    The table is that of :class:`HeadPoseTableDataset`, with a row for each head and
    its box; columns of angles may be missing. A record is a picture, with the fields
    of :class:`.CocoHeadsDataset`'s; a head without angles teaches its place and size.

    Args:
        data_root: See :class:`HeadPoseTableDataset`.
        ann_file: See :class:`HeadPoseTableDataset`.
        split: See :class:`HeadPoseTableDataset`.
        test_period: For a table without that column: of the pictures, in the order of
            their names, one of so many is ``'test'``, the others ``'train'``.
        **kwargs: See :class:`HeadPoseTableDataset`, but for ``margin`` and ``region``.

    Raises:
        FileNotFoundError: See :class:`HeadPoseTableDataset`.
        ValueError: See :class:`HeadPoseTableDataset`; or if there is no such part.
    """

    UNUSED_ARGUMENTS: tuple[str, ...] = (
        *HeadPoseTableDataset.UNUSED_ARGUMENTS,
        'margin',
        'region',
    )
    NEEDED: tuple[str, ...] = ('image', *BOX)
    TESTS_ANGLES = False  # where heads are can be tested

    def __init__(
        self,
        data_root: str,
        ann_file: str,
        split: str | None = None,
        test_period: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.test_period = test_period
        self.wanted = split
        if test_period is not None:
            if test_period < 2 or split not in ('train', 'test'):
                raise ValueError(
                    "expected test_period of 2 or more and split 'train' or 'test', "
                    f'got {test_period} and {split!r}'
                )
            split = None
        super().__init__(
            data_root, ann_file, split=split, data_mode='bottomup', **kwargs
        )

    def make_records(self, labels: HeadLabels) -> list[dict]:
        """A record a picture; see the class."""
        pictures: dict[str, list[dict]] = defaultdict(list)
        for head in super().make_records(labels):
            pictures[head['img_path']].append(head)
        paths = sorted(pictures)
        if self.test_period is not None:
            is_test = self.wanted == 'test'
            last = self.test_period - 1
            paths = [
                path
                for number, path in enumerate(paths)
                if (number % self.test_period == last) == is_test
            ]
        return [
            dict(
                {
                    name: np.concatenate([h[name] for h in pictures[path]])
                    for name in _EACH
                },
                img_path=path,
                img_id=index,
                id=index,
            )
            for index, path in enumerate(paths)
        ]
