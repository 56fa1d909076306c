# Pictures as they are: none made poorer, no face covered.
_base_ = 'wild.py'

sources = _base_.train_dataloader.dataset.datasets
for source in sources[:7]:
    source.pipeline = _base_.load
train_pipeline = [
    step for step in _base_.train_pipeline
    if step.type not in ('PictureDegradation', 'RandomApply')
]
train_dataloader = dict(
    dataset=dict(datasets=sources, pipeline=train_pipeline))
