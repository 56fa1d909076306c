"""From a picture, a folder or a video to heads with their angles."""

from .head_pose_inferencer import HeadPoseInferencer

__all__ = ['HeadPoseInferencer']
