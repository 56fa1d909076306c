# Every head of a picture in one pass, without a detector (docs/model_card.md). Begins
# with the backbone of head-pose-fast.
_base_ = [
    '_base_/models/bernoulli_hrnet_multiscale.py',
    '_base_/datasets/heads_wild.py', '_base_/schedules/cosine_20k.py'
]

data_mode = 'bottomup'
model = dict(
    type='BottomupHeadPoseEstimator',
    backbone=dict(
        arch='w18_small_v1',
        init_cfg=dict(
            type='Pretrained',
            prefix='backbone.',
            checkpoint='bernoulli_mmpose://rotation_hrnet-small_head')),
    head=dict(
        _delete_=True,
        type='MultiBernoulliHead',
        in_channels=240,
        decoder=_base_.codec,
        keypoint_loss=dict(
            type='KeypointMSELoss', use_target_weight=True, loss_weight=20.0),
        angle_loss=dict(
            type='BernoulliLoss',
            kind='smooth_l1',
            beta=0.05,
            background_weight=0.1)),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(_delete_=True, flip_test=False, axis_tip_share=0.6))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
