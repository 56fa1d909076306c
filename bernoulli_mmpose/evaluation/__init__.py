"""Evaluation: the criteria, the metric that collects for them, and plots."""

from .head_pose_metric import HeadPoseMetric
from .results import HeadPoseResults

__all__ = ['HeadPoseMetric', 'HeadPoseResults']
