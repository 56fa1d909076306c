"""Transforms that MMPose lacks: of labels under flip and turn, and of pictures."""

from .head_appearance import FaceCovering, PictureDegradation
from .head_perturbation import HeadDownscaling, HeadOcclusion, HeadTranslation
from .transform_head_rotation import TransformHeadRotation
from .whole_pictures import FitPicture, RandomHeadZoom

__all__ = [
    'FaceCovering',
    'FitPicture',
    'HeadDownscaling',
    'HeadOcclusion',
    'HeadTranslation',
    'PictureDegradation',
    'RandomHeadZoom',
    'TransformHeadRotation',
]
