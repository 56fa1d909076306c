# The faster of the models that come with the package (docs/model_card.md): heads in the
# wild, from all sides; the small network, 64x64.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale_rotation.py',
    '_base_/inputs/64x64_wild.py',
    '_base_/datasets/head_pose_wild_full_turn.py',
    '_base_/schedules/cosine_20k.py'
]

model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(in_channels=240, decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
