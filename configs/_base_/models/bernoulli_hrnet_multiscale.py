# Beyond the paper: maps are predicted from all four of the backbone's maps, enlarged to
# the finest's size, as the baselines (pooled_hrnet.py) read all four: lower errors on
# GENKI-4K, level ones on Pointing'04. The centre's loss is heavier: lower errors on both.
# That errors of the maps count squared up to 18 degrees, beyond that linearly,
# is level with squared and with absolute error (all: docs/results.md).
# The leaf adds the head's width.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    backbone=dict(multiscale_output=True),
    neck=dict(type='MultiscaleConcat'),
    head=dict(
        in_channels=480,
        keypoint_loss=dict(loss_weight=10.0),
        angle_loss=dict(beta=0.2),
        decoded_loss=None))
