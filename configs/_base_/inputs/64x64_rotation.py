# As 64x64.py, with a radius of 5 and maps that hold a rotation; for models/*_rotation.py.
_base_ = '64x64.py'

codec = dict(type='RotationHeatmap', radius=5)
train_pipeline = _base_.train_pipeline
train_pipeline[4]['turn_without_roll'] = True
train_pipeline[-2]['encoder'] = dict(_base_.codec, **codec)
