"""Transforms that MMPose lacks: of labels under flip and turn, and of pictures."""

from .head_appearance import FaceCovering, PictureDegradation
from .head_perturbation import HeadDownscaling, HeadOcclusion, HeadTranslation
from .transform_head_rotation import TransformHeadRotation

__all__ = [
    'FaceCovering',
    'HeadDownscaling',
    'HeadOcclusion',
    'HeadTranslation',
    'PictureDegradation',
    'TransformHeadRotation',
]
