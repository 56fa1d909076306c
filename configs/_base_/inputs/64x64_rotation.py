# As 64x64_radius5.py, with maps that hold a rotation; for models/*_rotation.py.
_base_ = '64x64.py'

codec = dict(
    _delete_=True,
    type='RotationHeatmap',
    input_size=(64, 64),
    heatmap_size=(16, 16),
    radius=5)
train_pipeline = _base_.train_pipeline
train_pipeline[4]['turn_without_roll'] = True
train_pipeline[-2]['encoder'] = {
    k: v
    for k, v in codec.items() if k != '_delete_'
}
