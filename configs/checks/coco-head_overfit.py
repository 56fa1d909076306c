# Labels, losses and decode together: a few images learned by heart. data/coco holds
# them, data/made/coco_head_pose.json their labels (tools/landmarks_to_head_pose.py).
_base_ = '../bernoulli_hrnet-small_coco-head_256x192.py'

# Quarters of a heatmap's pixel would cost 0.05 of the body's average precision.
codec = dict(_base_.codec, unbiased=True)
train_pipeline = _base_.val_pipeline[:-1] + [
    dict(type='GenerateTarget', encoder=codec),
    dict(type='PackPoseInputs')
]
images = dict(
    ann_file='{{$BERNOULLI_MADE_ROOT:data/made}}/coco_head_pose.json',
    data_prefix=dict(img=''))
# A loop over epochs of one batch would wait two seconds at the end of each.
train_dataloader = dict(
    batch_size=16,
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(**images, pipeline=train_pipeline))
val_dataloader = dict(dataset=images)
test_dataloader = val_dataloader

model = dict(
    head=dict(decoder=codec), train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(flip_test=False))
train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=1000, val_interval=250)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [dict(type='CosineAnnealingLR', T_max=1000, by_epoch=False)]
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
log_processor = dict(by_epoch=False)
