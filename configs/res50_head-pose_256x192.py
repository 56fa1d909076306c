# Head pose beside MMPose's SimpleBaseline with ResNet-50.
_base_ = [
    'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192.py',
    '_base_/head_pose_beside_body.py'
]
custom_imports = dict(imports=['bernoulli_mmpose'])
load_from = 'https://download.openmmlab.com/mmpose/v1/body_2d_keypoint/topdown_heatmap/coco/td-hm_res50_8xb64-210e_coco-256x192-04af38ce_20220923.pth'

model = dict(
    type='TopdownWithHeadPose',
    head_pose=_base_.head_pose,
    features=['backbone.layer2', 'backbone.layer3', 'backbone.layer4'],
    test_cfg=dict(axis_tip_share=0.12))
train_dataloader = dict(_delete_=True, **_base_.head_train_dataloader)
val_dataloader = dict(_delete_=True, **_base_.head_test_dataloader)
val_dataloader['dataset']['pipeline'] = _base_.val_pipeline
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, **_base_.head_evaluator)
test_evaluator = val_evaluator
train_cfg = dict(_delete_=True, **_base_.head_train_cfg)
optim_wrapper = dict(_delete_=True, **_base_.head_optim_wrapper)
param_scheduler = _base_.head_scheduler
custom_hooks = [dict(type='SyncBuffersHook')]
default_hooks = _base_.head_hooks
log_processor = dict(by_epoch=False)
