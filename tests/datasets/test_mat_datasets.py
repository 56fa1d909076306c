"""AFLW2000-3D and 300W-LP: layout, filter, and their bad files."""

import shutil

import cv2
import numpy as np
import pytest
from mmpose.registry import DATASETS
from official_layouts import write_head


def build(root, kind='AFLW2000Dataset', **arguments):
    return DATASETS.build(dict(type=kind, data_root=str(root), **arguments))


def test_record(aflw2000):
    record = build(aflw2000, margin=0.6).get_data_info(0)
    np.testing.assert_allclose(record['head_angles'], [[10, -20, 30]], atol=1e-4)
    np.testing.assert_array_equal(record['keypoints'], [[[200, 200]]])
    # The visible points span 100-300 and 150-250; 0.6 of that on each side.
    np.testing.assert_allclose(record['bbox'], [[-20, 90, 420, 310]])


def test_heads_beyond_99_degrees_are_left_out(aflw2000):
    assert len(build(aflw2000)) == 2
    assert len(build(aflw2000, max_abs_angle=None)) == 3
    assert len(build(aflw2000, max_abs_angle=(None, 90, None))) == 2


@pytest.fixture
def w300lp(tmp_path):
    root = tmp_path / '300w_lp'
    for part in ('AFW', 'HELEN', 'IBUG', 'LFPW'):
        for suffix in ('', '_Flip'):
            write_head(root / (part + suffix), f'{part}_1', (1, 2, 3))
    write_head(root / 'Code', 'not_a_part', (1, 2, 3))
    return root


@pytest.mark.parametrize(
    ('arguments', 'count'),
    [({}, 8), (dict(include_flip=False), 4), (dict(parts=('HELEN',)), 2)],
)
def test_300w_lp_folders(w300lp, arguments, count):
    assert len(build(w300lp, 'W300LPDataset', **arguments)) == count


def test_300w_lp_missing_part(w300lp):
    shutil.rmtree(w300lp / 'IBUG_Flip')
    with pytest.raises(FileNotFoundError, match=r"found no \['IBUG_Flip'\]"):
        build(w300lp, 'W300LPDataset')
    assert len(build(w300lp, 'W300LPDataset', include_flip=False)) == 4


def test_300w_lp_unknown_part(w300lp):
    with pytest.raises(ValueError, match=r"parts: expected some of .*got \('LFWP',\)"):
        build(w300lp, 'W300LPDataset', parts=('LFWP',))


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        (dict(Pose_Para=None), ValueError, r"a.mat: expected a variable 'Pose_Para'"),
        (dict(pt2d=None), ValueError, r"a.mat: expected a variable 'pt2d'"),
        (dict(Pose_Para=[[np.nan, 0, 0]]), ValueError, r'Pose_Para = .* got \[nan'),
        (
            dict(Pose_Para=[[30.0, 0, 0]]),
            ValueError,
            r'in radians, .*look like degrees',
        ),
        (dict(pt2d=-np.ones((2, 21))), ValueError, r'two visible points'),
        (
            dict(pt2d=np.full((2, 9), 700.0)),
            ValueError,
            r'a.jpg: expected a head box of',
        ),
    ],
)
def test_bad_mat_file(tmp_path, changes, error, message):
    write_head(tmp_path / 'bad', 'a', (1, 2, 3), **changes)
    with pytest.raises(error, match=message):
        build(tmp_path / 'bad')


def test_box_outside_the_image(tmp_path):
    points = np.array([[500.0, 600.0], [100.0, 200.0]])
    write_head(tmp_path / 'bad', 'a', (1, 2, 3), points)
    message = (
        r'a.jpg: expected a head box inside the image, got .*500.* in 450x450 pixels'
    )
    with pytest.raises(ValueError, match=message):
        build(tmp_path / 'bad')


def test_mat_that_is_none_and_missing_image(tmp_path):
    write_head(tmp_path / 'bad', 'a', (1, 2, 3))
    (tmp_path / 'bad' / 'a.jpg').unlink()
    with pytest.raises(FileNotFoundError, match=r'a.jpg: expected a file, found no'):
        build(tmp_path / 'bad')
    (tmp_path / 'bad' / 'a.jpg').touch()
    (tmp_path / 'bad' / 'a.mat').write_text('no matlab file')
    with pytest.raises(ValueError, match=r'a.mat: expected a MATLAB file, got'):
        build(tmp_path / 'bad')


def test_empty_root_tells_the_layout(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'expected imageNNNNN.jpg and imageNN'):
        build(tmp_path)
    with pytest.raises(FileNotFoundError, match=r'expected folders AFW, HELEN, IBUG'):
        build(tmp_path, 'W300LPDataset')


def test_unreadable_image_does_not_stop_the_start(tmp_path):
    root = tmp_path / 'some'
    for name in 'ab':
        write_head(root, name, (1, 2, 3))
    (root / 'b.jpg').write_bytes(b'no image')
    dataset = build(root, pipeline=[dict(type='LoadImage')])
    assert len(dataset) == 2
    assert dataset.prepare_data(1) is None
    assert dataset[1]['img_path'].endswith('a.jpg')


def test_changed_image_is_noticed(tmp_path):
    """The image's size is in the index too."""
    root = tmp_path / 'some'
    write_head(root, 'a', (1, 2, 3))
    box = build(root, region='image').get_data_info(0)['bbox']
    np.testing.assert_array_equal(box, [[0, 0, 450, 450]])
    cv2.imwrite(str(root / 'a.jpg'), np.zeros((300, 320, 3), np.uint8))
    box = build(root, region='image').get_data_info(0)['bbox']
    np.testing.assert_array_equal(box, [[0, 0, 320, 300]])


@pytest.mark.real_data
def test_sample_of_aflw2000(shared_data):
    """Of the 40 images, 00032, 00091 and 00139 ... are on the list of the 31."""
    root = shared_data / 'aflw2000'
    listed = {'00032', '00088', '00091', '00139', '00150', '00179', '00188'}
    present = {path.stem.removeprefix('image') for path in root.glob('*.mat')}
    dataset = build(root)
    kept = {dataset.get_data_info(i)['img_path'][-9:-4] for i in range(len(dataset))}
    assert len(kept) == 37
    assert (present - kept) & listed == present & listed
