# COCO-WholeBody's 133 keypoints and heads: coco_head_pose.py's files and images.
_base_ = 'coco_head_pose.py'

train_dataloader = dict(dataset=dict(type='CocoWholeBodyHeadPoseDataset'))
val_dataloader = dict(dataset=dict(type='CocoWholeBodyHeadPoseDataset'))
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='BodyPartMetric', metric=dict(type='CocoWholeBodyMetric')),
    dict(type='HeadPoseMetric')
]
test_evaluator = val_evaluator
