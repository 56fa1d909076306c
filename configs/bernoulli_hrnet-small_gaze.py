# Values beside the angles: where the eyes look, in degrees, from the columns gaze_pitch
# and gaze_yaw of a table. A turn of the crop would change them, so there is none.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale.py', '_base_/inputs/64x64.py',
    '_base_/datasets/gaze.py', '_base_/schedules/cosine_60e.py',
    '_base_/default_runtime.py'
]

codec = dict(
    value_names=('pitch', 'yaw', 'roll', *_base_.value_names),
    value_scales=(90, 90, 90, 45, 45),
    flip_signs=(1, -1, -1, 1, -1))
model = dict(
    backbone=dict(arch='w18_small_v1'),
    head=dict(in_channels=240, decoder=dict(_base_.codec, **codec)))
train_pipeline = _base_.train_pipeline
train_pipeline[3]['rotate_prob'] = 0.0
train_pipeline[-2]['encoder'] = dict(_base_.codec, **codec)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
