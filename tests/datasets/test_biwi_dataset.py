"""BIWI: protocols by person, projection, calibration, and its bad files."""

import cv2
import numpy as np
import pytest
from mmpose.registry import DATASETS

from bernoulli_headpose import rotation
from bernoulli_mmpose.datasets.biwi_dataset import PEOPLE, TEST_SEQUENCES
from bernoulli_mmpose.datasets.biwi_files import read_calibration, read_pose

R_EXT = np.array(
    [
        [0.999947, 0.00432361, 0.00929419],
        [-0.00446314, 0.999877, 0.0150443],
        [-0.009228, -0.015085, 0.999844],
    ]
)


def build(root, **arguments):
    return DATASETS.build(dict(type='BIWIDataset', data_root=str(root), **arguments))


@pytest.mark.parametrize('protocol', TEST_SEQUENCES)
def test_no_person_is_on_both_sides(protocol):
    test = set(TEST_SEQUENCES[protocol])
    train = set(range(1, 25)) - test
    assert f'{len(train)}/{len(test)}' == protocol
    people = [{PEOPLE[number - 1] for number in side} for side in (train, test)]
    assert not people[0] & people[1]
    assert len(people[0] | people[1]) == 20


def test_people_recorded_twice():
    """The data set's readme: F02 = 02, 21; F03 = 03, 15; F05 = 05, 18; M01 = 07, 22."""
    twice = {p: [i + 1 for i, q in enumerate(PEOPLE) if p == q] for p in PEOPLE}
    twice = {person: numbers for person, numbers in twice.items() if len(numbers) > 1}
    assert twice == dict(F02=[2, 21], F03=[3, 15], F05=[5, 18], M01=[7, 22])


@pytest.mark.parametrize('protocol', TEST_SEQUENCES)
def test_splits_partition_the_data_set(biwi, protocol):
    parts = [build(biwi, protocol=protocol, split=s) for s in ('train', 'test')]
    paths = [
        {part.get_data_info(i)['img_path'] for i in range(len(part))} for part in parts
    ]
    assert not paths[0] & paths[1]
    assert len(paths[0] | paths[1]) == 48 == len(build(biwi, split='all'))


def test_labels_are_the_literatures(biwi):
    record = build(biwi, split='all').get_data_info(13)
    assert record['img_path'].endswith('07/frame_00004_rgb.png')
    np.testing.assert_allclose(record['head_angles'], [[7, -7, 4]], atol=1e-4)
    expected = rotation.euler_to_matrix([7, -7, 4])
    np.testing.assert_allclose(record['head_rotation'][0], expected, atol=1e-6)
    assert record['subject'] == 'M01'


def test_calibrated_labels_are_those_of_the_colour_camera(biwi):
    """R_rgb = R_ext . R, in BIWI's own axes."""
    plain = build(biwi, split='all').get_data_info(0)
    turned = build(biwi, split='all', calibrated=True).get_data_info(0)
    pose = R_EXT @ rotation.matrix_to_biwi_pose(plain['head_rotation'][0])
    expected = rotation.biwi_pose_to_matrix(pose)
    error = rotation.geodesic_error(turned['head_rotation'][0], expected)
    assert error < 1e-3
    between = rotation.geodesic_error(plain['head_rotation'], turned['head_rotation'])
    assert between[0] == pytest.approx(1.0, abs=0.3)


def test_head_centre_is_projected_and_the_box_shrinks_with_distance(biwi):
    record = build(biwi, split='all', margin=0.0).get_data_info(0)
    x, y, z = R_EXT @ [50, 60, 1000] + [-24.0198, 5.8896, -13.2308]
    center = [517.679 * x / z + 320, 517.679 * y / z + 240.5]
    np.testing.assert_allclose(record['keypoints'][0, 0], center, atol=1e-3)
    x1, y1, x2, y2 = record['bbox'][0]
    assert x2 - x1 == pytest.approx(240 * 517.679 / z, rel=1e-5)
    assert y2 - y1 == pytest.approx(310 * 517.679 / z, rel=1e-5)
    wide = build(biwi, split='all', margin=0.5).get_data_info(0)['bbox'][0]
    assert wide[2] - wide[0] == pytest.approx(2 * (x2 - x1), rel=1e-5)


def test_rendered_stand_in_is_not_called_biwi(biwi):
    assert build(biwi).metainfo['dataset_name'] == 'biwi'
    (biwi / 'README.txt').write_text('rendered stand-in, not BIWI\n\nmore\n')
    assert build(biwi).metainfo['dataset_name'] == 'biwi_rendered'


def test_whole_image_with_background(biwi):
    record = build(biwi, split='all', region='image').get_data_info(0)
    np.testing.assert_array_equal(record['bbox'], [[0, 0, 640, 480]])


