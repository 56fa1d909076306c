# COCO-WholeBody's 133 keypoints and head pose, from ImageNet's HRNet-W32.
_base_ = 'bernoulli_hrnet-w32_coco-head_256x192.py'

model = dict(head=dict(num_keypoints=134))
train_dataloader = dict(dataset=dict(type='CocoWholeBodyHeadPoseDataset'))
val_dataloader = dict(dataset=dict(type='CocoWholeBodyHeadPoseDataset'))
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='BodyPartMetric', metric=dict(type='CocoWholeBodyMetric')),
    dict(type='HeadPoseMetric')
]
test_evaluator = val_evaluator
# MMPose's inferencers take its detector of people by this name.
dataset_type = 'CocoWholeBodyDataset'
default_hooks = dict(checkpoint=dict(save_best='coco-wholebody/AP'))
