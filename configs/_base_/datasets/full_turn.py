# Rendered people from all sides, also from behind, written by
# tools/make_heads.py render --full-turn; those of the test have another seed.
_base_ = 'head_tables.py'

made_root = '{{$BERNOULLI_MADE_ROOT:data/made}}'
load = _base_.load
full_turn = dict(
    **_base_.table,
    data_root=made_root + '/full_turn',
    dataset_name='full_turn')
full_turn_test = dict(
    **_base_.table,
    data_root=made_root + '/full_turn_test',
    dataset_name='full_turn_test',
    test_mode=True)

train_dataloader = dict(dataset=full_turn)
val_dataloader = dict(dataset=full_turn_test)
test_dataloader = val_dataloader
