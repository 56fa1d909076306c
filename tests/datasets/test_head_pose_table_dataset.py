"""Tables of one's own: columns, units, choices, and their bad cells."""

import json
import os

import cv2
import numpy as np
import pytest
from mmpose.registry import DATASETS
from PIL import Image

from bernoulli_headpose.rotation import euler_to_matrix

HEADER = 'image,x,y,w,h,pitch,yaw,roll,subject,split'
ROWS = (
    'a.jpg,10,20,40,60,5,-30,,ann,train',
    'b.jpg,10,20,40,60,-80,15,2.5,ben,train',
    'c.jpg,10,20,40,60,7,45,1,cleo,test',
)


@pytest.fixture
def write(tmp_path):
    """Write a table and its images; returns a builder of the data set."""
    for name in 'abc':
        cv2.imwrite(str(tmp_path / f'{name}.jpg'), np.zeros((120, 160, 3), np.uint8))

    def build(*rows, header=HEADER, name='table.csv', text=None, **arguments):
        content = '\n'.join([header, *(rows or ROWS)]) if text is None else text
        (tmp_path / name).write_text(content, encoding='utf-8')
        config = dict(
            type='HeadPoseTableDataset', data_root=str(tmp_path), ann_file=name
        )
        return DATASETS.build({**config, **arguments})

    build.folder = tmp_path
    return build


def records(dataset):
    return [dataset.get_data_info(i) for i in range(len(dataset))]


def test_record(write):
    record = write(margin=0.5).get_data_info(0)
    np.testing.assert_array_equal(record['bbox'], [[-10, -10, 70, 110]])
    np.testing.assert_array_equal(record['keypoints'], [[[30, 50]]])
    np.testing.assert_array_equal(record['head_angles'], [[5, -30, 0]])
    np.testing.assert_array_equal(record['head_angles_valid'], [[1, 1, 0]])
    assert record['subject'] == 'ann'
    assert record['dataset_name'] == 'table'


@pytest.mark.parametrize(
    ('arguments', 'subjects'),
    [
        ({}, ['ann', 'ben', 'cleo']),
        (dict(split='train'), ['ann', 'ben']),
        (dict(subjects=['ben', 'cleo']), ['ben', 'cleo']),
        (dict(exclude_subjects=['ben']), ['ann', 'cleo']),
        (dict(max_abs_angle=(60, None, None)), ['ann', 'cleo']),
    ],
)
def test_choice_of_rows(write, arguments, subjects):
    assert [r['subject'] for r in records(write(**arguments))] == subjects


def test_json_equals_csv(write):
    keys = HEADER.split(',')
    rows = [dict(zip(keys, row.split(','), strict=True)) for row in ROWS]
    rows = [{k: None if v == '' else v for k, v in row.items()} for row in rows]
    from_json = records(write(text=json.dumps(rows), name='table.json'))
    for first, second in zip(records(write()), from_json, strict=True):
        for key in ('bbox', 'head_angles', 'head_angles_valid', 'keypoints'):
            np.testing.assert_array_equal(first[key], second[key])


def test_radians(write):
    rows = [f'a.jpg,10,20,40,60,{i / 2},0.5,-0.1,ann,train' for i in range(-5, 6)]
    with pytest.raises(ValueError, match=r"33 angles of at most 2.500.*unit='radian'"):
        write(*rows)
    record = write(*rows, angle_unit='radian').get_data_info(0)
    np.testing.assert_allclose(record['head_angles'], np.rad2deg([[-2.5, 0.5, -0.1]]))


def test_table_without_boxes_takes_the_whole_image(write):
    dataset = write('a.jpg,1,2,3', header='image,pitch,yaw,roll')
    np.testing.assert_array_equal(dataset.get_data_info(0)['bbox'], [[0, 0, 160, 120]])


def test_head_centre_of_ones_own(write):
    header = 'image,pitch,yaw,roll,cx,cy'
    record = write('a.jpg,1,2,3,33,44', header=header).get_data_info(0)
    np.testing.assert_array_equal(record['keypoints'], [[[33, 44]]])


