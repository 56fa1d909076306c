# Whole images of many heads: 256x256 scenes in training, any size in testing.
codec = dict(
    type='MultiBernoulliHeatmap',
    input_size=(256, 256),
    heatmap_size=(64, 64),
    radius_ratio=0.5,
    radius_limits=(2, 12))

train_pipeline = [
    dict(type='LoadImage'),
    dict(
        type='YOLOXHSVRandomAug',
        hue_delta=5,
        saturation_delta=40,
        value_delta=50),
    dict(type='RandomFlip', direction='horizontal'),
    dict(type='TransformHeadRotation'),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs')
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='BottomupResize', input_size=codec['input_size']),
    dict(
        type='PackPoseInputs',
        meta_keys=('id', 'img_id', 'img_path', 'dataset_name', 'ori_shape',
                   'img_shape', 'input_size', 'input_center', 'input_scale',
                   'flip', 'flip_direction', 'flip_indices'))
]
