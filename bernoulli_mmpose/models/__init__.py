"""Network parts: backbone, head and loss."""

from .bernoulli_head import BernoulliHead
from .bernoulli_loss import BernoulliLoss
from .channelwise_hrnet import ChannelwiseHRNet

__all__ = ['BernoulliHead', 'BernoulliLoss', 'ChannelwiseHRNet']
