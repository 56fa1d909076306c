# The shipped model's data: real images (Pointing'04 by person, GENKI-4K's train
# split), GENKI-4K's train faces turned in 3D, and rendered heads. The made sets are
# written by tools/make_heads.py. Pitch is that of 300W-LP: see the model card.
_base_ = 'loaders.py'

data_root = '{{$BERNOULLI_DATA_ROOT:data}}'
made_root = '{{$BERNOULLI_MADE_ROOT:data/made}}'

table = dict(
    type='HeadPoseTableDataset', ann_file='annotations.csv', margin=0.4)
pointing04 = dict(
    **table,
    data_root=data_root + '/pointing04',
    dataset_name='pointing04',
    max_abs_angle=(89, None, None))
genki4k = dict(
    **table,
    data_root=data_root + '/genki4k',
    dataset_name='genki4k',
    pitch_zero=6.0)
profiled = dict(
    **table,
    data_root=made_root + '/genki4k_profiled',
    dataset_name='genki4k_profiled')
rendered = dict(
    **table,
    data_root=made_root + '/ict_rendered',
    dataset_name='ict_rendered')
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

# The share of each set in a batch.
train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='SourceRatioSampler',
        batch_size=64,
        source_ratio=[0.2, 0.25, 0.4, 0.15]),
    dataset=dict(
        **combined,
        datasets=[
            dict(**pointing04, split='train', pipeline=load),
            dict(**genki4k, split='train', pipeline=load),
            dict(**profiled, pipeline=load),
            dict(**rendered, pipeline=load)
        ]))
val_dataloader = dict(
    dataset=dict(
        **combined,
        test_mode=True,
        datasets=[
            dict(**pointing04, split='test', test_mode=True, pipeline=load),
            dict(**genki4k, split='test', test_mode=True, pipeline=load),
            dict(
                type='AFLW2000Dataset',
                data_root=data_root + '/aflw2000',
                test_mode=True,
                pipeline=load)
        ]))
test_dataloader = val_dataloader

val_evaluator = dict(by_dataset=True)
test_evaluator = val_evaluator
