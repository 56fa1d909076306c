# Real images: Pointing'04 by person and GENKI-4K (its own random split).
_base_ = 'head_tables.py'

load = _base_.load
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
            dict(**_base_.pointing04, split='train', pipeline=load),
            dict(**_base_.genki4k, split='train', pipeline=load)
        ]))
val_dataloader = dict(
    dataset=dict(
        **combined,
        test_mode=True,
        datasets=[
            dict(**_base_.pointing04, split='test', test_mode=True, pipeline=load),
            dict(**_base_.genki4k, split='test', test_mode=True, pipeline=load)
        ]))
test_dataloader = val_dataloader

val_evaluator = dict(by_dataset=True)
test_evaluator = val_evaluator
