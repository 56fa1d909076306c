# As 64x64.py, with the radius that the shipped model was trained with.
_base_ = '64x64.py'

codec = dict(radius=5)
train_pipeline = _base_.train_pipeline
train_pipeline[-2]['encoder'] = dict(_base_.codec, **codec)
