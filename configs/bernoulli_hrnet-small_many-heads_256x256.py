# Every head of an image in one pass, without a detector. Begins with the
# backbone of head-pose-fast.
_base_ = [
    '_base_/models/bernoulli_hrnet_many-heads.py',
    '_base_/inputs/scenes_256x256.py', '_base_/datasets/head_scenes.py',
    '_base_/schedules/cosine_20e.py', '_base_/default_runtime.py'
]

data_mode = 'bottomup'
model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained',
            prefix='backbone.',
            checkpoint='bernoulli_mmpose://rotation_hrnet-small_head')),
    head=dict(decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=10)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=200, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=10, convert_to_iter_based=True)
]
default_hooks = dict(checkpoint=dict(save_best='heads/f1', rule='greater'))
