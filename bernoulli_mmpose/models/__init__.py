"""Network parts: backbone, head and loss."""

from .bernoulli_head import BernoulliHead
from .bernoulli_loss import BernoulliLoss
from .channelwise_hrnet import ChannelwiseHRNet
from .deviation_loss import DeviationLoss
from .topdown_head_pose_estimator import TopdownHeadPoseEstimator

__all__ = [
    'BernoulliHead',
    'BernoulliLoss',
    'ChannelwiseHRNet',
    'DeviationLoss',
    'TopdownHeadPoseEstimator',
]
