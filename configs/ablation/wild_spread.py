# Without the faces on which one of the three teachers is 5 degrees or more from their
# mean.
_base_ = 'wild.py'

sources = _base_.train_dataloader.dataset.datasets
for source in sources[2:6]:
    source.max_spread = 4.9
train_dataloader = dict(dataset=dict(datasets=sources))
