# Hu et al.: Adam, 0.001 halved at epochs 15 and 30. Batch size and number of
# epochs are not stated.
train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=1)
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [
    dict(type='MultiStepLR', milestones=[15, 30], gamma=0.5, by_epoch=True)
]
auto_scale_lr = dict(base_batch_size=64)
