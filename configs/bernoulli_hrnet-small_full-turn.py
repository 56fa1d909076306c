# Heads from all sides, also from behind: maps that hold a rotation, 64x64, the small
# network on rendered people alone. With 3,000 of them begin with the backbone of the
# model that comes along (a former one: 7 degrees in place of 32): --cfg-options
# model.backbone.init_cfg.type=Pretrained model.backbone.init_cfg.prefix=backbone.
# model.backbone.init_cfg.checkpoint=bernoulli_mmpose://rotation_hrnet-small_head
_base_ = [
    '_base_/models/bernoulli_hrnet_rotation.py',
    '_base_/inputs/64x64_rotation.py', '_base_/datasets/full_turn.py',
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
