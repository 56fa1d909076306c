_base_ = 'loaders.py'

data_root = '{{$BERNOULLI_DATA_ROOT:data}}'

train_dataloader = dict(
    dataset=dict(type='W300LPDataset', data_root=data_root + '/300w_lp'))
val_dataloader = dict(
    dataset=dict(
        type='AFLW2000Dataset',
        data_root=data_root + '/aflw2000',
        test_mode=True))
test_dataloader = val_dataloader
