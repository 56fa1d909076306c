"""Heads in a video, without the network: frames in and out, tracks, smoothing."""

from .box_tracker import BoxTracker, FrameTracker
from .frames import ConstantRate
from .head_smoother import HeadSmoother
from .json_lines import JsonLinesWriter
from .reader import FrameReader
from .smoothing import PointSmoother, RotationSmoother
from .tracker import HeadTracker
from .writer import VideoWriter

__all__ = [
    'BoxTracker',
    'ConstantRate',
    'FrameReader',
    'FrameTracker',
    'HeadSmoother',
    'HeadTracker',
    'JsonLinesWriter',
    'PointSmoother',
    'RotationSmoother',
    'VideoWriter',
]
