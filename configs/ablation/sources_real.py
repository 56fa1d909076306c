# Pointing'04 and GENKI-4K only.
_base_ = 'sources_all.py'

sources = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    sampler=dict(source_ratio=[0.45, 0.55]),
    dataset=dict(datasets=sources[:2]))
