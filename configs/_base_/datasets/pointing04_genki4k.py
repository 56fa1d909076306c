# Real images. Pointing'04 by person (its roll is unknown, its labels at pitch
# +-90 are degenerate and left out) and GENKI-4K (its own random split).
_base_ = 'loaders.py'

data_root = '{{$BERNOULLI_DATA_ROOT:data}}'

pointing04 = dict(
    type='HeadPoseTableDataset',
    data_root=data_root + '/pointing04',
    ann_file='annotations.csv',
    dataset_name='pointing04',
    max_abs_angle=(89, None, None),
    margin=0.4)
genki4k = dict(
    type='HeadPoseTableDataset',
    data_root=data_root + '/genki4k',
    ann_file='annotations.csv',
    dataset_name='genki4k',
    margin=0.4)
# Loaded here, where an unreadable image is skipped; the pipeline keeps it.
load = [dict(type='LoadImage')]
combined = dict(
    type='CombinedDataset',
    metainfo=dict(
        dataset_name='head_pose',
        keypoint_info={
            0: dict(name='head_center', id=0, type='upper', swap='')
        },
        skeleton_info={},
        joint_weights=[1.0],
        sigmas=[0.05]))

train_dataloader = dict(
    dataset=dict(
        **combined,
        datasets=[
            dict(**pointing04, split='train', pipeline=load),
            dict(**genki4k, split='train', pipeline=load)
        ]))
val_dataloader = dict(
    dataset=dict(
        **combined,
        test_mode=True,
        datasets=[
            dict(**pointing04, split='test', test_mode=True, pipeline=load),
            dict(**genki4k, split='test', test_mode=True, pipeline=load)
        ]))
test_dataloader = val_dataloader

val_evaluator = dict(by_dataset=True)
test_evaluator = val_evaluator
