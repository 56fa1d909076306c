# From scratch on one or two data sets: AdamW, 0.001 decayed to 0 by a cosine.
train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=5)
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=5))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        end=200,
        by_epoch=False),
    dict(
        type='CosineAnnealingLR',
        T_max=60,
        eta_min=0,
        by_epoch=True,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(base_batch_size=64)
