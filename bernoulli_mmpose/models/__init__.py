"""Network parts: backbone, head and loss."""

from .angle_bins_head import AngleBinsHead
from .angle_regression_head import AngleRegressionHead
from .bernoulli_head import BernoulliHead, count_keypoints, head_of
from .bernoulli_loss import BernoulliLoss
from .bernoulli_rotation_head import BernoulliRotationHead
from .bottomup_head_pose_estimator import BottomupHeadPoseEstimator
from .channelwise_hrnet import ChannelwiseHRNet
from .deviation_loss import DeviationLoss
from .geodesic_loss import GeodesicLoss
from .multi_bernoulli_head import MultiBernoulliHead
from .multiscale_concat import MultiscaleConcat
from .pooled_head import PooledHead
from .sixd_rotation_head import SixDRotationHead
from .topdown_head_pose_estimator import TopdownHeadPoseEstimator
from .topdown_with_head_pose import TopdownWithHeadPose

__all__ = [
    'AngleBinsHead',
    'AngleRegressionHead',
    'BernoulliHead',
    'BernoulliLoss',
    'BernoulliRotationHead',
    'BottomupHeadPoseEstimator',
    'ChannelwiseHRNet',
    'DeviationLoss',
    'GeodesicLoss',
    'MultiBernoulliHead',
    'MultiscaleConcat',
    'PooledHead',
    'SixDRotationHead',
    'TopdownHeadPoseEstimator',
    'TopdownWithHeadPose',
    'count_keypoints',
    'head_of',
]
