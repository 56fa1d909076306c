# The leaf adds the decoder: model = dict(head=dict(decoder=_base_.codec))
model = dict(
    type='BottomupHeadPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True),
    backbone=dict(type='ChannelwiseHRNet', arch='w18_small_v1', in_channels=3),
    head=dict(
        type='MultiBernoulliHead',
        in_channels=16,
        keypoint_loss=dict(
            type='KeypointMSELoss', use_target_weight=True, loss_weight=10.0),
        angle_loss=dict(
            type='BernoulliLoss', kind='smooth_l1', background_weight=0.1)),
    train_cfg=dict(autocast='bfloat16'),
    test_cfg=dict(flip_test=False, axis_tip_share=0.6))
