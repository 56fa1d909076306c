# BIWI without channelwise fusion: the paper's ablation.
_base_ = 'bernoulli_hrnet_biwi.py'

model = dict(backbone=dict(channelwise=False))
