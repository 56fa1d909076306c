_base_ = 'default_runtime.py'

# MMPose's inferencers take its detector of people by this name.
dataset_type = 'CocoWholeBodyDataset'
# A head's axes over a person's box.
visualizer = dict(axis_share=0.12)
default_hooks = dict(
    checkpoint=dict(save_best='coco-wholebody/AP', rule='greater'))
