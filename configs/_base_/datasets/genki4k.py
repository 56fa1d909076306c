# GENKI-4K, with the random split of its annotation file.
_base_ = 'loaders.py'

data_root = '{{$BERNOULLI_DATA_ROOT:data}}/genki4k'
dataset = dict(
    type='HeadPoseTableDataset',
    data_root=data_root,
    ann_file='annotations.csv',
    dataset_name='genki4k',
    margin=0.4)

train_dataloader = dict(dataset=dict(**dataset, split='train'))
val_dataloader = dict(dataset=dict(**dataset, split='test', test_mode=True))
test_dataloader = val_dataloader
