# Pointing'04, GENKI-4K and four sets of faces in the wild, labelled by the mean of three
# released systems. Pitch is that of 300W-LP.
_base_ = 'pointing04_genki4k.py'

load = _base_.load
wild_root = _base_.data_root + '/wild'
genki4k = dict(_base_.genki4k, pitch_zero=6.0)
table = _base_.table
# The boxes of net were taken before some of its pictures were made smaller. Of its
# further faces, without angles, most are cut off by the picture's edge.
wild = [
    dict(
        **table,
        data_root=wild_root + '/net',
        dataset_name='net',
        box_image_side=256,
        exclude_subjects=('other', )),
    *(dict(**table, data_root=f'{wild_root}/{name}', dataset_name=name)
      for name in ('aflw', 'lfw', 'youtube'))
]

train_dataloader = dict(
    dataset=dict(datasets=[
        dict(**source, split='train', pipeline=load)
        for source in (_base_.pointing04, genki4k, *wild)
    ]))
val_dataloader = dict(
    dataset=dict(datasets=[
        dict(**source, split='test', test_mode=True, pipeline=load)
        for source in (_base_.pointing04, genki4k)
    ]))
test_dataloader = val_dataloader
