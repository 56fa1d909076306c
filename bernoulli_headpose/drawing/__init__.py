"""Drawing of heads, their angles and maps on pictures; nothing of it needs torch."""

from .canvas import AXIS_COLORS, BOX_COLOR, Color, Image, as_image, fitting_thickness
from .comparison import draw_comparison
from .heads import Skeleton, draw_heads
from .labels import add_label, angles_to_label, draw_label
from .overlays import (
    draw_heatmap_overlay,
    draw_intensity_overlay,
    draw_scaled_overlay,
)
from .projection import axis_tips, project_points, tips_to_angles, tips_to_matrix
from .shapes import (
    add_axes,
    add_box,
    add_cube,
    add_skeleton,
    draw_axes,
    draw_box,
    draw_cube,
)
from .sheets import contact_sheet, crop_square

__all__ = [
    'AXIS_COLORS',
    'BOX_COLOR',
    'Color',
    'Image',
    'Skeleton',
    'add_axes',
    'add_box',
    'add_cube',
    'add_label',
    'add_skeleton',
    'angles_to_label',
    'as_image',
    'axis_tips',
    'contact_sheet',
    'crop_square',
    'draw_axes',
    'draw_box',
    'draw_comparison',
    'draw_cube',
    'draw_heads',
    'draw_heatmap_overlay',
    'draw_intensity_overlay',
    'draw_label',
    'draw_scaled_overlay',
    'fitting_thickness',
    'project_points',
    'tips_to_angles',
    'tips_to_matrix',
]
