# People at 128x96 (height x width), 32x24 maps: a quarter of body_256x192's work.
codec = dict(
    type='BernoulliHeatmap',
    input_size=(96, 128),
    heatmap_size=(24, 32),
    radius=3,
    keypoint_sigma=1.5)

train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.1,
        scale_factor=(0.8, 1.2),
        rotate_factor=30,
        rotate_prob=0.5),
    dict(type='TransformHeadRotation'),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs')
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(type='PackPoseInputs')
]
