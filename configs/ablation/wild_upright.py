# No head is turned by more than 40 degrees.
_base_ = 'wild.py'

train_pipeline = _base_.train_pipeline
train_pipeline[3] = _base_.upright
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
