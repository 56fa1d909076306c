# What each source of the shipped model's data adds: short runs of equal budget
# (96,000 crops), which differ in their sources only. This one has all four.
_base_ = '../bernoulli_hrnet-small_head.py'

train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=1500, val_interval=1500)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=200, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=1500, eta_min=0, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=1500))
log_processor = dict(by_epoch=False)
