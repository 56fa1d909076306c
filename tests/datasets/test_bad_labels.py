"""Bad labels: each an error, or left out and counted by what is wrong."""

import json
import shutil

import cv2
import numpy as np
import pytest
from mmpose.registry import DATASETS
from official_layouts import write_head, write_pose

HEADER = 'image,x,y,w,h,cx,cy,pitch,yaw,roll'
GOOD = 'a.jpg,10,20,40,60,30,50,5,-30,1'
BAD = {
    'a.jpg,10,20,40,60,30,50,5,left,1': 'a number (leave it empty',
    'a.jpg,10,20,40,60,30,50,5,-30,400': 'an angle in degrees',
    'a.jpg,10,20,0,60,30,50,5,-30,1': 'a head box of positive size',
    'a.jpg,900,20,40,60,30,50,5,-30,1': 'a head box inside the image',
    'a.jpg,1e308,20,40,60,30,50,5,-30,1': 'a head box within a million pixels',
    'a.jpg,10,20,40,60,300,50,5,-30,1': 'a head centre inside the image',
    'b.jpg,10,20,40,60,30,50,5,-30,1': 'a file',
    ',10,20,40,60,30,50,5,-30,1': 'an image',
    'a.jpg,10,20,40': '10 cells',
}


@pytest.fixture
def table(tmp_path):
    cv2.imwrite(str(tmp_path / 'a.jpg'), np.zeros((120, 160, 3), np.uint8))

    def build(*rows, **options):
        (tmp_path / 't.csv').write_text('\n'.join([HEADER, *rows]))
        config = dict(
            type='HeadPoseTableDataset', data_root=str(tmp_path), ann_file='t.csv'
        )
        return DATASETS.build({**config, **options})

    return build


@pytest.mark.parametrize(('row', 'reason'), BAD.items())
def test_a_bad_row_is_an_error_or_left_out(table, logged, row, reason):
    with pytest.raises((ValueError, OSError)):
        table(GOOD, row)
    dataset = table(GOOD, row, GOOD, bad_labels='skip')
    assert len(dataset) == 2
    (warning,) = [r.getMessage() for r in logged.records]
    assert '1 bad label is left out' in warning
    assert f'1 without {reason}' in warning


def test_rows_are_counted_by_reason_with_the_first_of_each(table, logged):
    rows = [row for row in BAD for _ in range(2)]
    assert len(table(GOOD, *rows, bad_labels='skip')) == 1
    (warning,) = [r.getMessage() for r in logged.records]
    lines = warning.splitlines()
    assert '18 bad labels are left out' in lines[0]
    assert len(lines) == 1 + len(BAD)
    assert any('  2 without a number' in line and 'row 3' in line for line in lines)


EMPTY = 'a.jpg,10,20,0,60,30,50,5,-30,1'
EMPTY_AND_ASTRAY = 'a.jpg,10,20,0,60,300,50,5,-30,1'
ASTRAY = 'a.jpg,10,20,40,60,300,50,5,-30,1'


def test_places_are_counted_once(table, logged):
    rows = (EMPTY, EMPTY_AND_ASTRAY, ASTRAY)
    with pytest.raises(ValueError, match=r'positive size, .* \(2 of them\)'):
        table(GOOD, *rows)
    assert len(table(GOOD, *rows, bad_labels='skip')) == 1
    (warning,) = [r.getMessage() for r in logged.records]
    assert '2 without a head box of positive size' in warning
    assert '1 without a head centre inside the image' in warning
    assert 'of them' not in warning


def test_nothing_is_said_where_nothing_is_bad(table, logged):
    assert len(table(GOOD, bad_labels='skip')) == 1
    assert not logged.records


@pytest.mark.parametrize('row', BAD)
def test_no_good_row_is_an_error(table, row):
    with pytest.raises(ValueError, match=r'(?s)1 bad label is.* and none is left'):
        table(row, bad_labels='skip')


def test_faults_of_the_whole_table_are_errors(table):
    with pytest.raises(ValueError, match=r"expected the columns \['split'\]"):
        table(GOOD, bad_labels='skip', split='train')
    with pytest.raises(ValueError, match="bad_labels: expected 'error' or 'skip', got"):
        table(GOOD, bad_labels='ignore')


