# Beyond the paper: maps are predicted from all four of the backbone's maps, enlarged to
# the finest's size, as its peers (pooled_hrnet.py) read all four. The leaf adds the
# head's width. The centre's loss is ten times heavier: both as measured, see
# docs/results.md.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    backbone=dict(multiscale_output=True),
    neck=dict(type='MultiscaleConcat'),
    head=dict(in_channels=480, keypoint_loss=dict(loss_weight=10.0)))
