# A body's network whose features are those of the model heads, for configs/checks; its
# own head begins with random weights.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    type='TopdownWithHeadPose',
    backbone=dict(
        arch='w16_slim_stem',
        multiscale_output=True,
        init_cfg=dict(
            type='Pretrained',
            prefix='backbone.',
            checkpoint='bernoulli_mmpose://rotation_hrnet-small_heads')),
    neck=dict(type='FeatureMapProcessor', select_index=0),
    head=dict(
        _delete_=True,
        type='HeatmapHead',
        in_channels=16,
        out_channels=17,
        deconv_out_channels=None,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=dict(
            type='MSRAHeatmap',
            input_size=(192, 256),
            heatmap_size=(48, 64),
            sigma=2)),
    train_cfg=dict(autocast='bfloat16'),
    features=['backbone[0]', 'backbone[1]', 'backbone[2]', 'backbone[3]'],
    test_cfg=dict(flip_test=False, axis_tip_share=0.12))
