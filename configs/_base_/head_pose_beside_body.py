# Head pose beside any top-down model of MMPose: what a config of yours adds to its own
# (docs/add_head_pose.md). Only names that MMPose's configs do not have. People at
# 256x192 (height x width), 64x48 maps; the data are Pointing'04 and GENKI-4K.
_base_ = 'inputs/head_crop.py'

head_codec = dict(
    type='RotationHeatmap',
    input_size=(192, 256),
    heatmap_size=(48, 64),
    radius=4)
head_pose = dict(
    type='BernoulliRotationHead',
    decoder=head_codec,
    keypoint_loss=dict(
        type='KeypointMSELoss', use_target_weight=True, loss_weight=10.0),
    angle_loss=dict(type='BernoulliLoss', kind='smooth_l1', beta=0.2),
    deviation_loss=dict(type='DeviationLoss', loss_weight=0.5))

head_train_pipeline = [
    dict(type='RandomFlip', direction='horizontal'),
    dict(
        type='RandomBBoxTransform',
        shift_prob=0,
        scale_factor=(0.8, 1.25),
        rotate_factor=60,
        rotate_prob=0.5),
    dict(type='TransformHeadRotation', turn_without_roll=True),
    dict(type='TopdownAffine', input_size=head_codec['input_size']),
    dict(type='PhotometricDistortion'),
    dict(
        type='GenerateTarget',
        encoder=dict(type='BodyAndHead', head=head_codec)),
    dict(type='PackPoseInputs')
]
# What comes before the body's own pipeline of a test, which enlarges boxes by 1.25: so
# that faces are of their middle size.
head_test_crop = [
    dict(type='LoadImage'),
    dict(type='GetBBoxCenterScale', padding=1.92)
]

head_root = '{{$BERNOULLI_DATA_ROOT:data}}'
head_table = dict(
    type='HeadPoseTableDataset', ann_file='annotations.csv', margin=0.4)
# The zero of pitch differs between the two by 6 degrees.
head_tables = [
    dict(
        **head_table,
        data_root=head_root + '/pointing04',
        dataset_name='pointing04',
        max_abs_angle=(89, None, None)),
    dict(
        **head_table,
        data_root=head_root + '/genki4k',
        dataset_name='genki4k',
        pitch_zero=6.0)
]
head_train_sets = [
    dict(head_tables[0], split='train', pipeline=_base_.head_crop),
    dict(head_tables[1], split='train', pipeline=_base_.head_crop)
]
head_test_sets = [
    dict(head_tables[0], split='test', test_mode=True, pipeline=head_test_crop),
    dict(head_tables[1], split='test', test_mode=True, pipeline=head_test_crop)
]
# keypoints_of: the data set that the body was trained on. The pipeline of the test is
# the body's own, since it is that of all use: the config adds it.
head_train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    collate_fn=dict(type='stacked_collate'),
    sampler=dict(
        type='SourceRatioSampler', batch_size=32, source_ratio=[0.5, 0.5]),
    dataset=dict(
        type='CombinedHeadPoseDataset',
        keypoints_of='CocoDataset',
        datasets=head_train_sets,
        pipeline=head_train_pipeline))
head_test_dataloader = dict(
    batch_size=64,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='CombinedHeadPoseDataset',
        keypoints_of='CocoDataset',
        test_mode=True,
        datasets=head_test_sets))
head_evaluator = dict(type='HeadPoseMetric', by_dataset=True)

head_iters = 5000
head_train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=head_iters, val_interval=1000)
head_optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-4),
    clip_grad=dict(max_norm=5))
head_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=200, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=head_iters, by_epoch=False)
]
head_hooks = dict(
    checkpoint=dict(
        by_epoch=False,
        interval=1000,
        backend_args=dict(backend='whole_file'),
        save_best='head_pose/mae',
        rule='less'),
    report=dict(type='TrainingReportHook'))
