# Trained on 300W-LP, tested on AFLW2000-3D without the 31 images beyond +-99
# degrees (1,969 left); 64x64.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale.py', '_base_/inputs/64x64.py',
    '_base_/datasets/w300lp_aflw2000.py', '_base_/schedules/cosine_60e.py',
    '_base_/default_runtime.py'
]

model = dict(head=dict(decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
