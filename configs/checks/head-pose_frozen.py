# Head pose beside a frozen body, to compare with head-pose_joint.py.
_base_ = [
    '../_base_/models/hrnet_of_heads.py',
    '../_base_/head_pose_beside_body.py', 'mmpose::_base_/default_runtime.py'
]

custom_imports = dict(imports=['bernoulli_mmpose'])
model = dict(head_pose=_base_.head_pose)
train_dataloader = _base_.head_train_dataloader
val_dataloader = _base_.head_test_dataloader
val_dataloader['dataset']['pipeline'] = [
    dict(type='GetBBoxCenterScale'),
    dict(type='TopdownAffine', input_size=_base_.head_codec['input_size']),
    dict(type='PackPoseInputs')
]
test_dataloader = val_dataloader
val_evaluator = _base_.head_evaluator
test_evaluator = val_evaluator
optim_wrapper = _base_.head_optim_wrapper
default_hooks = _base_.head_hooks
log_processor = dict(by_epoch=False)
train_cfg = dict(
    _delete_=True, type='IterBasedTrainLoop', max_iters=2000, val_interval=2000)
param_scheduler = _base_.head_scheduler
param_scheduler[1]['T_max'] = 2000
default_hooks['checkpoint']['interval'] = 250
randomness = dict(seed=0)
