# BIWI with background: the whole image at 96x128.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale.py', '_base_/inputs/96x128.py',
    '_base_/datasets/biwi.py', '_base_/schedules/cosine_60e.py',
    '_base_/default_runtime.py'
]

model = dict(head=dict(decoder=_base_.codec))
train_dataloader = dict(
    dataset=dict(region='image', pipeline=_base_.train_pipeline))
val_dataloader = dict(
    dataset=dict(region='image', pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
