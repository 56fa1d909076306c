"""Labels of a body by its own codec and of a head by ours, side by side."""

import numpy as np
import pytest
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import KEYPOINT_CODECS, TRANSFORMS

HEAD = dict(
    type='RotationHeatmap', input_size=(192, 256), heatmap_size=(48, 64), radius=4
)
SIZES = dict(input_size=(192, 256), heatmap_size=(48, 64))
BODIES = {
    'MSRAHeatmap': dict(SIZES, sigma=2),
    'UDPHeatmap': dict(SIZES, sigma=2),
    'SimCCLabel': dict(input_size=(192, 256), sigma=6.0, simcc_split_ratio=2.0),
    'RegressionLabel': dict(input_size=(192, 256)),
    'IntegralRegressionLabel': dict(SIZES, sigma=2),
}


def record(body: int = 17) -> dict:
    """Of a crop of 192x256, with a body of some keypoints and a head."""
    rng = np.random.default_rng(0)
    return dict(
        img=np.zeros((256, 192, 3), np.uint8),
        img_shape=(256, 192),
        keypoints=rng.uniform(20, 170, (1, body + 1, 2)).astype(np.float32),
        keypoints_visible=np.ones((1, body + 1), np.float32),
        head_rotation=np.eye(3, dtype=np.float32)[None],
        head_angles=np.zeros((1, 3), np.float32),
        head_angles_valid=np.ones((1, 3), np.float32),
    )


def pack(encoder: dict, fields: dict):
    steps = dict(type='GenerateTarget', encoder=encoder), dict(type='PackPoseInputs')
    for step in steps:
        fields = TRANSFORMS.build(step)(dict(fields))
    return fields['data_samples']


@pytest.mark.parametrize('name', BODIES)
def test_each_part_gets_the_labels_of_its_own_codec(name):
    body = dict(type=name, **BODIES[name])
    both = pack(dict(type='BodyAndHead', body=body, head=HEAD), record())
    of_body = record()
    for key in ('keypoints', 'keypoints_visible'):
        of_body[key] = of_body[key][:, :17]
    of_head = record()
    for key in ('keypoints', 'keypoints_visible'):
        of_head[key] = of_head[key][:, 17:]
    expected = pack(body, of_body)
    labels = both.gt_instance_labels
    for key, value in expected.gt_instance_labels.items():
        assert (labels[key] == value).all(), key
    for key, value in expected.get('gt_fields', {}).items():
        assert (both.gt_fields.get(key) == value).all(), key
    head = pack(HEAD, of_head)
    for key, value in head.gt_instance_labels.items():
        assert (labels[f'head_pose_{key}'] == value).all(), key
    for key, value in head.gt_fields.items():
        assert (labels[f'head_pose_{key}'][0] == value).all(), key
    assert both.gt_instances.head_rotation.shape == (1, 3, 3)


def test_a_frozen_body_needs_no_labels():
    fields = record()
    fields['keypoints_visible'][:, :17] = 0
    labels = pack(dict(type='BodyAndHead', head=HEAD), fields).gt_instance_labels
    assert all(key.startswith('head_pose_') for key in labels.keys())  # noqa: SIM118
    assert labels.head_pose_angle_weights.all()


def test_a_record_of_a_body_alone_teaches_nothing_of_a_head():
    fields = {k: v for k, v in record().items() if not k.startswith('head')}
    fields['keypoints_visible'][:, 17] = 0
    encoder = dict(
        type='BodyAndHead',
        head=HEAD,
        body=dict(type='MSRAHeatmap', **BODIES['MSRAHeatmap']),
    )
    labels = pack(encoder, fields).gt_instance_labels
    assert labels.keypoint_weights.all()
    for name in ('keypoint_weights', 'angle_weights', 'background_weights'):
        assert not labels[f'head_pose_{name}'].any(), name


def test_parts_that_do_not_fit():
    other = dict(
        type='MSRAHeatmap', input_size=(96, 128), heatmap_size=(24, 32), sigma=2
    )
    with pytest.raises(
        ValueError, match=r'that of the body, \(96, 128\).*\(192, 256\)'
    ):
        KEYPOINT_CODECS.build(dict(type='BodyAndHead', body=other, head=HEAD))
    with pytest.raises(
        ValueError, match='config of a BernoulliHeatmap, got MSRAHeatmap'
    ):
        KEYPOINT_CODECS.build(dict(type='BodyAndHead', head=other))
    with pytest.raises(ValueError, match='config of one codec, got .* stay frozen'):
        KEYPOINT_CODECS.build(dict(type='BodyAndHead', head=HEAD, body=[other]))


def test_the_tables_leave_mmposes_own_alone():
    before = dict(PackPoseInputs.label_mapping_table)
    KEYPOINT_CODECS.build(dict(type='BodyAndHead', head=HEAD))
    assert PackPoseInputs.label_mapping_table == before
