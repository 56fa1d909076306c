# Head pose beside MMPose's RTMPose-m (SimCC) of COCO-WholeBody's 133 keypoints.
_base_ = [
    'mmpose::wholebody_2d_keypoint/rtmpose/coco-wholebody/rtmpose-m_8xb64-270e_coco-wholebody-256x192.py',
    '_base_/head_pose_beside_body.py'
]
custom_imports = dict(imports=['bernoulli_mmpose'])
load_from = 'https://download.openmmlab.com/mmpose/v1/projects/rtmposev1/rtmpose-m_simcc-coco-wholebody_pt-aic-coco_270e-256x192-cd5e845c_20230123.pth'

model = dict(
    type='TopdownWithHeadPose',
    head_pose=_base_.head_pose,
    features=['backbone.stage2', 'backbone.stage3', 'backbone.stage4'],
    test_cfg=dict(axis_tip_share=0.12))
train_dataloader = dict(_delete_=True, **_base_.head_train_dataloader)
val_dataloader = dict(_delete_=True, **_base_.head_test_dataloader)
val_dataloader['dataset']['pipeline'] = _base_.val_pipeline
train_dataloader['dataset']['keypoints_of'] = 'CocoWholeBodyDataset'
val_dataloader['dataset']['keypoints_of'] = 'CocoWholeBodyDataset'
test_dataloader = val_dataloader
val_evaluator = dict(_delete_=True, **_base_.head_evaluator)
test_evaluator = val_evaluator
train_cfg = dict(_delete_=True, **_base_.head_train_cfg)
optim_wrapper = dict(_delete_=True, **_base_.head_optim_wrapper)
param_scheduler = _base_.head_scheduler
custom_hooks = [dict(type='SyncBuffersHook')]
default_hooks = _base_.head_hooks
log_processor = dict(by_epoch=False)