@pytest.mark.parametrize('size', [(320, 240), (1280, 960), (213, 160)])
def test_frames_scaled_without_their_calibration(biwi, size):
    """Places in the scaled picture, as cv2.resize makes it; it was 640x480."""
    plain = build(biwi, split='all', margin=0.0).get_data_info(0)
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    cv2.imwrite(str(biwi / '01' / 'frame_00003_rgb.png'), picture)
    scaled = build(biwi, split='all', margin=0.0).get_data_info(0)
    ratio = np.divide(size, (640, 480))
    for name in ('keypoints', 'bbox'):
        expected = (plain[name].reshape(-1, 2) + 0.5) * ratio - 0.5
        np.testing.assert_allclose(scaled[name].reshape(-1, 2), expected, atol=1e-3)
    whole = build(biwi, split='all', region='image').get_data_info(0)['bbox']
    np.testing.assert_array_equal(whole, [[0, 0, *size]])


def test_frames_cropped_without_their_calibration(biwi):
    frame = biwi / '01' / 'frame_00003_rgb.png'
    cv2.imwrite(str(frame), np.zeros((480, 480, 3), np.uint8))
    message = r'frame_00003_rgb.png: .* proportions of rgb.cal, got 480x480 beside 640x'
    with pytest.raises(ValueError, match=message):
        build(biwi, split='all')
    assert len(build(biwi, split='all', bad_labels='skip')) == 47


def test_frame_list_restricts_to_a_variant(biwi, tmp_path):
    listing = tmp_path / 'variant.txt'
    listing.write_text('#;image\nkinect/07/frame_00004_rgb.png;1;2\n03/frame_00003\n')
    assert len(build(biwi, split='all', frame_list=str(listing))) == 2
    assert len(build(biwi, split='test', frame_list=str(listing))) == 1
    listing.write_text('07/frame_00009\n')
    with pytest.raises(
        FileNotFoundError, match=r'07/frame_00009 is not there \(1 miss'
    ):
        build(biwi, split='all', frame_list=str(listing))


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_texts_with_a_mark(biwi, tmp_path, encoding):
    listing = tmp_path / 'variant.txt'
    listing.write_text('07/frame_00004\n', encoding=encoding)
    for path in (biwi / '07').glob('*.[ct][ax][lt]'):
        path.write_text(path.read_text(), encoding=encoding)
    assert len(build(biwi, split='all', frame_list=str(listing))) == 1


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (b'07/frame_00004 \xff', 'variant.txt: expected text in UTF-8'),
        (b'99/frame_00004', 'variant.txt: expected frames of the sequences'),
        (b'', 'variant.txt: expected lines with NN/frame_NNNNN'),
    ],
)
def test_lists_of_no_frames(biwi, tmp_path, content, message):
    listing = tmp_path / 'variant.txt'
    listing.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        build(biwi, split='all', frame_list=str(listing))


@pytest.mark.parametrize(
    ('old', 'new'),
    [
        *(('517.679', '1e308'), ('517.679', '-5'), ('640 480', '0 0')),
        *(('0.999947', '-0.999947'), ('0.999844', '1.2')),  # no rotation
    ],
)
def test_a_camera_that_is_none(biwi, old, new):
    path = biwi / '01' / 'rgb.cal'
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ValueError, match='01/rgb.cal: expected'):
        build(biwi)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(protocol='10/14'), r"protocol: expected one of .*'16/8'.* got '10/14'"),
        (dict(split='val'), r"split: expected 'train', 'test' or 'all', got 'val'"),
        (dict(region='face'), r"region: expected 'head' or 'image', got 'face'"),
        (dict(margin=-0.7), r'margin: expected a share of -0.5 to 10, got -0.7'),
        (dict(head_size_mm=(0, 1)), r'head_size_mm: expected positive'),
    ],
)
def test_bad_arguments(biwi, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(biwi, **arguments)


def test_missing_and_empty_roots(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r'data_root of BIWIDataset.* got .*none'
    ):
        build(tmp_path / 'none')
    with pytest.raises(
        FileNotFoundError, match=r'expected folders 01 .* 24.*found none'
    ):
        build(tmp_path)


def test_missing_sequence(biwi, tmp_path):
    (biwi / '08').rename(tmp_path / 'elsewhere')
    with pytest.raises(
        FileNotFoundError, match=r'16/8 \(train\), found no frames of \[8\]'
    ):
        build(biwi)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('1 0 0\n0 1 0\n', r'frame_00003_pose.txt: .*12 numbers.* got 6 .*truncated'),
        ('1 0 0\n0 1 0\n0 0 1\n\n1 2 nan\n', r'12 numbers\), got 11'),
        ('2 0 0\n0 1 0\n0 0 1\n\n1 2 3\n', r'expected a rotation matrix, got'),
        ('a b c', r'expected a 3x3 rotation and a head centre, got could not convert'),
    ],
)
def test_bad_pose_file(biwi, text, message):
    (biwi / '01' / 'frame_00003_pose.txt').write_text(text)
    with pytest.raises(ValueError, match=message):
        build(biwi)


def test_missing_files_are_named(biwi):
    (biwi / '01' / 'frame_00003_pose.txt').unlink()
    with pytest.raises(FileNotFoundError, match=r'frame_00003_pose.txt'):
        build(biwi)
    with pytest.raises(FileNotFoundError, match=r'rgb.cal: expected intrinsics'):
        read_calibration(biwi / '99' / 'rgb.cal')


def test_read_pose_gives_rotation_and_centre(biwi):
    numbers = read_pose(biwi / '01' / 'frame_00003_pose.txt')
    np.testing.assert_allclose(numbers[9:], [50, 60, 1000])
