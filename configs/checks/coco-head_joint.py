# Bodies of a few COCO images and the head-pose sets in one training of the small
# network, for comparison with coco-head_heads-only.py. Both begin with the
# backbone of head-pose-fast.
_base_ = [
    '../_base_/models/bernoulli_hrnet_body.py',
    '../_base_/inputs/body_128x96.py', '../_base_/coco_runtime.py',
    '../_base_/datasets/coco_images_head_pose_mix.py',
    '../_base_/schedules/cosine_20e.py'
]

model = dict(
    backbone=dict(
        arch='w18_small_v1',
        init_cfg=dict(
            type='Pretrained',
            prefix='backbone.',
            checkpoint='bernoulli_mmpose://rotation_hrnet-small_head')),
    head=dict(in_channels=16, decoder=_base_.codec),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(flip_test=False))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=10)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=100, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=10, convert_to_iter_based=True)
]
