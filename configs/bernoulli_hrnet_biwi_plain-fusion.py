# BIWI without channelwise fusion, as in the paper's ablation, but of our default.
_base_ = 'bernoulli_hrnet_biwi.py'

model = dict(backbone=dict(channelwise=False))
