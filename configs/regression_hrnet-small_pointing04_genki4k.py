# A baseline of bernoulli_hrnet-small_pointing04_genki4k.py: the same data, crops, network
# and schedule; the angles regressed directly.
_base_ = [
    '_base_/models/pooled_hrnet.py', '_base_/inputs/64x64.py',
    '_base_/datasets/pointing04_genki4k.py', '_base_/schedules/cosine_60e.py',
    '_base_/default_runtime.py'
]

model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(
        type='AngleRegressionHead',
        in_channels=(16, 32, 64, 128),
        decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
