"""All heads of photographs, from a table."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import DATASETS

from .head_pose_dataset import HeadLabels
from .head_pose_table_dataset import BOX, HeadPoseTableDataset, read_table

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
    A picture of which a row is left out, by whatever choice, is left out: its head
    would be taught as background.

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
        self.part = split
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
        counts = self._count_heads()
        paths = [path for path in sorted(counts) if len(pictures[path]) == counts[path]]
        if not paths:
            raise ValueError(
                f'{self.ann_file}: expected a picture of which all heads are chosen, '
                'got none'
            )
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

    def _count_heads(self) -> Counter[str]:
        """How many rows the table has of each picture of the part that is wanted.

        Raises:
            ValueError: If it tells the parts itself, beside a ``test_period``.
        """
        folder = Path(self.data_prefix['img'])
        rows = [row for _, row in read_table(Path(self.ann_file))]
        counts = Counter(str(folder / str(row.get('image'))) for row in rows)
        if self.test_period is None:
            return counts
        if any('split' in row for row in rows):
            raise ValueError(
                f"{self.ann_file}: expected no column 'split' with a test_period"
            )
        last, is_test = self.test_period - 1, self.part == 'test'
        for number, path in enumerate(sorted(counts)):
            if (number % self.test_period == last) != is_test:
                del counts[path]
        return counts
