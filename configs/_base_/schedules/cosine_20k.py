# From scratch on many data sets together, of which none ends an epoch: 20,000 batches,
# and the exponential average of the weights.
_base_ = ['cosine_60e.py', '../default_runtime.py']

train_cfg = dict(
    _delete_=True,
    type='IterBasedTrainLoop',
    max_iters=20000,
    val_interval=2000)
param_scheduler = _base_.param_scheduler
param_scheduler[1] = dict(
    type='CosineAnnealingLR', T_max=20000, eta_min=0, by_epoch=False)
custom_hooks = [
    dict(type='SyncBuffersHook'),
    dict(
        type='EMAHook',
        ema_type='ExpMomentumEMA',
        momentum=0.0005,
        update_buffers=True)
]
default_hooks = dict(
    checkpoint=dict(
        by_epoch=False, interval=500, max_keep_ckpts=2, save_best=None))
log_processor = dict(by_epoch=False)
