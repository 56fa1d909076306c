"""Head poses from 68 landmarks of a face: labels for data sets that have no angles."""

from .mean_face import MEAN_FACE
from .pnp import LandmarkPoses, PoseLimits, landmarks_to_pose

__all__ = ['MEAN_FACE', 'LandmarkPoses', 'PoseLimits', 'landmarks_to_pose']