def test_boxes_of_images_that_were_resized_since(write):
    header, row = 'image,x,y,w,h,cx,cy,pitch,yaw,roll', '20,40,80,120,60,90,1,2,3'
    how = dict(header=header, box_image_side=320)  # the image is 160x120
    record = write(f'a.jpg,{row}', **how).get_data_info(0)
    np.testing.assert_array_equal(record['bbox'], [[10, 20, 50, 80]])
    np.testing.assert_array_equal(record['keypoints'], [[[30, 45]]])
    whole = write('a.jpg,1,2,3', header='image,pitch,yaw,roll', box_image_side=320)
    np.testing.assert_array_equal(whole.get_data_info(0)['bbox'], [[0, 0, 160, 120]])
    write.folder.joinpath('b.jpg').write_text('no image')
    two = write(f'a.jpg,{row}', f'b.jpg,{row}', **how)  # met, and counted, later
    np.testing.assert_array_equal(two.get_data_info(1)['bbox'], [[20, 40, 100, 160]])
    with pytest.raises(ValueError, match='box_image_side: expected .* pixels above 0'):
        write(f'a.jpg,{row}', header=header, box_image_side=0)


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        (
            'a.jpg,10,20,40,60,nan,1,2,a,train',
            r"csv, row 2, column 'pitch': .* got 'nan'",
        ),
        (
            'a.jpg,10,20,40,60,5,left,2,a,train',
            r"column 'yaw': expected a number .*left",
        ),
        ('a.jpg,10,20,,60,5,1,2,a,train', r"column 'w': expected a number, got ''"),
        ('a.jpg,10,20,40,-6,5,1,2,a,train', r'expected a head box of positive size'),
        (
            'a.jpg,10,500,40,60,5,1,2,a,train',
            r'inside the image, got .* in 160x120 pixels',
        ),
        (
            'a.jpg,10,20,40,60,5,1,900,a,train',
            r"row 2, column 'roll': .* in degrees .*got 900",
        ),
        ('a.jpg,10,20,40,60,5', r'csv, row 2: expected 10 cells, got fewer'),
        ('a.jpg,10,20,40,60,5,1,2,a,train,9', r'row 2: expected 10 cells, got more'),
    ],
)
def test_bad_cells(write, row, message):
    with pytest.raises(ValueError, match=message):
        write(row)


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        (
            dict(header='image,x,y,w,h,pitch,yaw,subject,split'),
            ValueError,
            r"expected the columns \['roll'\], got \[.*'pitch'",
        ),
        (
            dict(header='image,x,y,w,pitch,yaw,roll'),
            ValueError,
            r"expected the columns \['h'\]",
        ),
        (dict(split='val'), ValueError, r"split 'val'.*splits are \['test', 'train'\]"),
        (
            dict(subjects=['ann', 'bem']),
            ValueError,
            r"rows of the subjects \['bem'\], got none",
        ),
        (
            dict(angle_unit='radian'),
            ValueError,
            r"row 2, column 'yaw': .* in radians .*got -30",
        ),
        (
            dict(max_abs_angle=(99, 99)),
            ValueError,
            r'max_abs_angle: .*got \(99, 99\)',
        ),
        (dict(text='image,pitch\n'), ValueError, r'table with rows, got an empty one'),
        (dict(text='{', name='t.json'), ValueError, r't.json: expected JSON, got'),
        (dict(text='{}', name='t.json'), ValueError, r'expected a JSON list'),
        (dict(angle_unit='deg'), ValueError, r"angle_unit: .* got 'deg'"),
        (dict(ann_file='no.csv'), FileNotFoundError, r'ann_file: .*no.csv'),
    ],
)
def test_bad_tables(write, changes, error, message):
    with pytest.raises(error, match=message):
        write(**changes)


def test_json_object_without_a_key(write):
    row = dict(image='a.jpg', pitch=1, yaw=2, roll=3)
    text = json.dumps([row, dict(image='b.jpg', pitch=1)])
    message = r"row 2: expected the columns \['roll', 'yaw'\], got \['image', 'pitch'\]"
    with pytest.raises(ValueError, match=message):
        write(text=text, name='t.json')


def test_image_turned_by_exif(write, tmp_path):
    """Sizes and boxes are those of the image as it is loaded."""
    build = write  # its fixture wrote the plain images
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (160, 120)).save(tmp_path / 'a.jpg', exif=exif)
    dataset = build('a.jpg,1,2,3', header='image,pitch,yaw,roll')
    np.testing.assert_array_equal(dataset.get_data_info(0)['bbox'], [[0, 0, 120, 160]])
    assert cv2.imread(str(tmp_path / 'a.jpg')).shape == (160, 120, 3)


