"""Evaluation: the criteria, the metric that collects for them, and plots."""

from .body_part_metric import BodyPartMetric
from .head_detection_metric import HeadDetectionMetric
from .head_pose_metric import HeadPoseMetric
from .results import read_headless, read_results, write_results

__all__ = [
    'BodyPartMetric',
    'HeadDetectionMetric',
    'HeadPoseMetric',
    'read_headless',
    'read_results',
    'write_results',
]
