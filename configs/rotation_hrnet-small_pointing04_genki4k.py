# bernoulli_hrnet-small_pointing04_genki4k.py with maps that hold a rotation in place of
# three angles; data, crops, network and schedule are the same.
_base_ = 'bernoulli_hrnet-small_pointing04_genki4k.py'

codec = dict(type='RotationHeatmap')
model = dict(head=dict(type='BernoulliRotationHead', decoder=codec))
train_pipeline = _base_.train_pipeline
train_pipeline[-2]['encoder'] = dict(_base_.codec, **codec)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
