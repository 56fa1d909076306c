# Body and head: 17 keypoints and the head centre. A person's box is given, of which a
# head is a small part. At their own weights of 1 the losses of the angles would reach
# the backbone with a gradient 200 times that of the keypoints (measured on COCO crops
# in the first 25 iterations); with these, the two are about equal.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    head=dict(
        num_keypoints=18,
        angle_loss=dict(loss_weight=0.005),
        decoded_loss=dict(loss_weight=0.005)),
    test_cfg=dict(axis_tip_share=0.12))
