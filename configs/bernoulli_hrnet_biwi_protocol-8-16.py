# BIWI, 8 sequences for training and 16 for testing, by person.
_base_ = 'bernoulli_hrnet_biwi.py'

train_dataloader = dict(dataset=dict(protocol='8/16'))
val_dataloader = dict(dataset=dict(protocol='8/16'))
test_dataloader = val_dataloader
