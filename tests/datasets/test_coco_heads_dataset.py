"""All heads of photographs: records, what is not labelled, bad files."""

import json

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS
from mmpose.structures.bbox import get_warp_matrix

from bernoulli_headpose import rotation
from bernoulli_mmpose.transforms import TransformHeadRotation

init_default_scope('mmpose')

HEAD = dict(head_center=[40, 30], head_bbox=[30, 20, 20, 20], head_angles=[10, -20, 30])


def write(tmp_path, annotations, images=None):
    images = images or [
        dict(id=7, file_name='a.png', width=100, height=80),
        dict(id=9, file_name='b.png', width=100, height=80),
    ]
    for image in images:
        name = image.get('file_name', 'x.png')
        cv2.imwrite(str(tmp_path / name), np.zeros((80, 100, 3)))
    for index, annotation in enumerate(annotations):
        annotation.setdefault('id', index)
        annotation.setdefault('image_id', 7)
        annotation.setdefault('bbox', [20, 10, 50, 60])
    file = tmp_path / 'heads.json'
    file.write_text(json.dumps(dict(images=images, annotations=annotations)))
    return file


def build(file, **options):
    config = dict(
        type='CocoHeadsDataset',
        ann_file=str(file),
        data_prefix=dict(img=str(file.parent)),
    )
    return DATASETS.build({**config, **options})


def test_a_record_holds_all_heads_of_an_image(tmp_path):
    dataset = build(write(tmp_path, [dict(HEAD), dict()]))
    assert len(dataset) == 1  # the image without anybody is for tests only
    record = dataset[0]
    assert record['img_path'] == str(tmp_path / 'a.png')
    np.testing.assert_array_equal(record['keypoints'][0], [[40, 30]])
    np.testing.assert_array_equal(record['keypoints_visible'], [[1], [0]])
    np.testing.assert_array_equal(record['bbox'], [[30, 20, 50, 40], [20, 10, 70, 70]])
    np.testing.assert_array_equal(record['head_angles_valid'], [[1] * 3, [0] * 3])
    np.testing.assert_allclose(
        record['head_rotation'][0], rotation.euler_to_matrix([10, -20, 30]), atol=1e-6
    )


def test_a_test_keeps_images_without_anybody(tmp_path):
    dataset = build(write(tmp_path, [dict(HEAD)]), test_mode=True)
    assert len(dataset) == 2
    assert dataset[1]['keypoints'].shape == (0, 1, 2)
    assert dataset[1]['head_rotation'].shape == (0, 3, 3)


def test_a_head_without_angles_is_found_but_not_measured(tmp_path):
    head = {k: v for k, v in HEAD.items() if k != 'head_angles'}
    record = build(write(tmp_path, [head]))[0]
    assert record['keypoints_visible'] == [[1]]
    assert not record['head_angles_valid'].any()


@pytest.mark.parametrize('field', ['head_center', 'head_bbox'])
def test_a_head_of_null_is_a_person_without_a_labelled_head(tmp_path, field):
    record = build(write(tmp_path, [dict(HEAD), {**HEAD, field: None}]))[0]
    np.testing.assert_array_equal(record['keypoints_visible'], [[1], [0]])
    assert np.isfinite(record['keypoints']).all()


def test_an_empty_box_of_a_person_is_left_out(tmp_path):
    file = write(tmp_path, [dict(HEAD), dict(bbox=[5, 5, 0, 9])])
    assert build(file)[0]['bbox'].shape == (1, 4)


def test_the_bottom_up_pipeline_turns_boxes_centres_and_rotations_alike(tmp_path):
    codec = dict(
        type='MultiBernoulliHeatmap', input_size=(128, 128), heatmap_size=(32, 32)
    )
    pipeline = [
        dict(type='LoadImage'),
        dict(type='RandomFlip', direction='horizontal', prob=1.0),
        dict(
            type='BottomupRandomAffine',
            input_size=(128, 128),
            shift_prob=0,
            scale_factor=(1.0, 1.0),
            rotate_factor=40,
            bbox_keep_corner=False,
        ),
        dict(type='TransformHeadRotation'),
        dict(type='GenerateTarget', encoder=codec),
        dict(type='PackPoseInputs'),
    ]
    np.random.seed(3)
    sample = build(write(tmp_path, [dict(HEAD), dict()]), pipeline=pipeline)[0]
    truth = sample['data_samples'].gt_instances
    assert truth.bboxes.shape == (2, 4)
    np.testing.assert_allclose(
        truth.keypoints[0, 0], (truth.bboxes[0, :2] + truth.bboxes[0, 2:]) / 2, atol=0.1
    )
    # 20 of 80 rows that become 128, however the image is turned.
    np.testing.assert_allclose(truth.bboxes[0, 2:] - truth.bboxes[0, :2], 32, atol=0.01)
    assert abs(truth.head_angles[0, 2] + 30) > 5  # it was flipped, and then turned
    fields = sample['data_samples'].gt_fields
    assert fields.heatmaps.max() > 0.5
    assert fields.heatmap_weights.min() == 0  # the person without a labelled head


@pytest.mark.parametrize('turn', [-35.0, 0.0, 50.0])
def test_heads_follow_a_turned_image(turn):
    """As a crop that is turned by as much, which its own tests pin."""
    angles = np.array([[10.0, -20.0, 30.0], [0.0, 45.0, 0.0]])
    matrices = rotation.euler_to_matrix(angles)
    box = (np.array([50.0, 40]), np.array([100.0, 80]))
    record = dict(
        head_rotation=matrices,
        head_angles=angles,
        head_angles_valid=np.array([[1, 1, 1], [1, 1, 0]]),
        warp_mat=get_warp_matrix(*box, turn, (64, 51)),
    )
    got = TransformHeadRotation()(record)
    expected = rotation.rotate_in_plane(matrices, np.full(2, turn))
    np.testing.assert_allclose(got['head_rotation'], expected, atol=1e-5)
    partly = got['head_angles_valid'][1]
    assert partly.tolist() == ([1, 1, 0] if turn == 0 else [0, 0, 0])


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(head_center=[1]), "annotation 0, 'head_center': expected 2"),
        (dict(head_angles=[1, 2, float('nan')]), "'head_angles': expected 3 finite"),
        (dict(head_bbox=[1, 2, 0, 4]), 'positive size'),
        (dict(head_angles=[1, 2, 181]), r'degrees in \[-180, 180\], got'),
        (dict(bbox=None), "annotation 0: expected a 'bbox'"),
        (dict(bbox=[1, 2, '3', 4]), "'bbox': expected 4"),
    ],
)
def test_malformed_annotations_are_named(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        build(write(tmp_path, [{**HEAD, **change}]))


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'expected JSON'),
        ('[]', "COCO's form"),
        ('{"images": [{"id": 1}], "annotations": []}', "'file_name'"),
        ('{"images": [], "annotations": []}', 'head_center'),
        ('{"images": [7], "annotations": []}', r"images\[0\]: .*got no \['id'"),
        ('{"images": [], "annotations": [{}]}', r"annotations\[0\]: .*\['image_id'\]"),
        ('{"images": [], "annotations": null}', "a list 'annotations'"),
    ],
)
def test_malformed_files_are_named(tmp_path, text, message):
    file = tmp_path / 'heads.json'
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        build(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='ann_file of CocoHeadsDataset'):
        build(tmp_path / 'none.json')
