"""Converted files: what is added, what is kept, and that nothing is written over."""

import csv
import json

import cv2
import numpy as np
import pytest

from bernoulli_mmpose.datasets import HeadPoseTableDataset
from bernoulli_mmpose.landmarks.converter import COLUMNS, convert
from bernoulli_mmpose.landmarks.labels import face_box


def coco_points(points, visible=1.0):
    return np.column_stack([points, np.full(68, visible)]).ravel().tolist()


@pytest.fixture
def coco(face, tmp_path):
    """A COCO-WholeBody file of five people, of whom the first two have a pose."""
    points = face((10, 30, -5))
    hidden = np.array(coco_points(face((0, -20, 0)))).reshape(68, 3)
    hidden[20:40] = 0
    annotations = [
        dict(id=11, image_id=1, face_valid=True, face_kpts=coco_points(points)),
        dict(id=12, image_id=1, face_valid=True, face_kpts=hidden.ravel().tolist()),
        dict(id=13, image_id=1, face_valid=False, face_kpts=[0.0] * 204),
        dict(id=14, image_id=2, face_valid=True, face_kpts=coco_points(-points)),
        dict(id=15, image_id=2, keypoints=[1, 2, 2]),
    ]
    content = dict(info={'é': 1}, images=[dict(id=1), dict(id=2)], categories=[])
    path = tmp_path / 'wholebody.json'
    path.write_text(json.dumps({**content, 'annotations': annotations}))
    return path


def test_coco_gets_keys_and_keeps_all_else(coco, face, tmp_path):
    before = coco.read_bytes()
    summary = convert(coco, tmp_path / 'new.json')
    assert (summary.count, summary.valid, summary.boxed) == (5, 2, 3)
    assert summary.reasons == {
        "'face_valid' is false": 1,
        'an angle beyond 99 degrees': 1,
        "no 'face_kpts'": 1,
    }
    assert coco.read_bytes() == before
    old, new = json.loads(before), json.loads((tmp_path / 'new.json').read_text())
    first, second, *others = new['annotations']
    np.testing.assert_allclose(first['head_angles'], [10, 30, -5], atol=0.5)
    np.testing.assert_allclose(second['head_angles'], [0, -20, 0], atol=1.5)
    box = face_box(face((10, 30, -5)))
    np.testing.assert_allclose(first['head_bbox'], box, atol=1e-3)
    np.testing.assert_allclose(first['head_center'], box[:2] + box[2:] / 2, atol=1e-3)
    # The hidden points are laid where the pose has them.
    whole = face_box(face((0, -20, 0)))
    np.testing.assert_allclose(second['head_bbox'], whole, atol=0.5)
    # All points known, but no pose: a box without angles.
    assert set(others[1]) - set(old['annotations'][3]) == {'head_center', 'head_bbox'}
    assert others[0] == old['annotations'][2]
    for item in new['annotations']:
        for key in ('head_center', 'head_bbox', 'head_angles'):
            item.pop(key, None)
    assert new == old


@pytest.mark.parametrize(('side', 'boxed'), [(2000, 3), (20, 0), (None, 3)])
def test_a_head_centre_outside_its_image_is_no_label(coco, tmp_path, side, boxed):
    """The data sets would refuse it."""
    content = json.loads(coco.read_text())
    content['annotations'][3]['face_kpts'] = content['annotations'][0]['face_kpts']
    for image in content['images']:
        image.update(width=side, height=side)
    coco.write_text(json.dumps(content))
    summary = convert(coco, tmp_path / 'new.json')
    assert summary.boxed == boxed
    reason = 'the head centre is outside the image'
    assert summary.reasons.get(reason, 0) == 3 - boxed