def test_unreadable_image_without_a_box(write, tmp_path):
    (tmp_path / 'a.jpg').write_bytes(b'no image')
    dataset = write('a.jpg,1,2,3', header='image,pitch,yaw,roll')
    assert len(dataset) == 1


def test_sample_interval_and_prefix(write, tmp_path):
    assert len(write(sample_interval=2)) == 2
    (tmp_path / 'images').mkdir()
    (tmp_path / 'a.jpg').rename(tmp_path / 'images' / 'a.jpg')
    dataset = write(ROWS[0], data_prefix=dict(img='images'))
    assert dataset.get_data_info(0)['img_path'] == str(tmp_path / 'images' / 'a.jpg')


def test_argument_without_a_sense_is_refused(write):
    with pytest.raises(ValueError, match=r"takes no \['bbox_file'\], got"):
        write(bbox_file='boxes.json')


def test_missing_image_is_named_before_training(write):
    with pytest.raises(FileNotFoundError, match=r'z.jpg: expected a file'):
        write('z.jpg,10,20,40,60,5,1,2,a,train')


def test_misspelt_argument_is_refused(write):
    with pytest.raises(TypeError, match='margins'):
        write(margins=0.5)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ('name', 'arguments', 'count'),
    [
        ('pointing04', dict(split='train'), 1674),
        ('pointing04', dict(split='test'), 558),
        ('pointing04', dict(split='test', max_abs_angle=(89, None, None)), 546),
        ('genki4k', dict(split='train'), 2995),
        ('genki4k', dict(split='test'), 498),
    ],
)
def test_real_tables(shared_data, name, arguments, count):
    config = dict(
        type='HeadPoseTableDataset',
        data_root=str(shared_data / name),
        ann_file='annotations.csv',
    )
    assert len(DATASETS.build({**config, **arguments})) == count


def test_another_zero_of_pitch_is_turned_back(write):
    rows = ('a.jpg,1,1,9,9,6,0,0,,', 'b.jpg,1,1,9,9,6,90,0,,', 'c.jpg,1,1,9,9,0,0,30,,')
    plain, turned = (records(write(*rows, pitch_zero=zero)) for zero in (0.0, 6.0))
    np.testing.assert_allclose(turned[0]['head_angles'], [[0, 0, 0]], atol=1e-5)
    for before, after in zip(plain, turned, strict=True):
        # About the head's own x axis, which in profile is the line of sight.
        relative = before['head_rotation'][0].T @ after['head_rotation'][0]
        np.testing.assert_allclose(
            relative, euler_to_matrix((-6.0, 0.0, 0.0)), atol=1e-5
        )


def test_another_zero_needs_all_angles(write):
    with pytest.raises(ValueError, match=r'row 2: expected all three angles .*got 2'):
        write(pitch_zero=6.0).load_data_list()


@pytest.mark.parametrize(
    ('header', 'message'),
    [
        (
            'image,x1,y1,x2,y2,pitch,yaw,roll',
            r"columns x, y, w, h \(top-left corner, width, height\), got \['x1', 'x2'",
        ),
        ('image,left,top,Width,Height,pitch,yaw,roll', r"x, y, w, h .*'left', 'top'"),
        ('image,X,Y,W,H,pitch,yaw,roll', "the column 'h', got 'H'"),
        ('image, x, y, w, h,pitch,yaw,roll', "the column 'h', got ' h'"),
        ('image,x,y,w,h,pitch,yaw,roll,Split', "the column 'split', got 'Split'"),
        ('image,pitch,yaw,roll,pitch,yaw,subject,x', r"once, got \['pitch', 'yaw'\]"),
        ('image,pitch,yaw,rol', r"columns \['roll'\], got .*'rol'"),
    ],
)
def test_columns_by_other_names_are_told(write, header, message):
    row = ','.join(['a.jpg'] + ['5'] * header.count(','))
    with pytest.raises(ValueError, match=f'table.csv: expected .*{message}'):
        write(row, header=header)


def test_columns_that_look_like_ours_are_told(write, logged):
    header = 'image,pitch,yaw,roll,subject_id,splits,spread,x1'
    with pytest.raises(ValueError, match='x, y, w, h'):
        write('a.jpg,1,2,3,ann,train,0.1,2', header=header)
    assert len(write('a.jpg,1,2,3,ann,train,0.1', header=header[:-3])) == 1
    messages = [r.getMessage() for r in logged.records]
    assert len(messages) == 2
    assert "column 'splits' is not read; is it 'split'?" in messages[0]
    assert "column 'subject_id' is not read; is it 'subject'?" in messages[1]


