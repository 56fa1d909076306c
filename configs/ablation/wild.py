# What decided the recipe of heads in the wild: short runs (96,000 crops) of it and of
# each change, told apart by validation. This is the recipe.
_base_ = '../rotation_hrnet-small_head.py'

train_cfg = dict(max_iters=1500, val_interval=1500)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, end=200, by_epoch=False),
    dict(type='CosineAnnealingLR', T_max=1500, eta_min=0, by_epoch=False)
]
# No average of weights, whose span is longer than this run.
custom_hooks = [dict(type='SyncBuffersHook')]
