# 64x64.py with maps that hold a rotation, for pictures of any quality.
_base_ = '64x64.py'

codec = dict(type='RotationHeatmap')
train_pipeline = _base_.train_pipeline
train_pipeline[3]['rotate_factor'] = 40
train_pipeline[4]['turn_without_roll'] = True
train_pipeline[-2]['encoder'] = dict(_base_.codec, **codec)
train_pipeline[-2:-2] = [
    dict(type='PictureDegradation'),
    dict(
        type='RandomApply',
        prob=0.15,
        transforms=[
            dict(
                type='HeadOcclusion', size=(0.1, 0.5), fill='noise', seed=None)
        ])
]
