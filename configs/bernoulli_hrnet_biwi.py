# BIWI, 16 sequences for training and 8 for testing, by person; the head without
# background, 64x64; HRNet-W32 with channelwise fusion, all its maps read.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale.py', '_base_/inputs/64x64.py',
    '_base_/datasets/biwi.py', '_base_/schedules/cosine_60e.py',
    '_base_/default_runtime.py'
]

model = dict(head=dict(decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
