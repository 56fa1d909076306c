# COCO-WholeBody's 133 keypoints and head pose, from ImageNet's HRNet-W32.
_base_ = [
    '_base_/models/bernoulli_hrnet_body.py', '_base_/inputs/body_256x192.py',
    '_base_/datasets/coco_wholebody_head_pose.py', '_base_/schedules/adam_210e.py',
    '_base_/coco_wholebody_runtime.py'
]

model = dict(
    backbone=dict(
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmpose/'
            'pretrain_models/hrnet_w32-36af842e.pth')),
    head=dict(num_keypoints=134, decoder=_base_.codec))
train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = val_dataloader
