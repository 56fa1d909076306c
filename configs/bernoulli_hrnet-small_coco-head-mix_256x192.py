# Bodies and heads of different data sets in one training; the small network.
_base_ = [
    '_base_/models/bernoulli_hrnet_body.py', '_base_/inputs/body_256x192.py',
    '_base_/datasets/coco_head_pose_mix.py', '_base_/schedules/adam_210e.py',
    '_base_/coco_runtime.py'
]

model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(in_channels=16, decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
