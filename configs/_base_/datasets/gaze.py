# A table of one's own with two columns more than pitch, yaw and roll.
_base_ = 'loaders.py'

value_names = ('gaze_pitch', 'gaze_yaw')
dataset = dict(
    type='HeadPoseTableDataset',
    data_root='{{$BERNOULLI_DATA_ROOT:data}}/gaze',
    ann_file='annotations.csv',
    value_columns=value_names,
    dataset_name='gaze',
    margin=0.4)

train_dataloader = dict(dataset=dict(**dataset, split='train'))
val_dataloader = dict(dataset=dict(**dataset, split='test', test_mode=True))
test_dataloader = val_dataloader
val_evaluator = dict(value_names=value_names)
test_evaluator = val_evaluator
