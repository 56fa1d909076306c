# 64x64.py with maps that hold a rotation, for heads of any roll in pictures of any
# quality.
_base_ = '64x64.py'

codec = dict(type='RotationHeatmap')
train_pipeline = _base_.train_pipeline
upright = dict(train_pipeline[3], rotate_factor=40)
# One in ten is turned by any angle, so that heads upside down are learnt, too.
train_pipeline[3] = dict(
    type='RandomChoice',
    prob=[0.9, 0.1],
    transforms=[[upright],
                [dict(upright, rotate_factor=180, rotate_prob=1.0)]])
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
