# Heads in the wild, from all sides: maps that hold a rotation, from all four scales of
# the small network, 64x64, and standard deviations that are the error to be expected.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale.py',
    '_base_/inputs/64x64_wild.py',
    '_base_/datasets/head_pose_wild_full_turn.py',
    '_base_/schedules/cosine_20k.py'
]

model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(
        type='BernoulliRotationHead',
        in_channels=240,
        decoder=_base_.codec,
        deviation_loss=dict(type='DeviationLoss', loss_weight=0.5)),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(flip_test=False))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
