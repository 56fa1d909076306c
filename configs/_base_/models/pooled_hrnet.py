# The baselines, which pool all four maps of the backbone (the finest
# alone has too few channels to pool) and predict no maps. The leaf adds the head.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    backbone=dict(multiscale_output=True),
    head=dict(_delete_=True, in_channels=(32, 64, 128, 256)),
    test_cfg=dict(_delete_=True, flip_test=True, axis_tip_share=0.4))
