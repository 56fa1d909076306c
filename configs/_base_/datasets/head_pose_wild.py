# Pointing'04, GENKI-4K and four sets of faces in the wild, labelled by the mean of three
# released systems. Pitch is that of 300W-LP.
_base_ = 'pointing04_genki4k.py'

load = _base_.load
wild_root = _base_.data_root + '/wild'
genki4k = dict(_base_.genki4k, pitch_zero=6.0)
table = _base_.table

train_dataloader = dict(
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='train', pipeline=load),
        dict(**genki4k, split='train', pipeline=load),
        *(dict(
            **table,
            data_root=f'{wild_root}/{name}',
            dataset_name=name,
            split='train',
            pipeline=load) for name in ('net', 'aflw', 'lfw', 'youtube'))
    ]))
val_dataloader = dict(
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='test', test_mode=True, pipeline=load),
        dict(**genki4k, split='test', test_mode=True, pipeline=load)
    ]))
test_dataloader = val_dataloader
