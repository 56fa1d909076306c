"""Head-pose data sets, read in the layouts in which they are unpacked."""

from .aflw2000_dataset import AFLW2000Dataset
from .biwi_dataset import BIWIDataset
from .coco_head_pose_dataset import CocoHeadPoseDataset
from .coco_heads_dataset import CocoHeadsDataset
from .coco_wholebody_head_pose_dataset import CocoWholeBodyHeadPoseDataset
from .combined_head_pose_dataset import CombinedHeadPoseDataset
from .head_pose_dataset import HeadPoseDataset
from .head_pose_table_dataset import HeadPoseTableDataset
from .head_scene_dataset import HeadSceneDataset
from .headless_dataset import HeadlessDataset
from .source_ratio_sampler import SourceRatioSampler
from .stacked_collate import stacked_collate
from .table_heads_dataset import TableHeadsDataset
from .w300lp_dataset import W300LPDataset

__all__ = [
    'AFLW2000Dataset',
    'BIWIDataset',
    'CocoHeadPoseDataset',
    'CocoHeadsDataset',
    'CocoWholeBodyHeadPoseDataset',
    'CombinedHeadPoseDataset',
    'HeadPoseDataset',
    'HeadPoseTableDataset',
    'HeadSceneDataset',
    'HeadlessDataset',
    'SourceRatioSampler',
    'TableHeadsDataset',
    'W300LPDataset',
    'stacked_collate',
]
