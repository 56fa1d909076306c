# head_pose_mix.py with rendered people from all sides, also from behind, as
# full_turn.py has them; the real sets are tested within their range, too.
_base_ = 'head_pose_mix.py'

load = _base_.load

train_dataloader = _base_.train_dataloader
train_dataloader.sampler.source_ratio = [0.15, 0.2, 0.25, 0.1, 0.3]
train_dataloader.dataset.datasets.append(
    dict(**_base_.full_turn, pipeline=load))
val_dataloader = _base_.val_dataloader
val_dataloader.dataset.datasets.append(
    dict(**_base_.full_turn_test, pipeline=load))
test_dataloader = val_dataloader
