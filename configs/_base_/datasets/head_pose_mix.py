# What scenes of many heads are composed of: real images (Pointing'04 by person,
# GENKI-4K's train split), GENKI-4K's train faces turned in 3D, and rendered heads. Pitch
# is that of 300W-LP: see the model card. The made sets are written by
# tools/make_heads.py profile MODEL genki4k_profiled GENKI4K_CSV --count 8, and by
# tools/make_heads.py render MODEL ict_rendered --count 6000.
_base_ = 'pointing04_genki4k.py'

load = _base_.load
genki4k = dict(_base_.genki4k, pitch_zero=6.0)
profiled = dict(
    _base_.table,
    data_root=_base_.made_root + '/genki4k_profiled',
    dataset_name='genki4k_profiled')
rendered = dict(
    _base_.table,
    data_root=_base_.made_root + '/ict_rendered',
    dataset_name='ict_rendered')

# The share of each set in a batch.
train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='SourceRatioSampler',
        batch_size=64,
        source_ratio=[0.2, 0.25, 0.4, 0.15]),
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='train', pipeline=load),
        dict(**genki4k, split='train', pipeline=load),
        dict(**profiled, pipeline=load),
        dict(**rendered, pipeline=load)
    ]))
val_dataloader = dict(
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='test', test_mode=True, pipeline=load),
        dict(**genki4k, split='test', test_mode=True, pipeline=load),
        dict(
            type='AFLW2000Dataset',
            data_root=_base_.data_root + '/aflw2000',
            test_mode=True,
            pipeline=load)
    ]))
test_dataloader = val_dataloader
