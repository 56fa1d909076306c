"""Tables read by picture: all heads of each."""

import cv2
import numpy as np
import pytest
from mmpose.registry import DATASETS


@pytest.fixture
def write(tmp_path):
    for name in 'abcd':
        cv2.imwrite(str(tmp_path / f'{name}.jpg'), np.zeros((120, 160, 3), np.uint8))

    def build(*rows, header='image,x,y,w,h,pitch,yaw,roll,split', **arguments):
        (tmp_path / 'table.csv').write_text('\n'.join([header, *rows]))
        config = dict(
            type='TableHeadsDataset', data_root=str(tmp_path), ann_file='table.csv'
        )
        return DATASETS.build({**config, **arguments})

    return build


ROWS = (
    'b.jpg,10,20,40,60,5,-30,1,train',
    'a.jpg,10,20,40,60,1,2,3,train',
    'b.jpg,90,20,20,20,,,,train',
    'c.jpg,0,0,20,20,7,8,9,test',
)


def test_a_record_is_a_picture(write):
    dataset = write(*ROWS)
    assert len(dataset) == 3
    record = dataset.get_data_info(1)
    assert record['img_path'].endswith('b.jpg')
    np.testing.assert_array_equal(record['bbox'], [[10, 20, 50, 80], [90, 20, 110, 40]])
    np.testing.assert_array_equal(record['keypoints'], [[[30, 50]], [[100, 30]]])
    np.testing.assert_array_equal(record['keypoints_visible'], [[1], [1]])
    np.testing.assert_array_equal(record['head_angles'], [[5, -30, 1], [0, 0, 0]])
    np.testing.assert_array_equal(record['head_angles_valid'], [[1, 1, 1], [0, 0, 0]])
    assert record['head_rotation'].shape == (2, 3, 3)


def test_choices_are_of_pictures(write):
    assert len(write(*ROWS, split='train')) == 2
    rows, header = (
        [row.rpartition(',')[0] for row in ROWS],
        'image,x,y,w,h,pitch,yaw,roll',
    )
    for split, names in (('train', 'ac'), ('test', 'b')):
        part = write(*rows, header=header, split=split, test_period=2)
        found = [part.get_data_info(i)['img_path'][-5] for i in range(len(part))]
        assert found == [*names]
    assert len(write(*ROWS, sample_interval=2)) == 2


def test_angles_may_be_missing_and_boxes_may_not(write):
    rows = ('a.jpg,10,20,40,60', 'a.jpg,70,20,40,60')
    dataset = write(*rows, header='image,x,y,w,h', test_mode=True)
    assert not dataset.get_data_info(0)['head_angles_valid'].any()
    with pytest.raises(ValueError, match=r"the columns \['h', 'w'\]"):
        write('a.jpg,10,20', header='image,x,y')


@pytest.mark.parametrize(('period', 'split'), [(1, 'test'), (2, None), (2, 'val')])
def test_period_is_checked(write, period, split):
    with pytest.raises(ValueError, match='expected test_period of 2 or more and split'):
        write(*ROWS, test_period=period, split=split)


def names(dataset):
    return [dataset.get_data_info(i)['img_path'][-5] for i in range(len(dataset))]


@pytest.mark.parametrize(
    ('rows', 'choice'),
    [
        (('a.jpg,10,20,40,60,1,95,3,train',), dict(max_abs_angle=89)),
        (('a.jpg,10,20,0,60,1,2,3,train',), dict(bad_labels='skip')),
        (('a.jpg,10,20,40,60,1,2,3,test',), dict(split='train')),
    ],
)
def test_a_picture_of_which_a_head_is_left_out_is_left_out(write, rows, choice):
    """Else the head would be taught as background."""
    assert names(write(*ROWS[:3], *rows, **choice)) == ['b']
    with pytest.raises(ValueError, match='a picture of which all heads are chosen'):
        write(ROWS[1], *rows, **choice)


def test_a_filter_moves_no_picture_to_another_part(write):
    rows = [
        f'{name}.jpg,10,20,40,60,0,{yaw},0'
        for name, yaw in zip('abcd', (0, 95, 0, 0), strict=True)
    ]
    parts = [
        names(
            write(
                *rows,
                header='image,x,y,w,h,pitch,yaw,roll',
                split=split,
                test_period=2,
                max_abs_angle=limit,
            )
        )
        for split, limit in (('train', 89), ('test', None), ('test', 89))
    ]
    assert parts == [['a', 'c'], ['b', 'd'], ['d']]
    with pytest.raises(ValueError, match="expected no column 'split' with a test_per"):
        write(*ROWS, split='train', test_period=2)


def test_heads_without_angles_beside_a_zero_of_pitch(write):
    dataset = write(*ROWS[:3], pitch_zero=6.0)
    valid = dataset.get_data_info(1)['head_angles_valid']
    np.testing.assert_array_equal(valid, [[1, 1, 1], [0, 0, 0]])


def test_boxes_of_another_kind_are_scaled_about_their_middles(write):
    plain, larger = write(*ROWS[:3]), write(*ROWS[:3], box_scale=1.5)
    before, after = plain.get_data_info(1), larger.get_data_info(1)
    np.testing.assert_allclose(after['bbox'][0], [0, 5, 60, 95])
    np.testing.assert_array_equal(after['keypoints'], before['keypoints'])
    with pytest.raises(ValueError, match='box_scale: expected None or a factor above'):
        write(*ROWS[:3], box_scale=0)


def test_ignored_rows_are_not_visible(write):
    rows = ('a.jpg,10,20,40,60,', 'a.jpg,90,20,20,20,1', 'b.jpg,10,20,40,60,0')
    dataset = write(*rows, header='image,x,y,w,h,ignored')
    visible = [dataset.get_data_info(i)['keypoints_visible'].tolist() for i in (0, 1)]
    assert visible == [[[1], [0]], [[1]]]
    with pytest.raises(
        ValueError, match="row 2, column 'ignored': expected 0, 1 or no"
    ):
        write('a.jpg,10,20,40,60,yes', header='image,x,y,w,h,ignored')
