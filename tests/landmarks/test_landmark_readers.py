"""Files with landmarks: what is read of them, and what is said of bad ones."""

import json

import numpy as np
import pytest

from bernoulli_mmpose.landmarks.readers import (
    list_landmark_files,
    read_file,
    read_landmark_table,
    read_mat_points,
    read_pts,
)

NUMBERS = np.arange(136.0).reshape(68, 2)
HEADER = ['image', *(f'{axis}{i}' for i in range(68) for axis in 'xy')]


def pts(points):
    lines = '\n'.join(f'{x} {y}' for x, y in points)
    return f'version: 1\nn_points:  {len(points)}\n{{\n{lines}\n}}\n'


def csv_text(cells, header=HEADER):
    return ','.join(header) + '\n' + ','.join(map(str, cells)) + '\n'


def test_pts_count_pixels_from_one(tmp_path):
    path = tmp_path / 'a.pts'
    path.write_text(pts(NUMBERS + 1))
    np.testing.assert_array_equal(read_pts(path), NUMBERS)
    (tmp_path / 'a.png').touch()
    assert read_file(path, tmp_path, ()).image == 'a.png'


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (pts(NUMBERS[:21]), r'expected 68 lines .* got shape \(21, 2\)'),
        (pts(NUMBERS * np.nan), 'expected 68 lines of two finite numbers'),
        (
            pts(NUMBERS).replace('5.0', 'five', 1),
            'expected a .pts file, got: could not',
        ),
        (pts(NUMBERS).replace('}', ''), r'.* got shape \(68, 2\) and no closing brace'),
        ('', r'expected 68 lines .* got shape \(0,\)'),
    ],
)
def test_bad_pts(tmp_path, text, message):
    (tmp_path / 'a.pts').write_text(text)
    with pytest.raises(ValueError, match=f'a.pts: {message}'):
        read_pts(tmp_path / 'a.pts')


def test_mat_variables_and_hidden_points(write_mat, face, tmp_path):
    points = face((0, 0, 0))
    hidden = points.copy()
    hidden[3] = (-1, 50)
    path = tmp_path / 'a.mat'
    write_mat(path, (0, 0, 0), pt2d=hidden.T)
    np.testing.assert_allclose(read_mat_points(path), points)
    flat = read_mat_points(path, ['pt2d'])
    assert np.flatnonzero(np.isnan(flat[:, 0])).tolist() == [3]
    write_mat(path, (0, 0, 0), pt3d_68=None, pt2d=hidden.T)
    np.testing.assert_array_equal(read_mat_points(path), flat)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(pt3d_68=None, pt2d=None), 'expected a variable pt3d_68 or pt2d, found n'),
        (dict(pt3d_68=np.ones((3, 21))), r'pt3d_68: expected 68 points.*\(3, 21\)'),
        (dict(pt3d_68=np.full((3, 68), np.nan)), 'pt3d_68: expected finite numbers'),
        (dict(pt3d_68='abc'), '.*pt3d_68 that is no array of real numbers'),
    ],
)
def test_bad_mat(write_mat, tmp_path, changes, message):
    write_mat(tmp_path / 'a.mat', (0, 0, 0), **changes)
    with pytest.raises(ValueError, match=f'a.mat: {message}'):
        read_mat_points(tmp_path / 'a.mat')


def test_no_mat(tmp_path):
    (tmp_path / 'a.mat').write_text('text')
    with pytest.raises(ValueError, match='a.mat: expected a MATLAB file, got'):
        read_mat_points(tmp_path / 'a.mat')


