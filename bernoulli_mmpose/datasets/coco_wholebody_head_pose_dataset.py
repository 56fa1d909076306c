"""COCO-WholeBody with head poses: 133 keypoints and the head centre."""

from __future__ import annotations

from mmpose.datasets import CocoWholeBodyDataset
from mmpose.registry import DATASETS

from .body_head_dataset import BodyHeadDataset
from .body_keypoints import BodyMetainfo


@DATASETS.register_module()
class CocoWholeBodyHeadPoseDataset(BodyHeadDataset, CocoWholeBodyDataset):
    """COCO-WholeBody (Jin et al. 2020) with head centres and angles: K = 134.

    0 to 132 are COCO-WholeBody's keypoints, as in MMPose's ``CocoWholeBodyDataset``
    (17 body, 6 foot, 68 face, 21 points of each hand); 133 is the head centre.
    :class:`BodyHeadDataset` tells the annotations' fields, which
    ``tools/landmarks_to_head_pose.py`` writes.

    Args: see :class:`mmpose.datasets.CocoWholeBodyDataset`.
    """

    METAINFO = BodyMetainfo('coco_wholebody', 'coco_wholebody_head_pose')
    POINTS: dict[str, int] = dict(
        keypoints=17, foot_kpts=6, face_kpts=68, lefthand_kpts=21, righthand_kpts=21
    )
    REQUIRED = ('bbox', *POINTS, 'num_keypoints', 'iscrowd', 'segmentation')