def test_biwi(biwi, logged):
    (biwi / '01' / 'frame_00003_pose.txt').write_text('1 0 0\n')
    (biwi / '02' / 'frame_00003_pose.txt').unlink()
    write_pose(biwi / '04' / 'frame_00003_pose.txt', (0, 0, 0), (0, 0, -900))
    for _ in range(2):  # read, and from the index
        dataset = DATASETS.build(
            dict(
                type='BIWIDataset',
                data_root=str(biwi),
                split='all',
                bad_labels='skip',
            )
        )
        assert len(dataset) == 45
    first, second = [r.getMessage() for r in logged.records]
    assert first == second
    assert '1 without a 3x3 rotation and a head centre (12 numbers)' in first
    assert '1 without a file; the first:' in first
    assert '1 without a head box of positive size' in first


@pytest.mark.parametrize('damage', ['mat', 'no mat', 'jpg', 'box'])
def test_aflw2000(aflw2000, logged, damage):
    if damage == 'jpg':
        (aflw2000 / 'image00002.jpg').unlink()
    elif damage == 'box':
        write_head(aflw2000, 'image00002', (1, 2, 3), np.full((2, 9), 700.0))
    else:
        content = (aflw2000 / 'image00002.mat').read_bytes()
        end = 0 if damage == 'no mat' else len(content) - 30
        (aflw2000 / 'image00002.mat').write_bytes(content[:end])
    config = dict(type='AFLW2000Dataset', data_root=str(aflw2000), max_abs_angle=None)
    with pytest.raises((ValueError, OSError), match='image00002'):
        DATASETS.build(config)
    assert len(DATASETS.build(dict(config, bad_labels='skip'))) == 2
    assert 'image00002' in logged.records[-1].getMessage()


HEAD = dict(head_center=[40, 30], head_bbox=[30, 20, 20, 20], head_angles=[10, -20, 30])
COCO_SETS = ('CocoHeadPoseDataset', 'CocoWholeBodyHeadPoseDataset', 'CocoHeadsDataset')
FILE = 'annotations/coco_wholebody_train_v1.0_head_pose.json'
BAD_FIELDS = [
    (dict(head_angles=[1, 2, 500]), 'degrees in [-180, 180]'),
    (dict(head_center=[1, None]), '2 finite numbers'),
    (dict(head_center=[1, 1e308]), '2 finite numbers'),
    (dict(head_center=[1, 10**400]), '2 finite numbers'),
    (dict(head_center=[500, 500]), 'a head centre inside the image'),
    (dict(head_center=[20, -0.5]), 'a head centre inside the image'),
    (dict(bbox=[1, 2, float('nan'), 4]), '4 finite numbers'),
    (dict(image_id=[1]), 'a whole number'),
    (dict(image_id='1'), "an 'image_id' as the image has it"),
]
BAD_BODY_FIELDS = [
    (dict(area=float('nan')), 'square pixels'),
    (dict(area=[1.0]), 'square pixels'),
    (dict(num_keypoints='many'), 'a whole number'),
    (dict(iscrowd=[]), 'a whole number'),
    (dict(keypoints=[1e308] * 51), '51 numbers'),
    (dict(keypoints=[10**400] * 51), '51 numbers'),
    (dict(id=10**30), 'a whole number'),
    (dict(id='a'), 'a whole number'),
]
CASES = [(kind, *case) for kind in COCO_SETS for case in BAD_FIELDS]
CASES += [(kind, *case) for kind in COCO_SETS[:2] for case in BAD_BODY_FIELDS]


def build_coco(root, kind, **options):
    prefix = dict(img='train2017')
    config = dict(type=kind, data_root=str(root), ann_file=FILE, data_prefix=prefix)
    return DATASETS.build({**config, **options})


def edit_coco(root, part, number, **fields):
    content = json.loads((root / FILE).read_text())
    for annotation in content['annotations']:
        if 'head_center' in annotation:  # all have a box, so that any may be read
            annotation.setdefault('head_bbox', [20, 20, 50, 50])
    content[part][number].update(fields)
    (root / FILE).write_text(json.dumps(content))


