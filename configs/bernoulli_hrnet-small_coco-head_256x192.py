# COCO's 17 keypoints and head pose with a small, fast network, from scratch.
_base_ = 'bernoulli_hrnet-w32_coco-head_256x192.py'

model = dict(
    backbone=dict(arch='w18_small_v1', init_cfg=None),
    head=dict(in_channels=16))
