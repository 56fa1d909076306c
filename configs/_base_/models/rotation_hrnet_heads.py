# Every head of a picture from one network; see bernoulli_hrnet.py for the leaf's part.
_base_ = 'bernoulli_hrnet_multiscale.py'

model = dict(
    type='BottomupHeadPoseEstimator',
    head=dict(
        _delete_=True,
        type='MultiBernoulliHead',
        in_channels=240,
        keypoint_loss=dict(
            type='KeypointMSELoss', use_target_weight=True, loss_weight=20.0),
        angle_loss=dict(
            type='BernoulliLoss',
            kind='smooth_l1',
            beta=0.05,
            background_weight=0.1,
            loss_weight=3.0)),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(_delete_=True, flip_test=False, axis_tip_share=0.6))