def change_item(content, number, **changes):
    content['annotations'][number].update(changes)


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        (lambda c: c.pop('annotations'), "list 'annotations' that is not empty, got N"),
        (
            lambda c: change_item(c, 0, face_kpts=[[1, 2]] * 204),
            r"annotation 11: 'face_kpts': expected numbers, got \[1, 2\]",
        ),
        (
            lambda c: change_item(c, 0, face_kpts=[10**400] * 204),
            "annotation 11: 'face_kpts': expected numbers, got int too large",
        ),
        (lambda c: c.update(annotations=[]), 'that is not empty, got a list of 0'),
        (lambda c: c.update(annotations=[7]), r'annotations\[0\]: expected an object'),
        (
            lambda c: c.update(annotations=[dict(id=3)]),
            "expected 'face_kpts' in the annotations .* found it in none of 1",
        ),
        (
            lambda c: change_item(c, 1, face_kpts=[1.0] * 51),
            'annotation 12.*expected a list of 204 numbers .* got a list of 51',
        ),
        (
            lambda c: change_item(c, 2, face_kpts=None),
            'annotation 13.*expected a list of 204 numbers .* got None',
        ),
        (
            lambda c: change_item(c, 0, face_kpts=['x'] * 204),
            "annotation 11: 'face_kpts': expected numbers, got could not convert",
        ),
        (
            lambda c: c['annotations'][0]['face_kpts'].__setitem__(9, float('nan')),
            r'annotation 11.*expected finite numbers, got nan \(point 3\)',
        ),
        (
            lambda c: c['annotations'][0]['face_kpts'].__setitem__(9, 1e308),
            r'annotation 11.*expected finite numbers, got 1e\+308 \(point 3\)',
        ),
        (
            lambda c: change_item(c, 0, id=['a'] * 999, face_kpts=None),
            r"annotation \['a', 'a', 'a', 'a', 'a', 'a', ...\].* got None",
        ),
        (
            lambda c: change_item(c, 4, head_angles=[0, 0, 0]),
            r"annotation 15: expected no head labels yet, got \['head_angles'\]",
        ),
    ],
)
def test_bad_coco_is_told_and_nothing_written(coco, tmp_path, change, text):
    content = json.loads(coco.read_text())
    change(content)
    coco.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=text):
        convert(coco, tmp_path / 'new.json')
    assert [path.name for path in tmp_path.iterdir()] == ['wholebody.json']


def test_broken_json(coco, tmp_path):
    coco.write_text(coco.read_text()[:100])
    with pytest.raises(ValueError, match='wholebody.json: expected JSON, got: '):
        convert(coco, tmp_path / 'new.json')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('[' * 100_000, 'expected JSON, got: maximum recursion'),
        ('null', "expected COCO's object or a list of objects, got None"),
    ],
)
def test_other_json(tmp_path, text, message):
    source = tmp_path / 'other.json'
    source.write_text(text)
    with pytest.raises(ValueError, match=f'other.json: {message}'):
        convert(source, tmp_path / 'new.json')


def test_no_existing_file_is_written_over(coco, tmp_path):
    link = tmp_path / 'link.json'
    link.symlink_to(tmp_path / 'nowhere.json')
    other = tmp_path / 'other.json'
    other.write_text('mine')
    before = coco.read_bytes()
    for output in (coco, other, link):
        with pytest.raises(FileExistsError, match='expected a new file, but .* exists'):
            convert(coco, output)
    assert coco.read_bytes() == before
    assert other.read_text() == 'mine'


def test_a_file_that_has_come_meanwhile_is_kept(coco, tmp_path):
    output = tmp_path / 'new.json'

    def come(items, _):
        output.write_text('of another run')
        return items

    with pytest.raises(FileExistsError, match='expected a new file'):
        convert(coco, output, progress=come)
    assert output.read_text() == 'of another run'
    assert len([*tmp_path.iterdir()]) == 2


def test_nothing_is_left_of_a_write_that_fails(coco, tmp_path, monkeypatch):
    def fail(_, stream):
        stream.write('{"annot')
        raise OSError('disk full')

    monkeypatch.setattr('bernoulli_mmpose.landmarks.converter.json.dump', fail)
    with pytest.raises(OSError, match='disk full'):
        convert(coco, tmp_path / 'new.json')
    assert [path.name for path in tmp_path.iterdir()] == ['wholebody.json']


@pytest.mark.parametrize(
    ('output', 'error', 'text'),
    [
        ('new.csv', ValueError, 'output: expected a .json file for .*, got .*new.csv'),
        ('no/new.json', FileNotFoundError, 'expected a folder to write to, found no'),
    ],
)
def test_bad_output(coco, tmp_path, output, error, text):
    with pytest.raises(error, match=text):
        convert(coco, tmp_path / output)


