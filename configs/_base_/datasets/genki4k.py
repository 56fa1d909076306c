# GENKI-4K, with the random split of its annotation file.
data_root = '{{$BERNOULLI_DATA_ROOT:data}}/genki4k'
dataset = dict(
    type='HeadPoseTableDataset',
    data_root=data_root,
    ann_file='annotations.csv',
    dataset_name='genki4k',
    margin=0.4)

train_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**dataset, split='train'))
val_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(**dataset, split='test', test_mode=True))
test_dataloader = val_dataloader

val_evaluator = dict(type='HeadPoseMetric')
test_evaluator = val_evaluator
