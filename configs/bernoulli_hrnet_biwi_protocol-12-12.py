# BIWI, 12 sequences for training and 12 for testing, by person.
_base_ = 'bernoulli_hrnet_biwi.py'

train_dataloader = dict(dataset=dict(protocol='12/12'))
val_dataloader = dict(dataset=dict(protocol='12/12'))
test_dataloader = val_dataloader
