# Labels, losses and decode of body and head together: a model that learns a few images
# by heart. data/coco holds the images beside each other, data/made/coco_head_pose.json
# their annotations with head poses (tools/landmarks_to_head_pose.py).
_base_ = '../bernoulli_hrnet-small_coco-head_256x192.py'

train_pipeline = _base_.val_pipeline[:-1] + [
    dict(type='GenerateTarget', encoder=_base_.codec),
    dict(type='PackPoseInputs')
]
images = dict(
    ann_file='{{$BERNOULLI_MADE_ROOT:data/made}}/coco_head_pose.json',
    data_prefix=dict(img=''))
train_dataloader = dict(
    batch_size=16, dataset=dict(**images, pipeline=train_pipeline))
val_dataloader = dict(dataset=images)
test_dataloader = val_dataloader

train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=1000, val_interval=250)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=1000, eta_min=0, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1000))
log_processor = dict(by_epoch=False)
