"""The visualizer for MMPose, heads as keypoints, and feature maps of a network."""

from bernoulli_headpose.drawing import tips_to_angles

from ..tip_keypoints import without_tips
from .feature_maps import collect_feature_maps, draw_feature_maps, merge_feature_maps
from .head_pose_visualizer import HeadPoseVisualizer

__all__ = [
    'HeadPoseVisualizer',
    'collect_feature_maps',
    'draw_feature_maps',
    'merge_feature_maps',
    'tips_to_angles',
    'without_tips',
]
