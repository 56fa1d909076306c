# People at 128x96 (height x width), 32x24 maps: a quarter of body_256x192's work.
_base_ = 'body_256x192.py'

codec = dict(
    _base_.codec,
    input_size=(96, 128),
    heatmap_size=(24, 32),
    radius=3,
    keypoint_sigma=1.5)
train_pipeline = _base_.train_pipeline[:3] + [
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.1,
        scale_factor=(0.8, 1.2),
        rotate_factor=30,
        rotate_prob=0.5)
] + _base_.train_pipeline[5:]  # without RandomHalfBody
train_pipeline[5].update(input_size=codec['input_size'])
train_pipeline[6].update(encoder=codec)
val_pipeline = _base_.val_pipeline
val_pipeline[2].update(input_size=codec['input_size'])
