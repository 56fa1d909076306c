"""The Bernoulli heatmap: encoding, decoding, and the codec that MMPose builds."""

from .bernoulli_heatmap import BernoulliHeatmap
from .body_and_head import LABEL_PREFIX, BodyAndHead
from .decode import decode_keypoints, decode_values
from .multi_bernoulli_heatmap import MultiBernoulliHeatmap
from .multi_rotation_heatmap import MultiRotationHeatmap
from .rotation_heatmap import RotationHeatmap
from .value_map_codec import HEAD_INSTANCE_MAPPING, ValueMapCodec

__all__ = [
    'HEAD_INSTANCE_MAPPING',
    'LABEL_PREFIX',
    'BernoulliHeatmap',
    'BodyAndHead',
    'MultiBernoulliHeatmap',
    'MultiRotationHeatmap',
    'RotationHeatmap',
    'ValueMapCodec',
    'decode_keypoints',
    'decode_values',
]
