"""Pictures: drawing functions, feature maps, and the visualizer for MMPose."""

from ..tip_keypoints import without_tips
from .comparison import draw_comparison
from .drawing import angles_to_label, draw_axes, draw_box, draw_cube, draw_label
from .feature_maps import collect_feature_maps, draw_feature_maps, merge_feature_maps
from .head_pose_visualizer import HeadPoseVisualizer
from .overlays import draw_heatmap_overlay
from .projection import axis_tips, tips_to_angles, tips_to_matrix
from .sheets import contact_sheet, crop_square

__all__ = [
    'HeadPoseVisualizer',
    'angles_to_label',
    'axis_tips',
    'collect_feature_maps',
    'contact_sheet',
    'crop_square',
    'draw_axes',
    'draw_box',
    'draw_comparison',
    'draw_cube',
    'draw_feature_maps',
    'draw_heatmap_overlay',
    'draw_label',
    'merge_feature_maps',
    'tips_to_angles',
    'tips_to_matrix',
    'without_tips',
]
