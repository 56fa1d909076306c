# Every head of an image in one pass, without a detector.
_base_ = [
    '_base_/models/bernoulli_hrnet_many-heads.py',
    '_base_/inputs/scenes_256x256.py', '_base_/datasets/head_scenes.py',
    '_base_/schedules/cosine_20e.py', '_base_/default_runtime.py'
]

data_mode = 'bottomup'
model = dict(head=dict(decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(save_best='heads/f1', rule='greater'))
