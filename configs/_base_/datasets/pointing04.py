# Pointing'04 by person. Its roll is unknown; its labels at pitch +-90 are
# degenerate and left out.
_base_ = 'loaders.py'

data_root = '{{$BERNOULLI_DATA_ROOT:data}}/pointing04'
dataset = dict(
    type='HeadPoseTableDataset',
    data_root=data_root,
    ann_file='annotations.csv',
    dataset_name='pointing04',
    max_abs_angle=(89, None, None),
    margin=0.4)

train_dataloader = dict(dataset=dict(**dataset, split='train'))
val_dataloader = dict(dataset=dict(**dataset, split='test', test_mode=True))
test_dataloader = val_dataloader
