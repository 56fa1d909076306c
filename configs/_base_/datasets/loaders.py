# Without persistent_workers, which torch refuses to who sets num_workers=0 alone.
train_dataloader = dict(
    batch_size=64,
    num_workers=2,
    collate_fn=dict(type='stacked_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True))
val_dataloader = dict(
    batch_size=64,
    num_workers=2,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False))
test_dataloader = val_dataloader

val_evaluator = dict(type='HeadPoseMetric')
test_evaluator = val_evaluator
