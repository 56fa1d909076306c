"""COCO and COCO-WholeBody with heads: records, flip, turn, and wrong files."""

import json

import numpy as np
import pytest
from mmengine.dataset import Compose
from mmpose.registry import DATASETS

from bernoulli_headpose import rotation

FILE = 'annotations/coco_wholebody_train_v1.0_head_pose.json'
BOX = '{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}'
SETS = {'CocoHeadPoseDataset': 18, 'CocoWholeBodyHeadPoseDataset': 134}


def build(root, name='CocoHeadPoseDataset', **changes):
    config = dict(data_root=str(root), ann_file=FILE, data_prefix=dict(img='train2017'))
    return DATASETS.build({**config, 'type': name, **changes})


def edit(root, person, **fields):
    """Change an annotation; a field of None is taken away."""
    path = root / FILE
    content = json.loads(path.read_text())
    annotation = content['annotations'][person]
    annotation.update(fields)
    for key in [key for key, value in fields.items() if value is None]:
        del annotation[key]
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(('name', 'count'), SETS.items())
def test_records(body_root, name, count):
    records = [build(body_root, name)[i] for i in range(3)]
    assert [r['keypoints'].shape for r in records] == [(1, count, 2)] * 3
    heads = [r['keypoints'][0, -1].tolist() for r in records]
    assert heads == [[70.5, 40.25], [220, 41], [0, 0]]
    assert [r['keypoints_visible'][0, -1] for r in records] == [1, 1, 0]
    assert all((r['keypoints_visible'][0, :-1] == 1).all() for r in records)
    angles = [r['head_angles'].tolist() for r in records]
    assert angles == [[[10, -20, 30]], [[0, 0, 0]], [[0, 0, 0]]]
    valid = [r['head_angles_valid'].tolist() for r in records]
    assert valid == [[[1, 1, 1]], [[0, 0, 0]], [[0, 0, 0]]]
    expected = rotation.euler_to_matrix([[10, -20, 30]])
    np.testing.assert_allclose(records[0]['head_rotation'], expected, atol=1e-6)


def test_people_without_body_keypoints_are_left_out_as_in_mmpose(body_root):
    assert len(build(body_root)) == 3


def test_flip_swaps_sides_and_leaves_the_head_centre_last(body_root):
    flip = dict(type='RandomFlip', prob=1.0, direction='horizontal')
    steps = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale'), flip]
    record = build(body_root)[0]
    before = record['keypoints'].copy()
    after = Compose([*steps, dict(type='TransformHeadRotation')])(record)
    mirrored = np.stack([319 - before[0, :, 0], before[0, :, 1]], axis=-1)
    swapped = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15, 17]
    np.testing.assert_allclose(after['keypoints'][0], mirrored[swapped])
    np.testing.assert_allclose(after['head_angles'], [[10, 20, -30]], atol=1e-4)


@pytest.mark.parametrize(('person', 'turned'), [(0, True), (1, True), (2, True)])
def test_people_without_angles_are_turned_too(body_root, person, turned):
    record = build(body_root)[person]
    record['bbox_rotation'] = np.array([25.0], np.float32)
    after = Compose([dict(type='TransformHeadRotation')])(record)
    assert (after['bbox_rotation'] == 25) == turned


def test_bottom_up_records_hold_all_people(body_root):
    record = build(body_root, data_mode='bottomup')[0]
    assert record['keypoints'].shape == (2, 18, 2)
    assert record['head_rotation'].shape == (2, 3, 3)
    assert record['head_angles_valid'][:, 0].tolist() == [1, 0]


BAD = [
    (dict(head_center=[1.0]), r"'head_center': expected 2 finite numbers.*\[1.0\]"),
    (dict(head_center=[1.0, float('nan')]), "'head_center': expected 2 finite"),
    (dict(head_center='here'), "'head_center'.*got 'here'"),
    (dict(head_angles=[1.0, 2.0]), r"'head_angles': expected 3 finite.*\[pitch, yaw"),
    (dict(head_angles=[1.0, 2.0, 181.0]), r'degrees in \[-180, 180\], got'),
    (dict(head_center=None), "expected 'head_center' beside 'head_angles'"),
    (dict(keypoints=[1.0] * 50), "'keypoints': expected 51 numbers.*got 50"),
    (dict(keypoints=[float('nan')] * 51), "'keypoints'.*not all finite numbers"),
    (dict(keypoints=['1'] * 51), "'keypoints'.*not all finite numbers"),
    (dict(keypoints=[[1, 2, 2]] * 17), "'keypoints'.*got list that is no flat list"),
    (dict(keypoints=[[1, 2, 2], [1]]), "'keypoints'.*got list that is no flat list"),
    (dict(keypoints='none'), "'keypoints'.*got str that is no flat list"),
    (dict(area='large'), "'area': expected square pixels, got 'large'"),
    (dict(bbox=[1, 2, 3]), "'bbox': expected 4 finite numbers"),
]


@pytest.mark.parametrize(('fields', 'message'), BAD)
def test_malformed_annotation(body_root, fields, message):
    edit(body_root, 0, **fields)
    with pytest.raises(ValueError, match=f'head_pose.json, annotation 0.*{message}'):
        build(body_root)


