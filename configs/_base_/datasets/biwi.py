data_root = '{{$BERNOULLI_DATA_ROOT:data}}/biwi'

train_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='BIWIDataset',
        data_root=data_root,
        protocol='16/8',
        split='train'))
val_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='BIWIDataset',
        data_root=data_root,
        protocol='16/8',
        split='test',
        test_mode=True))
test_dataloader = val_dataloader

val_evaluator = dict(type='HeadPoseMetric')
test_evaluator = val_evaluator
