# As 64x64.py, with the radius that the shipped model was trained with.
codec = dict(
    type='BernoulliHeatmap',
    input_size=(64, 64),
    heatmap_size=(16, 16),
    radius=5)

train_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.15,
        shift_prob=0.5,
        scale_factor=(0.75, 1.3),
        rotate_factor=30,
        rotate_prob=0.5),
    dict(type='TransformHeadRotation'),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(
        type='YOLOXHSVRandomAug',
        hue_delta=5,
        saturation_delta=40,
        value_delta=50),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs')
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(type='TopdownAffine', input_size=codec['input_size']),
    dict(
        type='PackPoseInputs',
        meta_keys=('id', 'img_id', 'img_path', 'dataset_name', 'subject',
                   'ori_shape', 'img_shape', 'input_size', 'input_center',
                   'input_scale', 'flip', 'flip_direction', 'flip_indices'))
]
