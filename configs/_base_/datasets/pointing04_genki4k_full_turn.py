# Pointing'04, GENKI-4K and rendered people from all sides, also from behind, as
# full_turn.py has them. Pitch is that of 300W-LP.
_base_ = 'pointing04_genki4k.py'

load = _base_.load
genki4k = dict(_base_.genki4k, pitch_zero=6.0)

train_dataloader = dict(
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='train', pipeline=load),
        dict(**genki4k, split='train', pipeline=load),
            dict(**_base_.full_turn, pipeline=load)
    ]))
val_dataloader = dict(
    dataset=dict(datasets=[
        dict(**_base_.pointing04, split='test', test_mode=True, pipeline=load),
        dict(**genki4k, split='test', test_mode=True, pipeline=load),
        dict(**_base_.full_turn_test, pipeline=load)
    ]))
test_dataloader = val_dataloader
