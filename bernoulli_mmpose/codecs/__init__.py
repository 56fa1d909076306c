"""The Bernoulli heatmap: encoding, decoding, and the codec that MMPose builds."""

from .bernoulli_heatmap import BernoulliHeatmap
from .decode import decode_keypoints, decode_values
from .multi_bernoulli_heatmap import MultiBernoulliHeatmap

__all__ = [
    'BernoulliHeatmap',
    'MultiBernoulliHeatmap',
    'decode_keypoints',
    'decode_values',
]