def test_mat_files_become_a_table_that_the_dataset_reads(write_mat, face, tmp_path):
    known = {'a': (10, 30, -5), 'b': (-20, -40, 15)}
    (tmp_path / 'AFW').mkdir()
    for name, angles in known.items():
        write_mat(tmp_path / 'AFW' / f'{name}.mat', angles)
        picture = np.zeros((300, 400, 3), np.uint8)
        cv2.imwrite(str(tmp_path / 'AFW' / f'{name}.jpg'), picture)
    summary = convert(tmp_path, tmp_path / 'heads.csv')
    assert (summary.count, summary.valid, summary.reasons) == (2, 2, {})
    dataset = HeadPoseTableDataset(str(tmp_path), 'heads.csv')
    for record, (name, angles) in zip(dataset, known.items(), strict=True):
        assert record['img_path'] == str(tmp_path / 'AFW' / f'{name}.jpg')
        np.testing.assert_allclose(record['head_angles'], [angles], atol=0.5)
        x, y, w, h = face_box(face(angles))
        np.testing.assert_allclose(record['bbox'], [[x, y, x + w, y + h]], atol=0.01)
        middle = [[[x + w / 2, y + h / 2]]]
        np.testing.assert_allclose(record['keypoints'], middle, atol=0.01)


def test_table_keeps_people_and_leaves_out_hidden_faces(face, tmp_path):
    good = face((0, 20, 0)).tolist()
    upside_down = (-face((0, 0, 0)) + 400).tolist()
    rows = [
        dict(image='1.jpg', landmarks=good, subject='Ann', split='test'),
        dict(image='2.jpg', landmarks=[None] * 68),
        dict(image='3.jpg', landmarks=upside_down),
    ]
    source = tmp_path / 'faces.json'
    source.write_text(json.dumps(rows))
    summary = convert(source, tmp_path / 'heads.csv')
    assert (summary.count, summary.valid, summary.boxed) == (3, 1, 2)
    assert summary.reasons == {
        'fewer than 20 visible landmarks': 1,
        'an angle beyond 99 degrees': 1,
    }
    with (tmp_path / 'heads.csv').open(newline='') as stream:
        header, *written = csv.reader(stream)
    assert header == list(COLUMNS)
    assert [row[0] for row in written] == ['1.jpg', '3.jpg']
    assert written[0][-2:] == ['Ann', 'test']
    assert written[1][7:] == [''] * 5  # a box, but no angles


def test_unknown_inputs(tmp_path):
    (tmp_path / 'faces.xyz').touch()
    (tmp_path / 'empty').mkdir()
    for name, error, text in (
        ('faces.xyz', ValueError, 'expected a .json, .csv, .mat or .pts file'),
        ('nothing', FileNotFoundError, 'expected a file or a folder, found no'),
        ('nothing.json', FileNotFoundError, 'input: .* found no .*nothing.json'),
        ('empty', FileNotFoundError, 'expected .mat or .pts files beside their'),
    ):
        with pytest.raises(error, match=text):
            convert(tmp_path / name, tmp_path / 'heads.csv')


@pytest.mark.real_data
def test_real_coco_people(shared_data, tmp_path):
    source = shared_data / 'coco' / 'test_coco_wholebody.json'
    summary = convert(source, tmp_path / 'heads.json')
    assert (summary.count, summary.valid, summary.boxed) == (14, 4, 4)
    assert summary.reasons == {"'face_valid' is false": 10}
    content = json.loads((tmp_path / 'heads.json').read_text())
    poses = {a['id']: a['head_angles'] for a in content['annotations'] if len(a) > 20}
    # As they look: signs and rough size of yaw and roll were judged by eye.
    yaw_and_roll = {
        442619: (10, -10),
        198196: (-26, 34),
        230195: (7, -4),
        437295: (-38, 16),
    }
    assert set(poses) == set(yaw_and_roll)
    for key, expected in yaw_and_roll.items():
        np.testing.assert_allclose(poses[key][1:], expected, atol=3)


def test_a_name_that_is_no_text_is_told_with_the_file(tmp_path):
    source = tmp_path / 'faces.json'
    points = [[float(x), float(x % 7)] for x in range(68)]
    source.write_text(json.dumps([{'image': '\ud800.jpg', 'landmarks': points}]))
    with pytest.raises(ValueError, match="faces.json, row 1: expected an 'image'"):
        convert(source, tmp_path / 'new.csv')
    assert [*tmp_path.iterdir()] == [source]
