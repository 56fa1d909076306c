# Learnt only from what may be used for any purpose: Pointing'04, rendered people, and
# pictures of crowds without their heads.
_base_ = '../rotation_hrnet-small_head.py'

train_dataloader = _base_.train_dataloader
train_dataloader.sampler.source_ratio = [0.3, 0.64, 0.06]
train_dataloader.dataset.datasets = [
    train_dataloader.dataset.datasets[0],
    dict(**_base_.full_turn, pipeline=_base_.covered), _base_.headless
]
val_dataloader = _base_.val_dataloader
val_dataloader.dataset.datasets = [_base_.rendered_test, _base_.headless_test]
train_cfg = dict(max_iters=4000)
param_scheduler = _base_.param_scheduler
param_scheduler[1].T_max = 4000