def test_columns_of_ones_own_beside_a_box_are_let_be(write, logged):
    header = 'image,x,y,w,h,x1,y1,x2,y2,pitch,yaw,roll,spread,,'
    assert len(write('a.jpg,1,2,30,40,1,2,31,42,1,2,3,9,,', header=header)) == 1
    assert not logged.records


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
@pytest.mark.parametrize('name', ['t.csv', 't.json'])
def test_text_of_a_table_with_and_without_a_mark(tmp_path, encoding, name):
    cv2.imwrite(str(tmp_path / 'a.jpg'), np.zeros((120, 160, 3), np.uint8))
    text = 'image,pitch,yaw,roll,subject\na.jpg,1,2,3,Zoë\n'
    if name == 't.json':
        text = json.dumps([dict(image='a.jpg', pitch=1, yaw=2, roll=3, subject='Zoë')])
    (tmp_path / name).write_text(text, encoding=encoding)
    config = dict(type='HeadPoseTableDataset', data_root=str(tmp_path), ann_file=name)
    assert DATASETS.build(config).get_data_info(0)['subject'] == 'Zoë'


GOOD = dict(image='a.jpg', x=1, y=2, w=30, h=40, pitch=1, yaw=2, roll=3, subject='ann')


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (
            dict(image=['a.jpg']),
            r"row 1, column 'image': expected text, got \['a.jpg'\]",
        ),
        (dict(image=7), r"column 'image': expected text, got 7"),
        (dict(image='a\0.jpg'), r"column 'image': expected text, got 'a\\x00.jpg'"),
        (dict(image='\ud800'), r"column 'image': expected text, got '\\ud800'"),
        (dict(subject=['ann']), r"column 'subject': expected text, got \['ann'\]"),
        (dict(subject='\ud800'), r"column 'subject': expected text"),
        (dict(pitch=[1]), r"column 'pitch': expected a number .*, got '\[1\]'"),
        (dict(pitch=True), r"column 'pitch': expected a number .*, got 'True'"),
        (dict(pitch=float('nan')), r"column 'pitch': expected a number .*, got 'nan'"),
        (dict(x=10**400), r"column 'x': expected a number, got '1000"),
        (dict(x=1e308), r'expected a head box within a million pixels, got \[1e\+308'),
        (dict(w=1e39), r'expected a head box within a million pixels'),
    ],
)
def test_cells_of_json_that_are_something_else(write, changes, message):
    with pytest.raises(ValueError, match=message):
        write(text=json.dumps([{**GOOD, **changes}]), name='t.json')


@pytest.mark.parametrize('text', ['[' * 10**5, '[{"x": 1' + '0' * 5000 + '}]'])
def test_json_that_python_does_not_read(write, text):
    with pytest.raises(ValueError, match=r't.json: expected JSON, got'):
        write(text=text, name='t.json')


def test_people_named_by_numbers(write):
    rows = [dict(GOOD, subject=number) for number in (3, 4)]
    dataset = write(text=json.dumps(rows), name='t.json', subjects=['3'])
    assert [r['subject'] for r in records(dataset)] == ['3']


@pytest.mark.parametrize('test_mode', [False, True])
def test_no_angle_is_known(write, logged, test_mode):
    message = 'expected heads with a known pitch, yaw or roll, got none'
    rows = ('a.jpg,1,2,30,40,,,,ann,train', 'b.jpg,1,2,30,40,,,,ann,test')
    if test_mode:
        with pytest.raises(ValueError, match=message):
            write(*rows, test_mode=True)
        return
    assert len(write(*rows)) == 2
    assert message in logged.records[-1].getMessage()


def test_a_folder_whose_name_is_not_utf8(write, tmp_path):
    folder = tmp_path / os.fsdecode(b'\xff')
    folder.mkdir()
    (tmp_path / 'a.jpg').rename(folder / 'a.jpg')
    dataset = write(ROWS[0], data_prefix=dict(img=folder.name))
    assert dataset.get_data_info(0)['img_path'] == str(folder / 'a.jpg')


@pytest.mark.parametrize('policy', ['error', 'skip'])
@pytest.mark.parametrize(
    'rows',
    [
        ['a.jpg,11,2,3', '"b.jpg,11,2,3', 'c.jpg,11,2,3', 'a.jpg,11,2,3'],
        ['a.jpg,11,2,3', '"b.jpg,11,2,3', 'c.jpg,11,2,3', '"a.jpg,11,2,3'],
    ],
)
def test_a_stray_quote_swallows_no_rows(write, rows, policy):
    with pytest.raises(ValueError, match=r'expected a CSV table, got: .*after row 2'):
        write(*rows, header='image,pitch,yaw,roll', bad_labels=policy)


