"""COCO with head poses: 17 body keypoints and the head centre."""

from __future__ import annotations

from mmpose.datasets import CocoDataset
from mmpose.registry import DATASETS

from .body_head_dataset import BodyHeadDataset
from .body_keypoints import BodyMetainfo


@DATASETS.register_module()
class CocoHeadPoseDataset(BodyHeadDataset, CocoDataset):
    """COCO keypoints (Lin et al. 2014) with head centres and angles: K = 18.

    0 to 16 are COCO's keypoints, as in MMPose's ``CocoDataset``; 17 is the head centre.
    :class:`BodyHeadDataset` tells the annotations' fields, which
    ``tools/landmarks_to_head_pose.py`` writes.

    Args: see :class:`mmpose.datasets.CocoDataset`.
    """

    METAINFO = BodyMetainfo('coco', 'coco_head_pose')
