# The leaf adds the decoder: model = dict(head=dict(decoder=_base_.codec))
model = dict(
    type='TopdownHeadPoseEstimator',
    data_preprocessor=dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True),
    backbone=dict(type='ChannelwiseHRNet', arch='w32', in_channels=3),
    head=dict(
        type='BernoulliHead',
        in_channels=32,
        num_keypoints=1,
        keypoint_loss=dict(type='KeypointMSELoss', use_target_weight=True),
        angle_loss=dict(type='BernoulliLoss', kind='smooth_l1'),
        decoded_loss=dict(type='L1Loss', use_target_weight=True)),
    test_cfg=dict(
        flip_test=True,
        flip_mode='heatmap',
        shift_heatmap=True,
        axis_tip_share=0.4))
