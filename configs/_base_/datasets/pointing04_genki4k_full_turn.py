# Pointing'04, GENKI-4K and rendered people from all sides, also from behind, as
# full_turn.py has them. Pitch is that of 300W-LP.
_base_ = 'pointing04_genki4k.py'

load = _base_.load
made_root = '{{$BERNOULLI_MADE_ROOT:data/made}}'
genki4k = dict(_base_.genki4k, pitch_zero=6.0)
full_turn = dict(
    **_base_.table,
    data_root=made_root + '/full_turn',
    dataset_name='full_turn',
    pipeline=load)
full_turn_test = dict(
    **_base_.table,
    data_root=made_root + '/full_turn_test',
    dataset_name='full_turn_test',
    test_mode=True,
    pipeline=load)

train_dataloader = dict(
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='train', pipeline=load),
        dict(**genki4k, split='train', pipeline=load), full_turn
    ]))
val_dataloader = dict(
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='test', test_mode=True, pipeline=load),
        dict(**genki4k, split='test', test_mode=True, pipeline=load),
        full_turn_test
    ]))
test_dataloader = val_dataloader
