"""The Bernoulli heatmap: encoding, decoding, and the codec that MMPose builds."""

from .bernoulli_heatmap import BernoulliHeatmap
from .decode import decode_keypoints, decode_values

__all__ = ['BernoulliHeatmap', 'decode_keypoints', 'decode_values']
