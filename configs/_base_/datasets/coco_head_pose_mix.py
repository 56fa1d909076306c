# Bodies of COCO and heads of head-pose sets in one training. Each sample counts in
# the losses that it has labels for.
_base_ = ['head_tables.py', '../inputs/head_crop.py']

coco = dict(type='CocoHeadPoseDataset', data_root=_base_.data_root + '/coco')
genki4k = dict(_base_.genki4k, pitch_zero=6.0)

load_test_heads = _base_.load + [
    dict(type='GetBBoxCenterScale', padding=2.4)
]

# The share of each set in a batch.
train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='SourceRatioSampler',
        batch_size=64,
        source_ratio=[0.5, 0.2, 0.3]),
    dataset=dict(
        type='CombinedHeadPoseDataset',
        keypoints_of='CocoHeadPoseDataset',
        datasets=[
            dict(
                **coco,
                ann_file='annotations/coco_wholebody_train_v1.0_head_pose.json',
                data_prefix=dict(img='train2017/'),
                pipeline=_base_.load),
            dict(**_base_.pointing04, split='train', pipeline=_base_.head_crop),
            dict(**genki4k, split='train', pipeline=_base_.head_crop)
        ]))
val_dataloader = dict(
    dataset=dict(
        type='CombinedHeadPoseDataset',
        keypoints_of='CocoHeadPoseDataset',
        test_mode=True,
        datasets=[
            dict(
                **coco,
                ann_file='annotations/coco_wholebody_val_v1.0_head_pose.json',
                data_prefix=dict(img='val2017/'),
                test_mode=True,
                pipeline=_base_.load),
            dict(
                **_base_.pointing04,
                split='test',
                test_mode=True,
                pipeline=load_test_heads),
            dict(
                **genki4k,
                split='test',
                test_mode=True,
                pipeline=load_test_heads)
        ]))
test_dataloader = val_dataloader

val_evaluator = [
    dict(
        type='BodyPartMetric',
        metric=dict(type='CocoMetric'),
        datasets=['coco_head_pose']),
    dict(type='HeadPoseMetric', by_dataset=True)
]
test_evaluator = val_evaluator
