# COCO-WholeBody's 133 keypoints and heads. The files are its own with head poses
# (tools/landmarks_to_head_pose.py). Tested on labelled boxes: a detector's have no
# head labels to compare with (bbox_file gives the body's AP on them).
_base_ = 'loaders.py'

dataset = dict(
    type='CocoWholeBodyHeadPoseDataset',
    data_root='{{$BERNOULLI_DATA_ROOT:data}}/coco')

train_dataloader = dict(
    dataset=dict(
        **dataset,
        ann_file='annotations/coco_wholebody_train_v1.0_head_pose.json',
        data_prefix=dict(img='train2017/')))
val_dataloader = dict(
    dataset=dict(
        **dataset,
        ann_file='annotations/coco_wholebody_val_v1.0_head_pose.json',
        data_prefix=dict(img='val2017/'),
        test_mode=True))
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='BodyPartMetric', metric=dict(type='CocoWholeBodyMetric')),
    dict(type='HeadPoseMetric')
]
test_evaluator = val_evaluator
