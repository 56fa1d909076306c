# The model that comes with the package: the small network, 64x64, trained on real
# and made heads in all poses (docs/model_card.md).
_base_ = [
    '_base_/models/bernoulli_hrnet.py', '_base_/inputs/64x64_radius5.py',
    '_base_/datasets/head_pose_mix.py', '_base_/schedules/cosine_20e.py',
    '_base_/default_runtime.py'
]

model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(
        in_channels=16,
        decoder=_base_.codec,
        deviation_loss=dict(type='DeviationLoss', loss_weight=0.5)),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(flip_test=False))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