@pytest.mark.parametrize(('kind', 'fields', 'reason'), CASES)
def test_coco(body_root, logged, kind, fields, reason):
    edit_coco(body_root, 'annotations', 1, **fields)
    edit_coco(body_root, 'annotations', 0)
    with pytest.raises(ValueError, match='head_pose.json'):
        build_coco(body_root, kind)
    heads = sum(
        len(r['keypoints']) for r in build_coco(body_root, kind, bad_labels='skip')
    )
    assert heads == (3 if kind == 'CocoHeadsDataset' else 2)
    (warning,) = [r.getMessage() for r in logged.records]
    assert f'1 without {reason}' in warning


@pytest.mark.parametrize('kind', COCO_SETS)
@pytest.mark.parametrize('name', ['a\0b.jpg', '\ud800.jpg', 7, ['a.jpg'], None])
def test_names_that_no_file_has(body_root, kind, name):
    edit_coco(body_root, 'images', 0, file_name=name)
    with pytest.raises(
        ValueError, match=r"images\[0\], 'file_name': expected the name"
    ):
        build_coco(body_root, kind)


@pytest.mark.parametrize('kind', COCO_SETS)
def test_people_of_images_that_are_not_there(body_root, logged, kind):
    """As MMPose does, with a word: lists of images are cut without their people."""
    edit_coco(body_root, 'annotations', 0, image_id=99)
    assert len(build_coco(body_root, kind)) >= 1
    messages = [r.getMessage() for r in logged.records]
    assert any(
        "1 without the 'image_id' of an image in the file" in m for m in messages
    )


@pytest.mark.parametrize('kind', COCO_SETS)
def test_people_of_a_bad_image_are_counted_as_such(body_root, logged, kind):
    edit_coco(body_root, 'images', 1, file_name=None)
    people = json.loads((body_root / FILE).read_text())['annotations']
    count = sum(person['image_id'] == 2 for person in people)
    build_coco(body_root, kind, bad_labels='skip')
    (warning,) = [r.getMessage() for r in logged.records]
    assert '1 without the name of a file' in warning
    assert f'{count} without an image that is good; the first: ' in warning
    assert 'got image 2' in warning


@pytest.mark.parametrize('kind', COCO_SETS)
def test_a_head_centre_on_the_border_is_inside(body_root, kind):
    edit_coco(body_root, 'annotations', 0, head_center=[320, 0])
    assert len(build_coco(body_root, kind)) >= 1


def test_a_head_centre_is_not_judged_without_a_size(body_root):
    edit_coco(body_root, 'images', 0, width=None)
    edit_coco(body_root, 'annotations', 0, head_center=[500, 20])
    assert len(build_coco(body_root, 'CocoHeadsDataset')) >= 1


@pytest.mark.parametrize(('part', 'kind'), [('images', k) for k in COCO_SETS])
def test_ids_that_come_again(body_root, part, kind):
    edit_coco(body_root, part, 0, id=2)
    with pytest.raises(ValueError, match='images: expected another id for each, got 1'):
        build_coco(body_root, kind)


def test_detected_boxes(body_root, tmp_path):
    box = dict(image_id=1, category_id=1, bbox=[20, 15, 100, 200], score=0.9)
    path = tmp_path / 'boxes.json'
    path.write_text(json.dumps([box, dict(box, score=None), dict(box, image_id=9), 7]))
    options = dict(bbox_file=str(path), test_mode=True)
    with pytest.raises(
        ValueError, match=r'boxes.json: \[1\]: expected a box and a score'
    ):
        build_coco(body_root, COCO_SETS[0], **options)
    dataset = build_coco(body_root, COCO_SETS[0], bad_labels='skip', **options)
    assert [dataset[i]['id'] for i in range(len(dataset))] == [0]


def test_system_files_are_no_labels(aflw2000):
    before = len(DATASETS.build(dict(type='AFLW2000Dataset', data_root=str(aflw2000))))
    for name in ('._image00002.mat', '._image00002.jpg', '.DS_Store', 'Thumbs.db'):
        (aflw2000 / name).write_bytes(b'\0\5\x16\7')
    root = aflw2000.parent / 'lp'
    for part in ('AFW', 'AFW_Flip'):
        shutil.copytree(aflw2000, root / part)
    sets = [
        dict(type='AFLW2000Dataset', data_root=str(aflw2000)),
        dict(type='W300LPDataset', data_root=str(root), parts=('AFW',)),
    ]
    assert [len(DATASETS.build(c)) for c in sets] == [before, 2 * before]
