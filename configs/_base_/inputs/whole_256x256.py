# Whole pictures of many heads: 256x256 windows in training, any size in testing.
codec = dict(
    type='MultiRotationHeatmap',
    input_size=(256, 256),
    heatmap_size=(64, 64),
    radius_ratio=0.5,
    radius_limits=(2, 24),
    max_heads=256)
# Of photographs, and of scenes, which are composed in their size.
turned = dict(type='TransformHeadRotation', turn_without_roll=True)
colors = dict(
    type='YOLOXHSVRandomAug', hue_delta=5, saturation_delta=40, value_delta=50)
zoom = [
    dict(type='LoadImage'), colors,
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomHeadZoom',
        input_size=codec['input_size'],
        head_sizes=(8, 240),
        anywhere_prob=0.2), turned
]
flip = [
    colors,
    dict(type='RandomFlip', direction='horizontal'), turned
]

train_pipeline = [
    dict(type='PictureDegradation', smallest=128),
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs')
]
val_pipeline = [
    dict(type='LoadImage'),
    dict(type='FitPicture', side=384),
    dict(
        type='PackPoseInputs',
        meta_keys=('id', 'img_id', 'img_path', 'dataset_name', 'ori_shape',
                   'img_shape', 'input_size', 'input_center', 'input_scale',
                   'flip', 'flip_direction', 'flip_indices'))
]
