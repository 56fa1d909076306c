"""Whole pictures: windows about a head for training, and a fixed size for testing."""

import cv2
import numpy as np
import pytest
from mmpose.registry import TRANSFORMS


def build(kind, **arguments):
    return TRANSFORMS.build(dict(type=kind, **arguments))


def picture(boxes, size=(400, 300)):
    """White discs in grey, each in the middle of its box."""
    image = np.full((size[1], size[0], 3), 90, np.uint8)
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    for x1, y1, x2, y2 in boxes:
        middle = round((x1 + x2) / 2), round((y1 + y2) / 2)
        cv2.circle(image, middle, round((x2 - x1) / 2), (255, 255, 255), -1)
    return dict(
        img=image,
        bbox=boxes,
        keypoints=(boxes[:, None, :2] + boxes[:, None, 2:]) / 2,
        keypoints_visible=np.ones((len(boxes), 1), np.float32),
    )


def bright(image):
    """Centre (x, y) of the bright pixels, and their number."""
    light = image[..., 0].clip(90).astype(float) - 90
    x, y = np.arange(image.shape[1]), np.arange(image.shape[0])
    place = np.array([light.sum(0) @ x, light.sum(1) @ y]) / light.sum()
    return place, np.count_nonzero(light > 90)


@pytest.mark.parametrize('turn_prob', [0, 1])
def test_labels_follow_the_window(turn_prob):
    step = build(
        'RandomHeadZoom',
        input_size=(256, 256),
        head_sizes=(20, 60),
        turn_prob=turn_prob,
    )
    np.random.seed(0)
    sizes = []
    for _ in range(30):
        found = step(picture([[150, 100, 190, 140]]))
        assert found['img'].shape == (256, 256, 3)
        place, area = bright(found['img'])
        scale = np.sqrt(np.linalg.det(found['warp_mat'][:, :2]))
        sizes.append(40 * scale)
        center = found['keypoints'][0, 0]
        if abs(center - 128).max() + sizes[-1] / 2 < 127:  # it is not cut
            np.testing.assert_allclose(center, place, atol=1)
            assert np.sqrt(area * 4 / np.pi) == pytest.approx(sizes[-1], abs=2)
        assert found['keypoints_visible'].tolist() == [[1]]
        if not turn_prob:
            sides = found['bbox'][0, 2:] - found['bbox'][0, :2]
            np.testing.assert_allclose(sides, sizes[-1], rtol=1e-3)
    assert min(sizes) < 25
    assert max(sizes) > 50


def test_small_heads_are_neither_learnt_nor_background():
    step = build('RandomHeadZoom', input_size=(256, 256), head_sizes=(40, 40))
    boxes = [[100, 100, 180, 180], [20, 20, 28, 28]]
    for _ in range(20):
        found = step(picture(boxes))
        small = 8 * np.sqrt(np.linalg.det(found['warp_mat'][:, :2])) < 6
        assert found['keypoints_visible'][1, 0] == (not small)


def test_windows_anywhere_show_a_head_at_times():
    step = build('RandomHeadZoom', input_size=(64, 64), anywhere_prob=1)
    np.random.seed(0)
    found = [step(picture([[100, 100, 140, 140]])) for _ in range(60)]
    shown = [(abs(one['keypoints'][0, 0] - 32) < 32).all() for one in found]
    assert 5 < sum(shown) < 55


def test_a_window_of_a_picture_without_heads():
    step = build('RandomHeadZoom', input_size=(64, 64))
    found = step(picture([]))
    assert found['img'].shape == (64, 64, 3)
    assert found['keypoints_visible'].shape == (0, 1)


def test_a_hidden_head_is_never_the_one_in_the_middle():
    step = build('RandomHeadZoom', input_size=(64, 64), head_sizes=(30, 30))
    record = picture([[300, 200, 330, 230], [20, 20, 50, 50]])
    record['keypoints_visible'][0] = 0
    for _ in range(10):
        found = step({**record})
        assert ((found['keypoints'][1] >= 0) & (found['keypoints'][1] < 64)).all()
        assert found['keypoints_visible'][0, 0] == 0


@pytest.mark.parametrize(
    ('size', 'side', 'expected'),
    [
        ((400, 300), 128, (128, 96)),
        ((300, 400), 96, (96, 96)),
        ((1000, 30), 320, (320, 32)),
        ((40, 30), 320, (96, 64)),  # enlarged to twice its size, no more
        ((1, 1), 64, (32, 32)),
    ],
)
def test_a_picture_is_scaled_and_padded(size, side, expected):
    found = build('FitPicture', side=side)(picture([], size))
    assert found['input_size'] == expected
    assert found['img'].shape == (expected[1], expected[0], 3)


@pytest.mark.parametrize('side', [96, 416, 800])
def test_places_come_back_to_the_picture(side):
    found = build('FitPicture', side=side)(picture([[150, 80, 210, 140]]))
    place = bright(found['img'])[0] / found['input_size'] * found['input_scale']
    place = place + found['input_center'] - found['input_scale'] / 2
    np.testing.assert_allclose(place, (180, 110), atol=0.5)


def test_a_record_may_ask_for_another_side():
    record = dict(picture([]), longer_side=50)
    assert build('FitPicture', side=320)(record)['input_size'] == (64, 64)


@pytest.mark.parametrize(
    ('kind', 'arguments', 'message'),
    [
        ('FitPicture', dict(side=50), 'side: expected a multiple of 32 pixels, got 50'),
        ('FitPicture', dict(side=0), 'side: expected a multiple of 32'),
        ('FitPicture', dict(side=64, enlarge=0), 'enlarge: expected a factor above 0'),
        (
            'RandomHeadZoom',
            dict(input_size=(64, 64), head_sizes=(9, 8)),
            'head_sizes: expected 0 < least <= greatest',
        ),
        (
            'RandomHeadZoom',
            dict(input_size=(64, 64), turn_prob=2),
            'turn_prob and anywhere_prob in 0 to 1',
        ),
    ],
)
def test_arguments_are_checked(kind, arguments, message):
    with pytest.raises(ValueError, match=message):
        build(kind, **arguments)
