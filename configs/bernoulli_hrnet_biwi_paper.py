# The paper's main setting on BIWI: as bernoulli_hrnet_biwi.py, but for the model and the
# schedule, which are the paper's own.
_base_ = [
    '_base_/models/bernoulli_hrnet_paper.py', '_base_/inputs/64x64.py',
    '_base_/datasets/biwi.py', '_base_/schedules/paper_60e.py',
    '_base_/default_runtime.py'
]

model = dict(head=dict(decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
