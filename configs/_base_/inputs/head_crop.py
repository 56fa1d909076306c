# What fits heads into crops of bodies: faces 20 to 60 pixels wide in an input of 256x192
# (a body's own change of scale comes on top), anywhere in the crop.
head_crop = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.0),
    dict(
        type='RandomBBoxTransform',
        shift_prob=0,
        scale_factor=(1.4, 4.2),
        rotate_prob=0),
    dict(
        type='RandomBBoxTransform',
        shift_factor=0.3,
        shift_prob=1,
        scale_prob=0,
        rotate_prob=0)
]
