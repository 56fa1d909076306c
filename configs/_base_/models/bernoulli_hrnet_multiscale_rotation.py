# bernoulli_hrnet_multiscale.py with maps that hold a rotation, for
# inputs/64x64_wild.py, and standard deviations that are the error to be expected.
_base_ = 'bernoulli_hrnet_multiscale.py'

model = dict(
    head=dict(
        type='BernoulliRotationHead',
        deviation_loss=dict(type='DeviationLoss', loss_weight=0.5)),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(flip_test=False))
