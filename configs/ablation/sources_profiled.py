# Real images and faces turned in 3D.
_base_ = 'sources_all.py'

sources = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    sampler=dict(source_ratio=[0.2, 0.25, 0.55]),
    dataset=dict(datasets=sources[:3]))
