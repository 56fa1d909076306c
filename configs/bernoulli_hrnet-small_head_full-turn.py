# bernoulli_hrnet-small_head.py for heads from all sides, also from behind: maps that
# hold a rotation, and rendered people over the full circle beside its data.
_base_ = [
    '_base_/models/bernoulli_hrnet_rotation.py',
    '_base_/inputs/64x64_rotation.py',
    '_base_/datasets/head_pose_mix_full_turn.py',
    '_base_/schedules/cosine_20e.py', '_base_/default_runtime.py'
]

model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(in_channels=16, decoder=_base_.codec),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(flip_test=False))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
