# Rendered people from all sides, see head_tables.py.
_base_ = 'head_tables.py'

train_dataloader = dict(dataset=_base_.full_turn)
val_dataloader = dict(dataset=_base_.full_turn_test)
test_dataloader = val_dataloader
