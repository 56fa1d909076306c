# bernoulli_hrnet-small_head_full-turn.py, which is also shown pictures without a head,
# so that their score is low. `tools/summarize.py` tells how low.
_base_ = [
    'bernoulli_hrnet-small_head_full-turn.py', '_base_/datasets/headless.py'
]

train_dataloader = _base_.train_dataloader
train_dataloader.sampler.source_ratio.append(0.1)
train_dataloader.dataset.datasets.append(_base_.headless)
val_dataloader = _base_.val_dataloader
val_dataloader.dataset.datasets.append(_base_.headless_test)
test_dataloader = val_dataloader
