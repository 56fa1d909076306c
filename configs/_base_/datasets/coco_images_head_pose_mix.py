# coco_head_pose_mix.py with a few COCO images in the place of COCO: data/coco holds
# them beside each other, data/made/coco_head_pose.json their annotations with head
# poses (tools/landmarks_to_head_pose.py). They are trained on and tested on.
_base_ = 'coco_head_pose_mix.py'

images = dict(
    ann_file='{{$BERNOULLI_MADE_ROOT:data/made}}/coco_head_pose.json',
    data_prefix=dict(img=''))
train_sets = _base_.train_dataloader.dataset.datasets
test_sets = _base_.val_dataloader.dataset.datasets
train_sets[0].update(images)
test_sets[0].update(images)

train_dataloader = dict(
    batch_size=32,
    sampler=dict(batch_size=32, source_ratio=[0.15, 0.4, 0.45]),
    dataset=dict(datasets=train_sets))
val_dataloader = dict(dataset=dict(datasets=test_sets))
test_dataloader = val_dataloader
