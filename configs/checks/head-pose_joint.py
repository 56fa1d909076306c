# head-pose_frozen.py with the body trained along, on a few COCO images
# (data/made/coco_head_pose.json of tools/landmarks_to_head_pose.py).
_base_ = 'head-pose_frozen.py'

model = dict(training_mode='joint')
train_dataloader = _base_.train_dataloader
train_dataloader['dataset']['pipeline'][-2]['encoder']['body'] = dict(
    type='MSRAHeatmap', input_size=(192, 256), heatmap_size=(48, 64), sigma=2)
coco = dict(
    type='CocoHeadPoseDataset',
    data_root=_base_.head_root + '/coco',
    ann_file='{{$BERNOULLI_MADE_ROOT:data/made}}/coco_head_pose.json',
    data_prefix=dict(img=''),
    pipeline=[dict(type='LoadImage'), dict(type='GetBBoxCenterScale')])
train_dataloader['dataset']['datasets'].append(coco)
train_dataloader['sampler']['source_ratio'] = [0.4, 0.45, 0.15]