def test_picture_must_be_there(write_mat, tmp_path):
    write_mat(tmp_path / 'a.mat', (0, 0, 0))
    (tmp_path / 'a.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='expected a picture beside it, found'):
        read_file(tmp_path / 'a.mat', tmp_path, ['pt2d'])


def test_two_kinds_of_files_are_refused(tmp_path):
    for name in ('b.mat', 'a.mat', 'a.jpg', 'c.png'):
        (tmp_path / name).touch()
    assert [path.name for path in list_landmark_files(tmp_path)] == ['a.mat', 'b.mat']
    (tmp_path / 'c.pts').touch()
    with pytest.raises(ValueError, match='expected .mat files or .pts files, got 2 an'):
        list_landmark_files(tmp_path)


def test_folders_without_pictures_are_passed_over(tmp_path):
    """The archives of 300W-LP and AFLW2000 have such ones."""
    for name in ('AFW/a.mat', 'AFW/a.jpg', 'AFW/lost.mat', 'Code/c/Model.mat'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.name for path in list_landmark_files(tmp_path)]
    assert found == ['a.mat', 'lost.mat']
    with pytest.raises(FileNotFoundError, match='beside their pictures .*, found none'):
        list_landmark_files(tmp_path / 'Code')


def test_people_and_splits_of_a_json_table_may_be_numbers(tmp_path):
    row = dict(image='a.jpg', landmarks=[None] * 68, subject=0, split=None)
    (tmp_path / 'faces.json').write_text(json.dumps([row]))
    (face,) = read_landmark_table(tmp_path / 'faces.json')
    assert (face.subject, face.split) == ('0', '')


def test_an_image_is_a_path(tmp_path):
    row = dict(image=['a.jpg'], landmarks=[None] * 68)
    (tmp_path / 'faces.json').write_text(json.dumps([row]))
    with pytest.raises(
        ValueError, match=r"row 1: expected an 'image', got \['a.jpg'\]"
    ):
        read_landmark_table(tmp_path / 'faces.json')


def test_tables(tmp_path):
    cells = ['a.jpg', *NUMBERS.ravel()]
    cells[1 + 2 * 5 : 3 + 2 * 5] = ['', '']
    (tmp_path / 'faces.csv').write_text(csv_text(cells))
    rows = [[x, y] if i != 5 else None for i, (x, y) in enumerate(NUMBERS)]
    text = json.dumps([dict(image='a.jpg', landmarks=rows, subject='Ann')])
    (tmp_path / 'faces.json').write_text(text)
    expected = np.where(np.arange(68)[:, None] == 5, np.nan, NUMBERS)
    for name, subject in (('faces.csv', ''), ('faces.json', 'Ann')):
        (face,) = read_landmark_table(tmp_path / name)
        np.testing.assert_array_equal(face.points, expected)
        assert (face.image, face.subject, face.split) == ('a.jpg', subject, '')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (
            csv_text(['a', 1, 2], HEADER[:3]),
            r'row 2: expected the columns .* missing 1',
        ),
        (csv_text(['a', *[1] * 135]), 'row 2: expected a cell for each .* got fewer'),
        (csv_text(['a', *[1] * 137]), 'row 2: expected a cell for each .* got more'),
        (csv_text(['', *[1] * 136]), "row 2: expected an 'image', got none"),
        (csv_text(['a', 'x', *[1] * 135]), "row 2, point 0: .* got 'x' for x"),
        (csv_text(['a', 1, 1, 1, '', *[1] * 132]), 'point 1: .* got None for y'),
        (csv_text(['a', 'nan', *[1] * 135]), "point 0: .* got 'nan' for x"),
    ],
)
def test_bad_csv(tmp_path, text, message):
    (tmp_path / 'faces.csv').write_text(text)
    with pytest.raises(ValueError, match=f'faces.csv.*{message}'):
        read_landmark_table(tmp_path / 'faces.csv')


@pytest.mark.parametrize(
    ('landmarks', 'message'),
    [
        (None, "'landmarks': expected a list of 68, got None"),
        ([[1, 2]] * 21, "'landmarks': expected a list of 68, got 21"),
        ([[1, 2, 3]] * 68, r'point 0: expected \[x, y\] or null, got \[1, 2, 3\]'),
        ([[1, 2]] * 67 + [[1, None]], 'point 67: expected two .* got None for y'),
        ([[1, 10**400]] * 68, 'point 0: expected two finite numbers.* got 1000'),
        ([[1, 1e308]] * 68, 'point 0: expected two finite numbers.* got 1e\\+308'),
        ([[1, 'b']] * 68, "point 0: expected two finite numbers.* got 'b' for y"),
    ],
)
def test_bad_json_table(tmp_path, landmarks, message):
    text = json.dumps([dict(image='a.jpg', landmarks=landmarks)])
    (tmp_path / 'faces.json').write_text(text)
    with pytest.raises(ValueError, match=f'faces.json, row 1.*{message}'):
        read_landmark_table(tmp_path / 'faces.json')


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(image='a\0'), "expected an 'image', got 'a.x00'"),
        (dict(image='\ud800'), "expected an 'image', got '.ud800'"),
        (dict(subject=['Ann']), r"expected names as 'subject', 'split', got \[\['Ann'"),
        (dict(split='\ud800'), "expected names as 'subject', 'split'"),
    ],
)
def test_names_that_are_none(tmp_path, changes, message):
    row = {**dict(image='a.jpg', landmarks=NUMBERS.tolist()), **changes}
    (tmp_path / 'faces.json').write_text(json.dumps([row]))
    with pytest.raises(ValueError, match=f'faces.json, row 1: {message}'):
        read_landmark_table(tmp_path / 'faces.json')


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_texts_with_a_mark(tmp_path, encoding):
    (tmp_path / 'a.pts').write_text(pts(NUMBERS), encoding=encoding)
    np.testing.assert_array_equal(read_pts(tmp_path / 'a.pts'), NUMBERS - 1)
    text = json.dumps([dict(image='a.jpg', landmarks=NUMBERS.tolist())])
    (tmp_path / 'faces.json').write_text(text, encoding=encoding)
    (tmp_path / 'faces.csv').write_text(csv_text(['a.jpg', *NUMBERS.ravel()]), encoding)
    for name in ('faces.json', 'faces.csv'):
        (face,) = read_landmark_table(tmp_path / name)
        np.testing.assert_array_equal(face.points, NUMBERS)


def test_system_files_are_passed_over(write_mat, tmp_path):
    write_mat(tmp_path / 'a.mat', (0, 0, 0))
    write_mat(tmp_path / '._a.mat', (0, 0, 0))
    assert list_landmark_files(tmp_path) == [tmp_path / 'a.mat']
