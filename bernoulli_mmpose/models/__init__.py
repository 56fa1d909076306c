"""Network parts: backbone, head and loss."""

from .bernoulli_head import BernoulliHead
from .bernoulli_loss import BernoulliLoss
from .bottomup_head_pose_estimator import BottomupHeadPoseEstimator
from .channelwise_hrnet import ChannelwiseHRNet
from .deviation_loss import DeviationLoss
from .multi_bernoulli_head import MultiBernoulliHead
from .topdown_head_pose_estimator import TopdownHeadPoseEstimator

__all__ = [
    'BernoulliHead',
    'BernoulliLoss',
    'BottomupHeadPoseEstimator',
    'ChannelwiseHRNet',
    'DeviationLoss',
    'MultiBernoulliHead',
    'TopdownHeadPoseEstimator',
]
