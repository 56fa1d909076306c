# All heads of photographs: crowds, people from the web and the laboratory, and scenes
# of 1 to 24 heads made of single ones (some of them mosaics); tested also on scenes of
# Pointing'04's and GENKI-4K's test people. All boxes are of one kind, GENKI-4K's and the
# crowds': the box_scale of the others is by the sizes at which a model sees their heads.
_base_ = ['head_pose_wild_full_turn.py', '../inputs/whole_256x256.py']

photos = dict(type='TableHeadsDataset', ann_file='annotations.csv')
# Its angles are those of head-pose, by tools/label_heads.py CROWD_CSV MADE/crowd/annotations.csv;
# faces that it lacks are ignored in training: the same with --missing 0.5, with_missing.csv.
crowd = dict(
    **photos,
    data_root=_base_.made_root + '/crowd',
    dataset_name='crowd',
    test_period=2)
net = dict(
    **photos,
    data_root=_base_.wild_root + '/net',
    dataset_name='net',
    box_image_side=256,
    box_scale=1.12)
whole = [
    dict(crowd, ann_file='with_missing.csv', split='train'),
    dict(**net, split='train'),
    dict(
        **photos,
        data_root=_base_.data_root + '/genki4k',
        dataset_name='genki4k',
        pitch_zero=6.0,
        split='train'),
    dict(
        **photos,
        data_root=_base_.data_root + '/pointing04',
        dataset_name='pointing04',
        max_abs_angle=(89, None, None),
        split='train')
]
singles = [
    dict(part, box_scale=scale) for part, scale in zip(
        _base_.train_dataloader.dataset.datasets,
        (1.0, 1.0, 1.12, 1.0, 1.2, 1.08, 0.93, 1.0))
]
for part in singles[:-1]:
    part['pipeline'] = [
        *_base_.load,
        dict(
            type='FaceCovering',
            mask_prob=0.15,
            glasses_prob=0.15,
            hat_prob=0.3)
    ]

train_dataloader = dict(
    batch_size=16,
    sampler=dict(batch_size=16, source_ratio=[0.25, 0.19, 0.07, 0.07, 0.42]),
    dataset=dict(datasets=[
        *(dict(part, pipeline=_base_.zoom) for part in whole),
        dict(
            type='HeadSceneDataset',
            length=100000,
            scene_size=(256, 256),
            heads=(1, 24),
            head_sizes=(8, 160),
            mosaic_share=0.5,
            body_share=0.6,
            blank_share=0.3,
            drawn_share=0.4,
            things_share=0.6,
            source_ratio=[0.1, 0.12, 0.22, 0.1, 0.08, 0.08, 0.15, 0.15],
            datasets=singles,
            pipeline=_base_.flip)
    ]))
test_photos = [
    dict(**crowd, split='test', test_mode=True),
    dict(**net, split='test', test_mode=True)
]
val_dataloader = dict(batch_size=1, dataset=dict(datasets=test_photos))
test_dataloader = dict(
    batch_size=1,
    dataset=dict(datasets=[
        *test_photos,
        dict(
            type='HeadSceneDataset',
            length=300,
            test_mode=True,
            source_ratio=[0.5, 0.5],
            datasets=_base_.test_dataloader.dataset.datasets[:2])
    ]))
val_evaluator = dict(
    _delete_=True,
    type='HeadDetectionMetric',
    score_threshold=0.3,
    by_dataset=True)
test_evaluator = val_evaluator
