# Maps that hold a rotation in place of three angles; for inputs/64x64_rotation.py.
# See bernoulli_hrnet.py for the leaf's part.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    head=dict(
        type='BernoulliRotationHead',
        rotation_loss=dict(type='GeodesicLoss', loss_weight=0.5),
        deviation_loss=dict(type='DeviationLoss', loss_weight=0.5)))
