default_scope = 'mmpose'
# What MMPose's inferencers ask for: crops of boxes, and a detector by data set.
data_mode = 'topdown'
dataset_type = 'HeadPoseTableDataset'
custom_imports = dict(imports=['bernoulli_mmpose'], allow_failed_imports=False)

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='CheckpointHook',
        interval=1,
        max_keep_ckpts=2,
        backend_args=dict(backend='whole_file'),
        save_best='head_pose/mae',
        rule='less'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    report=dict(type='TrainingReportHook'),
    visualization=dict(type='PoseVisualizationHook', enable=False))
custom_hooks = [dict(type='SyncBuffersHook')]

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'))

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(
    type='HeadPoseVisualizer', vis_backends=vis_backends, name='visualizer')

log_processor = dict(
    type='LogProcessor', window_size=50, by_epoch=True, num_digits=6)
log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0)

val_cfg = dict()
test_cfg = dict()