def test_a_row_has_the_number_of_its_line(write):
    rows = ('a.jpg,1,2,3', '', '"b.jpg",1,left,3')
    with pytest.raises(ValueError, match="csv, row 4, column 'yaw'"):
        write(*rows, header='image,pitch,yaw,roll')


JSON_ROW = dict(image='a.jpg', pitch=11, yaw=2, roll=3)


@pytest.mark.parametrize(
    ('more', 'arguments', 'count'),
    [
        (dict(subject='ann'), {}, 3),
        (dict(split='train'), {}, 3),
        (dict(note='blurred'), {}, 3),
        (dict(subject='ann'), dict(subjects=['ann']), 2),
        (dict(subject='ann'), dict(exclude_subjects=['ann']), 1),
        (dict(split='train'), dict(split='train'), 2),
    ],
)
def test_json_rows_differ_in_what_is_optional(write, more, arguments, count):
    text = json.dumps([{**JSON_ROW, **more}, {**JSON_ROW, **more}, JSON_ROW])
    assert len(write(text=text, name='t.json', **arguments)) == count


def test_each_json_row_has_its_own_box_and_centre(write, logged):
    box, center = dict(x=10, y=20, w=40, h=60), dict(cx=33, cy=44)
    rows = [{**JSON_ROW, **more} for more in ({}, {}, box, center, {**box, **center})]
    got = records(write(text=json.dumps(rows), name='t.json'))
    whole, own = [0, 0, 160, 120], [10, 20, 50, 80]
    assert [r['bbox'][0].tolist() for r in got] == [whole, whole, own, whole, own]
    middles = [r['keypoints'][0, 0].tolist() for r in got]
    assert middles == [[80, 60], [80, 60], [30, 50], [33, 44], [33, 44]]
    (warning,) = [r.getMessage() for r in logged.records]
    assert 't.json: 3 of 5 rows have no x, y, w, h; the whole image' in warning


@pytest.mark.parametrize(
    ('more', 'reason'),
    [
        (dict(x=1, y=2), "the columns ['h', 'w']"),
        (dict(cx=1), "the columns ['cy']"),
        (dict(bbox=[1, 2, 3, 4]), 'the head box in the columns x, y, w, h'),
        (dict(Split='train'), "the column 'split'"),
    ],
)
def test_a_json_row_by_other_names_is_bad(write, logged, more, reason):
    rows = [JSON_ROW, JSON_ROW, {**JSON_ROW, **more}]
    options = dict(text=json.dumps(rows), name='t.json')
    with pytest.raises(ValueError, match=r't.json, row 3: expected the '):
        write(**options)
    assert len(write(**options, bad_labels='skip')) == 2
    assert f'1 without {reason}' in logged.records[-1].getMessage()


SPREADS = HEADER + ',spread'


def test_labels_on_which_their_givers_differ_are_left_out(write):
    rows = [
        f'{row},{spread}' for row, spread in zip(ROWS, ('4', '9.5', ''), strict=True)
    ]
    subjects = [
        [record['subject'] for record in records(write(*rows, header=SPREADS, **how))]
        for how in ({}, dict(max_spread=9.5), dict(max_spread=9))
    ]
    assert subjects == [['ann', 'ben', 'cleo'], ['ann', 'ben', 'cleo'], ['ann', 'cleo']]


@pytest.mark.parametrize(
    ('header', 'rows', 'limit', 'message'),
    [
        (HEADER, ROWS, 5, r"expected the columns \['spread'\]"),
        (SPREADS, [f'{ROWS[1]},7'], 5, 'spread up to 5 degrees, got none; the .* 7.0'),
        (SPREADS, [f'{ROWS[1]},few'], 5, r"column 'spread': expected a number"),
        (SPREADS, [f'{ROWS[1]},-4'], 5, "column 'spread': expected 0 degrees or more"),
        (HEADER, ROWS, 0, 'max_spread: expected None or degrees above 0, got 0'),
    ],
)
def test_a_limit_of_spread_needs_spreads(write, header, rows, limit, message):
    with pytest.raises(ValueError, match=message):
        write(*rows, header=header, max_spread=limit).load_data_list()