def test_a_head_of_null_is_not_labelled(body_root):
    path = body_root / FILE
    content = json.loads(path.read_text())
    content['annotations'][0].update(head_center=None, head_angles=None)
    path.write_text(json.dumps(content))
    record = build(body_root)[0]
    assert record['keypoints_visible'][0, -1] == 0
    assert record['head_angles_valid'].tolist() == [[0, 0, 0]]


def test_whole_body_without_faces(body_root):
    edit(body_root, 1, face_kpts=None)
    message = r"annotation 1: expected the fields.*got no \['face_kpts'\]"
    with pytest.raises(ValueError, match=message):
        build(body_root, 'CocoWholeBodyHeadPoseDataset')
    assert len(build(body_root)) == 3


def test_file_without_heads(body_root):
    edit(body_root, 0, head_center=None, head_angles=None)
    edit(body_root, 1, head_center=None)
    with pytest.raises(ValueError, match=r"with 'head_center' \(see.*none of 3"):
        build(body_root)


@pytest.mark.parametrize('name', SETS)
@pytest.mark.parametrize(
    ('part', 'field', 'message'),
    [
        ('images', 'id', r"images\[0\]: expected the fields.*got no \['id'\]"),
        ('images', 'file_name', r"images\[0\]: .*got no \['file_name'\]"),
        ('images', 'width', r"images\[0\]: .*got no \['width'\]"),
        ('annotations', 'id', r"annotations\[0\]: .*got no \['id'\]"),
        ('annotations', 'image_id', r"annotations\[0\]: .*got no \['image_id'\]"),
    ],
)
def test_missing_fields_of_coco(body_root, name, part, field, message):
    path = body_root / FILE
    content = json.loads(path.read_text())
    del content[part][0][field]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f'head_pose.json: {message}'):
        build(body_root, name)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'expected JSON, got'),
        ('[]', "expected COCO's form, an object with a list 'images'"),
        ('{"images": "\udcff"}', 'expected text in UTF-8, got.*decode'),
        ('{"images": [], "annotations": [7]}', r"annotations\[0\]: .*no \['id', 'im"),
        ('{"images": [null], "annotations": []}', r"images\[0\]: .*no \['id', 'file_"),
        ('{"images": [], "annotations": []}', 'expected annotated people.*got none'),
    ],
)
def test_files_of_another_form(body_root, text, message):
    (body_root / FILE).write_bytes(text.encode(errors='surrogateescape'))
    with pytest.raises(ValueError, match=f'head_pose.json: {message}'):
        build(body_root)


def test_missing_file(body_root):
    with pytest.raises(FileNotFoundError, match='ann_file of CocoHeadPoseDataset: exp'):
        build(body_root, ann_file='annotations/none.json')
    with pytest.raises(FileNotFoundError, match='bbox_file of CocoHeadPoseDataset: ex'):
        build(body_root, test_mode=True, bbox_file='none.json')


def test_boxes_of_a_detector_have_no_labels(body_root, tmp_path):
    boxes = tmp_path / 'boxes.json'
    box = dict(image_id=1, category_id=1, bbox=[20, 15, 100, 200], score=0.9)
    boxes.write_text(json.dumps([box]))
    dataset = build(body_root, test_mode=True, bbox_file=str(boxes))
    assert 'head_angles' not in dataset[0]
    assert dataset[0]['keypoints'].shape == (1, 18, 2)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('{', 'expected JSON, got'),
        ('{"a": 1}', 'expected a list of boxes with .*got {'),
        (
            '[{"image_id": 1}]',
            r"\[0\]: expected a box with .* got no \['category_id', 'bbox'",
        ),
        (f'[{BOX.replace("1", "9", 1)}]', r"the 'image_id' of an image of .*, got 9"),
        (f'[{BOX.replace(", 3, 4", "")}]', r"'bbox': expected 4 finite .*\[1, 2\]"),
        ('[]', 'expected annotated people.*got none'),
    ],
)
def test_unusable_boxes_of_a_detector(body_root, text, message):
    boxes = body_root / 'boxes.json'
    boxes.write_text(text)
    with pytest.raises(ValueError, match=f'boxes.json: .*{message}'):
        build(body_root, test_mode=True, bbox_file=str(boxes))


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
@pytest.mark.parametrize('name', [*SETS, 'CocoHeadsDataset'])
def test_files_with_a_mark(body_root, name, encoding):
    edit(body_root, 0, head_bbox=[60, 30, 20, 20])
    path = body_root / FILE
    path.write_text(path.read_text(), encoding=encoding)
    assert len(build(body_root, name)) > 0


@pytest.mark.parametrize('depth', [300, 700, 10**5])
@pytest.mark.parametrize('name', [*SETS, 'CocoHeadsDataset'])
def test_deep_nests(body_root, name, depth):
    """Read, or told by the file's name; MMPose copies the annotation."""
    edit(body_root, 0, head_bbox=[60, 30, 20, 20], segmentation='HERE')
    path = body_root / FILE
    deep = '[' * depth + ']' * depth
    path.write_text(path.read_text().replace('"HERE"', deep))
    try:
        records = build(body_root, name)
    except ValueError as error:
        records = [str(error)]
    assert len(records) > 1 or 'head_pose.json' in records[0]


@pytest.mark.parametrize('name', [*SETS, 'CocoHeadsDataset'])
def test_no_angle_is_told(body_root, logged, name):
    edit(body_root, 0, head_angles=None, head_bbox=[60, 30, 20, 20])
    assert len(build(body_root, name)) > 0
    assert 'got none; only head centres are learnt' in logged.records[-1].getMessage()
