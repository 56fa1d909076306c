"""Transforms that MMPose lacks: labels under flip and turn, Fig. 9's tests."""

from .head_perturbation import HeadDownscaling, HeadOcclusion, HeadTranslation
from .transform_head_rotation import TransformHeadRotation

__all__ = [
    'HeadDownscaling',
    'HeadOcclusion',
    'HeadTranslation',
    'TransformHeadRotation',
]
