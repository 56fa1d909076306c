"""Head-pose sets and body sets in one training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmpose.datasets import CombinedDataset
from mmpose.registry import DATASETS

from .body_keypoints import BodyMetainfo


@DATASETS.register_module()
class CombinedHeadPoseDataset(CombinedDataset):
    """``CombinedDataset`` with the keypoints of one of our data sets, by its name.

    A config thus need not write out 18 or 134 keypoints. A part with other keypoints
    brings them into this order with ``KeypointConverter`` in its own pipeline: a
    head-pose set, whose one keypoint is the head centre, by ``num_keypoints=18`` and
    ``mapping=[(0, 17)]``. What a part has no label for has weight 0 in the losses.

    Args:
        datasets: Configs of the parts.
        keypoints_of: Registered data set whose METAINFO is the whole's.
        **kwargs: Further arguments of :class:`mmpose.datasets.CombinedDataset`, but for
            ``metainfo``.

    Raises:
        ValueError: If there is no such data set.
    """

    METAINFO = BodyMetainfo('coco', 'coco_head_pose')

    def __init__(
        self,
        datasets: Sequence[dict],
        keypoints_of: str = 'CocoHeadPoseDataset',
        **kwargs: Any,
    ) -> None:
        source = DATASETS.get(keypoints_of)
        if source is None or 'keypoint_info' not in source.METAINFO:
            raise ValueError(
                'keypoints_of: expected a data set with its keypoints in METAINFO, '
                f"such as 'CocoHeadPoseDataset', got {keypoints_of!r}"
            )
        super().__init__(metainfo=source.METAINFO, datasets=list(datasets), **kwargs)
