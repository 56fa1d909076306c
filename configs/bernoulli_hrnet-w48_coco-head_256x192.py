# COCO's 17 keypoints and head pose, from ImageNet's HRNet-W48.
_base_ = 'bernoulli_hrnet-w32_coco-head_256x192.py'

model = dict(
    backbone=dict(
        arch='w48',
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmpose/'
            'pretrain_models/hrnet_w48-8ef0771d.pth')),
    head=dict(in_channels=48))
