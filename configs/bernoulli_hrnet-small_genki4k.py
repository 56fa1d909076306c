# GENKI-4K alone, real images, 64x64; the small network from scratch.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale.py', '_base_/inputs/64x64.py',
    '_base_/datasets/genki4k.py', '_base_/schedules/cosine_60e.py',
    '_base_/default_runtime.py'
]

model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(in_channels=240, decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
