# head_pose_mix.py with rendered people from all sides, also from behind, as
# full_turn.py has them; the real sets are tested within their range, too.
_base_ = 'head_pose_mix.py'

load = _base_.load
full_turn = dict(
    **_base_.table,
    data_root=_base_.made_root + '/full_turn',
    dataset_name='full_turn',
    pipeline=load)
full_turn_test = dict(
    **_base_.table,
    data_root=_base_.made_root + '/full_turn_test',
    dataset_name='full_turn_test',
    test_mode=True,
    pipeline=load)

train_dataloader = _base_.train_dataloader
train_dataloader.sampler.source_ratio = [0.15, 0.2, 0.25, 0.1, 0.3]
train_dataloader.dataset.datasets.append(full_turn)
val_dataloader = _base_.val_dataloader
val_dataloader.dataset.datasets.append(full_turn_test)
test_dataloader = val_dataloader
