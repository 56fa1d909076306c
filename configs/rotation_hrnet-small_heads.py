# Every head of a picture in one pass, without a detector (docs/model_card.md).
_base_ = [
    '_base_/models/rotation_hrnet_heads.py', '_base_/datasets/heads_wild.py',
    '_base_/schedules/cosine_20k.py'
]

data_mode = 'bottomup'
# std_factors: on data not learnt, deviations are as large as errors (docs/model_card.md).
model = dict(
    backbone=dict(arch='w16_slim_stem'),
    head=dict(decoder=dict(**_base_.codec, std_factors=3.5)))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
