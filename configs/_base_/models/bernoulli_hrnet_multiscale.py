# Beyond the paper: maps are predicted from all four of the backbone's maps, enlarged to
# the finest's size, as its peers (pooled_hrnet.py) read all four. The leaf adds the
# head's width.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    backbone=dict(multiscale_output=True),
    neck=dict(type='FeatureMapProcessor', concat=True),
    head=dict(in_channels=480))
