_base_ = 'loaders.py'

data_root = '{{$BERNOULLI_DATA_ROOT:data}}/biwi'
dataset = dict(type='BIWIDataset', data_root=data_root, protocol='16/8')

train_dataloader = dict(dataset=dict(**dataset, split='train'))
val_dataloader = dict(dataset=dict(**dataset, split='test', test_mode=True))
test_dataloader = val_dataloader
