# From scratch on many data sets together: cosine_60e.py in a third of the epochs.
_base_ = 'cosine_60e.py'

train_cfg = dict(max_epochs=20)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=20)
