# Scenes of 1 to 16 heads: training of the training people of head_pose_mix.py (half of
# the scenes mosaics of their photographs), testing of Pointing'04's and GENKI-4K's test
# people.
_base_ = 'head_pose_mix.py'

mix = _base_.train_dataloader.dataset.datasets
test_mix = _base_.val_dataloader.dataset.datasets
scenes = dict(type='HeadSceneDataset', scene_size=(256, 256), heads=(1, 16))

train_dataloader = dict(
    batch_size=16,
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True),
    dataset=dict(
        _delete_=True,
        **scenes,
        length=4000,
        head_sizes=(16, 112),
        mosaic_share=0.5,
        source_ratio=[0.2, 0.3, 0.35, 0.15],
        datasets=mix))
val_dataloader = dict(
    batch_size=16,
    dataset=dict(
        _delete_=True,
        **scenes,
        length=300,
        test_mode=True,
        source_ratio=[0.5, 0.5],
        datasets=test_mix[:2]))
test_dataloader = val_dataloader

val_evaluator = dict(
    _delete_=True, type='HeadDetectionMetric', score_threshold=0.3)
test_evaluator = val_evaluator
