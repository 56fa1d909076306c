# The heads of coco-head_joint.py alone: same network, iterations and batch.
_base_ = 'coco-head_joint.py'

train_dataloader = dict(
    sampler=dict(source_ratio=[0.47, 0.53]),
    dataset=dict(datasets=_base_.train_sets[1:]))
