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
        *args: See :class:`HeadPoseTableDataset`.
        part: (n, k): the pictures, in the order of their names, whose number leaves a
            remainder of k by n, for tables without a split; None takes all.
        **kwargs: See :class:`HeadPoseTableDataset`, but for ``margin`` and ``region``.

    Raises:
        FileNotFoundError: See :class:`HeadPoseTableDataset`.
        ValueError: See :class:`HeadPoseTableDataset`; or if ``part`` is none.
    """

    UNUSED_ARGUMENTS: tuple[str, ...] = (
        *HeadPoseTableDataset.UNUSED_ARGUMENTS,
        'margin',
        'region',
    )
    NEEDED: tuple[str, ...] = ('image', *BOX)
    TESTS_ANGLES = False  # where heads are can be tested

    def __init__(
        self, *args: Any, part: tuple[int, int] | None = None, **kwargs: Any
    ) -> None:
        if part is not None and not 0 <= part[1] < part[0]:
            raise ValueError(f'part: expected (n, k) with 0 <= k < n, got {part}')
        self.part = part
        super().__init__(*args, data_mode='bottomup', **kwargs)

    def make_records(self, labels: HeadLabels) -> list[dict]:
        """A record a picture; see the class."""
        pictures: dict[str, list[dict]] = defaultdict(list)
        for head in super().make_records(labels):
            pictures[head['img_path']].append(head)
        paths = sorted(pictures)
        if self.part is not None:
            count, rest = self.part
            paths = paths[rest::count]
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
