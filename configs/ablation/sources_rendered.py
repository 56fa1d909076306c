# Real images and rendered heads.
_base_ = 'sources_all.py'

sources = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    sampler=dict(source_ratio=[0.25, 0.3, 0.45]),
    dataset=dict(datasets=sources[:2] + sources[3:]))
