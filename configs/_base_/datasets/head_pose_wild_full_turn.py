# head_pose_wild.py with faces turned in 3D, rendered people from all sides, and pictures
# without a head. Of the photographs some wear a drawn mask or sunglasses. Validation is
# on what was kept apart of the sets in the wild, and on others of the made ones.
_base_ = ['head_pose_wild.py', 'headless.py']

load = _base_.load
covered = [*load, dict(type='FaceCovering')]
rendered_test = dict(**_base_.full_turn_test, pipeline=load)

train_dataloader = _base_.train_dataloader
val_dataloader = _base_.val_dataloader
test_dataloader = _base_.test_dataloader
train_dataloader.dataset.datasets = [
    *(dict(face, pipeline=covered)
      for face in train_dataloader.dataset.datasets),
    dict(**_base_.profiled, pipeline=covered),
    dict(**_base_.full_turn, pipeline=load), _base_.headless
]
# The share of each set in a batch.
train_dataloader.sampler = dict(
    type='SourceRatioSampler',
    batch_size=64,
    source_ratio=[0.12, 0.12, 0.22, 0.1, 0.1, 0.08, 0.13, 0.09, 0.04])
val_dataloader.dataset.datasets = [
    *(dict(**source, split='test', test_mode=True, pipeline=load)
      for source in _base_.wild),
    dict(**_base_.profiled_test, pipeline=load), rendered_test,
    _base_.headless_test
]
test_dataloader.dataset.datasets += [
    dict(
        type='AFLW2000Dataset',
        data_root=_base_.data_root + '/aflw2000',
        test_mode=True,
        pipeline=load), rendered_test, _base_.headless_test
]
