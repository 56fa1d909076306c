data_root = '{{$BERNOULLI_DATA_ROOT:data}}'

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='W300LPDataset', data_root=data_root + '/300w_lp'))
val_dataloader = dict(
    batch_size=64,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='AFLW2000Dataset',
        data_root=data_root + '/aflw2000',
        test_mode=True))
test_dataloader = val_dataloader

val_evaluator = dict(type='HeadPoseMetric')
test_evaluator = val_evaluator
