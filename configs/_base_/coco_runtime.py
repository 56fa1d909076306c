_base_ = 'default_runtime.py'

# MMPose's inferencers take its detector of people by this name.
dataset_type = 'CocoDataset'
default_hooks = dict(checkpoint=dict(save_best='coco/AP', rule='greater'))
