# Without the faces turned in 3D; the other sets keep their proportions.
_base_ = 'wild.py'

sources = _base_.train_dataloader.dataset.datasets
train_dataloader = dict(
    sampler=dict(
        source_ratio=[0.138, 0.138, 0.253, 0.115, 0.115, 0.092, 0.103, 0.046]),
    dataset=dict(datasets=sources[:6] + sources[7:]))
