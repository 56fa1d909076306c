# The model that is taken where none is named (docs/model_card.md): larger crops, losses
# that weigh small errors more, and every box moved, as detectors do not agree.
_base_ = 'rotation_hrnet-small_head.py'
load_from = 'bernoulli_mmpose://rotation_hrnet-small_head'
codec = dict(input_size=(96, 96), heatmap_size=(24, 24), radius=6)
cut = dict(type='TopdownAffine', input_size=codec['input_size'])
moved = dict(shift_factor=0.2, shift_prob=1.0, scale_factor=(0.7, 1.4))
train_pipeline = _base_.train_pipeline
train_pipeline[3].transforms = [[dict(step, **moved)]
                                for (step, ) in train_pipeline[3].transforms]
train_pipeline[5] = cut
train_pipeline[-2]['encoder'] = dict(_base_.codec, **codec)
val_pipeline = _base_.val_pipeline
val_pipeline[2] = cut
model = dict(
    head=dict(
        decoder=codec,
        angle_loss=dict(beta=0.02),
        rotation_loss=dict(type='GeodesicLoss', loss_weight=0.3)))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=val_pipeline))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
train_cfg = dict(max_iters=14000, val_interval=1000)
restarts = dict(periods=[5800, 8000], restart_weights=[1, 1], eta_min=0)
param_scheduler = _base_.param_scheduler
param_scheduler[1] = dict(
    type='CosineRestartLR', begin=200, by_epoch=False, **restarts)
custom_hooks = _base_.custom_hooks
custom_hooks[1].momentum = 0.001
