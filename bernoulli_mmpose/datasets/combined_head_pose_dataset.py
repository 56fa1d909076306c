"""Head-pose sets and body sets in one training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmpose.datasets import CombinedDataset
from mmpose.registry import DATASETS

from .body_keypoints import BodyMetainfo, read_keypoints, with_head_center


@DATASETS.register_module()
class CombinedHeadPoseDataset(CombinedDataset):
    """``CombinedDataset`` of bodies with heads, bodies alone and heads alone.

    All records get the keypoints of one data set and the head centre as the last, K + 1
    in all: those of a head-pose set, which has the centre alone, get K invisible ones
    before it, those of a body set an invisible centre. What a part has no label for has
    weight 0 in the losses. A config thus need not write out 18 or 134 keypoints.

    Args:
        datasets: Configs of the parts, whose keypoints are the centre, K or K + 1.
        keypoints_of: Data set whose keypoints are the whole's: its registered name,
            such as ``'CocoDataset'``, or its METAINFO (with ``from_file``: a path, or
            the name of a file of MMPose's).
        **kwargs: Further arguments of :class:`mmpose.datasets.CombinedDataset`, but for
            ``metainfo``.

    Raises:
        ValueError: If there is no such data set, or a part has other keypoints.
    """

    METAINFO = BodyMetainfo('coco', 'coco_head_pose')

    def __init__(
        self,
        datasets: Sequence[dict],
        keypoints_of: str | Mapping[str, Any] = 'CocoHeadPoseDataset',
        **kwargs: Any,
    ) -> None:
        info = _keypoints_of(keypoints_of)
        super().__init__(metainfo=info, datasets=list(datasets), **kwargs)

    def get_data_info(self, idx: int) -> dict:
        """The record of an index, with the keypoints of the whole unless it is packed.

        Raises:
            ValueError: If it has neither one, nor K, nor K + 1 keypoints.
        """
        record = super().get_data_info(idx)
        count = self._metainfo['num_keypoints']
        for name in {'keypoints', 'keypoints_visible'} & record.keys():
            array = record[name]
            own = array.shape[1]
            if own not in (1, count - 1, count):
                raise ValueError(
                    f'{record.get("img_path")}: {name}: expected the head centre alone,'
                    f" {count - 1} keypoints of a body or both, got {own}; the part's "
                    'pipeline can bring them into this order (KeypointConverter)'
                )
            missing = [(0, 0)] * array.ndim
            missing[1] = (count - own, 0) if own == 1 else (0, count - own)
            record[name] = np.pad(array, missing)
        return record


def _keypoints_of(source: str | Mapping[str, Any]) -> dict[str, Any]:
    """METAINFO of a data set, with the head centre.

    Raises:
        ValueError: If there is no such data set, or it tells no keypoints.
    """
    info: Any = source
    if isinstance(source, str):
        info = getattr(DATASETS.get(source), 'METAINFO', None)
    if isinstance(info, Mapping) and 'from_file' in info:
        # A class of MMPose's names its own file, whatever the working folder has.
        info = read_keypoints(info['from_file'], is_own=info is source)
    if not isinstance(info, Mapping) or 'keypoint_info' not in info:
        raise ValueError(
            "keypoints_of: expected the name of a data set, such as 'CocoDataset', or "
            f'its METAINFO, got {source!r}'
        )
    return with_head_center(info)
