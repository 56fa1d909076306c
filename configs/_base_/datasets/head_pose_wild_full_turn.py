# head_pose_wild.py with rendered people from all sides, and pictures without a head. Of
# the real faces some wear a drawn mask or sunglasses. Validation is on what was kept
# apart of the sets in the wild and on other rendered people.
_base_ = ['head_pose_wild.py', 'headless.py']

load = _base_.load
rendered_test = dict(**_base_.full_turn_test, pipeline=load)

train_dataloader = _base_.train_dataloader
val_dataloader = _base_.val_dataloader
test_dataloader = _base_.test_dataloader
val_dataloader.dataset.datasets = [
    dict(face, split='test', test_mode=True)
    for face in train_dataloader.dataset.datasets[2:]
]
train_dataloader.dataset.datasets = [
    dict(face, pipeline=[*load, dict(type='FaceCovering')])
    for face in train_dataloader.dataset.datasets
]
train_dataloader.dataset.datasets += [
    dict(**_base_.full_turn, pipeline=load), _base_.headless
]
# The share of each set in a batch.
train_dataloader.sampler = dict(
    type='SourceRatioSampler',
    batch_size=64,
    source_ratio=[0.12, 0.12, 0.26, 0.1, 0.12, 0.1, 0.14, 0.04])
val_dataloader.dataset.datasets += [rendered_test, _base_.headless_test]
test_dataloader.dataset.datasets += [
    dict(
        type='AFLW2000Dataset',
        data_root=_base_.data_root + '/aflw2000',
        test_mode=True,
        pipeline=load), rendered_test, _base_.headless_test
]
