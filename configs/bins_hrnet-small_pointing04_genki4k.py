# Bins of 3 degrees with soft labels, read by expectation (after Hopenet); hard labels
# are head=dict(label_std=0).
_base_ = 'regression_hrnet-small_pointing04_genki4k.py'

model = dict(head=dict(type='AngleBinsHead', label_std=3.0))
