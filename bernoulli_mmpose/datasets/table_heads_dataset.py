"""All heads of photographs, from a table."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import DATASETS

from .bad_labels import LabelError
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
    would be taught as background. With 1 in the column ``ignored`` a row is of a place
    where there may be a head: neither learnt nor background, neither missed nor false.

    Args:
        data_root: See :class:`HeadPoseTableDataset`.
        ann_file: See :class:`HeadPoseTableDataset`.
        split: See :class:`HeadPoseTableDataset`.
        test_period: For a table without that column: of the pictures, in the order of
            their names, one of so many is ``'test'``, the others ``'train'``.
        **kwargs: See :class:`HeadPoseTableDataset`, but for ``margin``, ``region`` and
            ``value_columns``.

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
        if kwargs.get('value_columns'):
            raise ValueError(f'value_columns: {type(self).__name__} takes none')
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
        shown = self._read_shown()
        paths = [
            path for path in sorted(shown) if len(pictures[path]) == len(shown[path])
        ]
        for path in paths:
            for head, visible in zip(pictures[path], shown[path], strict=True):
                head['keypoints_visible'] = np.full((1, 1), visible, np.float32)
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

    def _read_shown(self) -> dict[str, list[float]]:
        """Which rows are of heads to learn (1) or to ignore (0), of each picture.

        They are those of all pictures of the part that is wanted, in their order.

        Raises:
            ValueError: If the table tells the parts itself, beside a ``test_period``,
                or a cell is neither empty nor 0 or 1.
        """
        table, folder = Path(self.ann_file), Path(self.data_prefix['img'])
        rows = read_table(table)
        if self.test_period is not None and any('split' in row for _, row in rows):
            raise ValueError(f"{table}: expected no column 'split' with a test_period")
        shown: dict[str, list[float]] = defaultdict(list)
        for number, row in rows:
            cell = str(row.get('ignored') or 0)
            if cell not in ('0', '1'):
                where = f"{table}, row {number}, column 'ignored'"
                raise LabelError(where, '0, 1 or nothing', repr(cell))
            shown[str(folder / str(row.get('image')))].append(1.0 - float(cell))
        if self.test_period is None:
            return shown
        last, is_test = self.test_period - 1, self.part == 'test'
        return {
            path: shown[path]
            for number, path in enumerate(sorted(shown))
            if (number % self.test_period == last) == is_test
        }
