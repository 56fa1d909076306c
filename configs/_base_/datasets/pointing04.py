# Pointing'04 by person. Its roll is unknown; its labels at pitch +-90 are
# degenerate and left out.
data_root = '{{$BERNOULLI_DATA_ROOT:data}}/pointing04'
dataset = dict(
    type='HeadPoseTableDataset',
    data_root=data_root,
    ann_file='annotations.csv',
    dataset_name='pointing04',
    max_abs_angle=(89, None, None),
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
