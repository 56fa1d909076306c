"""Drawing: colours, what lies over what, pure functions."""

import numpy as np
import pytest

from bernoulli_headpose import drawing
from bernoulli_headpose.drawing import draw_scaled_overlay
from bernoulli_headpose.rotation import euler_to_matrix

BLUE, GREEN, RED = 0, 1, 2  # channels of a BGR image


def black(height=100, width=120):
    return np.zeros((height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ('pixel', 'channel'), [((75, 50), RED), ((60, 35), GREEN), ((60, 50), BLUE)]
)
def test_axes_have_their_colours_for_a_frontal_head(pixel, channel):
    picture = drawing.draw_axes(black(), np.eye(3), (60, 50), 30)
    x, y = pixel
    assert picture[y, x].argmax() == channel


def test_rgb_is_bgr_with_channels_turned_round():
    arguments = (euler_to_matrix((10, -30, 20)), (60, 50), 30)
    bgr = drawing.draw_axes(black(), *arguments)
    rgb = drawing.draw_axes(black(), *arguments, channel_order='rgb')
    np.testing.assert_array_equal(bgr, rgb[..., ::-1])


@pytest.mark.parametrize(('pitch', 'front'), [(60, BLUE), (-120, GREEN)])
def test_near_axes_lie_over_far_ones(pitch, front):
    # Pitch 60 puts y behind z, both upwards; -120 turns the face away (and the
    # top of the head downwards, towards the viewer).
    picture = drawing.draw_axes(black(), euler_to_matrix((pitch, 0, 0)), (60, 50), 30)
    # Both axes start at the centre: the one drawn last covers it.
    side = -3 if pitch > 0 else 3
    assert picture[50 + side, 60].argmax() == front


def test_light_lines_are_paler():
    strong = drawing.draw_axes(black(), np.eye(3), (60, 50), 30)
    pale = drawing.draw_axes(black(), np.eye(3), (60, 50), 30, lightness=0.5)
    assert pale[50, 75].min() > strong[50, 75].min()


@pytest.mark.parametrize('center', [(-20, 50), (1e9, -1e9), (119.5, 99.5)])
def test_centre_outside_is_drawn_as_far_as_it_reaches(center):
    picture = drawing.draw_axes(black(), np.eye(3), center, 30)
    assert picture.shape == (100, 120, 3)
    assert picture[50, :8].any() == (center[0] == -20)


def test_frontal_cube_is_a_square_with_a_tinted_front():
    picture = drawing.draw_cube(black(), np.eye(3), (60, 50), 40)
    for x, y in ((40, 50), (80, 50), (60, 30), (60, 70)):  # the edges' middles
        assert picture[y, x].argmax() == BLUE
        assert picture[y, x].max() > 200
    inside = picture[50, 60]
    assert inside.argmax() == BLUE
    assert 50 < inside.max() < 120  # 35 % of the axis' 255
    assert not picture[:26].any()
    assert not picture[:, 84:].any()


def test_cube_turned_by_45_degrees_shows_its_near_edge_before_the_far_one():
    # The nose to the image's left: the upright edge between the face and the cube's
    # right side is the nearest, in the middle; the far one lies behind it. The face
    # is on the left, from 60 - 20 * sqrt(2) = 31.7.
    picture = drawing.draw_cube(black(), euler_to_matrix((0, 45, 0)), (60, 50), 40)
    assert picture[50, 45].argmax() == BLUE  # tinted face
    assert not picture[50, 75].any()  # the side is not
    edge = picture[50, 60].astype(int)
    assert edge[BLUE] - edge[RED] > 150  # full blue, not the pale edge behind


def test_cube_turned_away_is_not_tinted_and_its_front_is_pale():
    away = drawing.draw_cube(black(), euler_to_matrix((0, 180, 0)), (60, 50), 40)
    assert not away[50, 60].any()
    # Yaw 150: the face's far edge is 20 (cos 30 - sin 30) = 7.3 pixels to the right of
    # the centre, the near one of the back of the head as far to the left.
    turned = drawing.draw_cube(black(), euler_to_matrix((0, 150, 0)), (60, 50), 40)
    hidden, near = turned[50, 67], turned[50, 53]
    assert hidden.argmax() == BLUE
    assert near.argmax() == RED
    assert near.min() < 60 < 120 < hidden.min()


@pytest.mark.parametrize('yaw', [180, -180])
def test_cube_from_behind_hides_its_front(yaw):
    """Rounding of 1e-16 must not turn a side of it to the viewer."""
    picture = drawing.draw_cube(black(), euler_to_matrix((0, yaw, 0)), (60, 50), 40)
    for x, y in ((40, 50), (80, 50), (60, 30), (60, 70)):  # the edges' middles
        assert picture[y, x].argmax() == RED  # yellow
        assert picture[y, x, BLUE] < 60


def test_the_axis_of_a_nose_that_is_turned_away_is_paler():
    def nose(yaw):
        picture = drawing.draw_axes(
            black(), euler_to_matrix((0, yaw, 0)), (60, 50), 30, thickness=3
        )
        x = 60 - round(30 * np.sin(np.deg2rad(yaw)))
        return picture[50, x - 3 * np.sign(60 - x)].astype(int)  # of its dot

    full = nose(60)
    for yaw, least, most in (
        *((89, 0, 0), (-89, 0, 0), (91, 1, 10), (-91, 1, 10)),
        *((135, 100, 160), (-135, 100, 160)),
    ):
        assert nose(yaw).argmax() == BLUE
        assert least <= nose(yaw)[RED] - full[RED] <= most


def test_the_eye_line_of_a_head_from_behind_is_mirrored():
    for yaw, x in ((0, 75), (179, 45), (-179, 45)):
        picture = drawing.draw_axes(black(), euler_to_matrix((0, yaw, 0)), (60, 50), 30)
        assert picture[50, x].argmax() == RED
        assert not picture[50, 120 - x].any()


def test_text_at_a_corner_is_moved_into_the_image():
    image = np.full((60, 120, 3), 90, dtype=np.uint8)
    picture = drawing.draw_label(image, ['p+1'], corner=(500, 500))
    assert picture[46:, 80:].max() > 200
    np.testing.assert_array_equal(picture[:40], image[:40])
    np.testing.assert_array_equal(picture[:, :60], image[:, :60])


def test_inputs_are_not_changed():
    image = black()
    drawing.draw_axes(image, np.eye(3), (60, 50), 30)
    drawing.draw_box(image, (5, 5, 50, 50))
    drawing.draw_heatmap_overlay(image, np.ones((4, 4)))
    drawing.draw_label(image, ['text'])
    drawing.draw_cube(image, np.eye(3), (60, 50), 30)
    drawing.draw_comparison(image, (0, 0, 0), (0, 0, 0))
    assert not image.any()


def test_box_runs_through_its_corners():
    picture = drawing.draw_box(black(), (10, 20, 70, 60), (255, 0, 0), thickness=1)
    assert picture[20, 40, RED] > 200
    assert picture[40, 70, RED] > 200
    assert not picture[40, 40].any()


def test_heatmap_red_where_positive_blue_where_negative_clear_at_zero():
    image = np.full((20, 30, 3), 100, dtype=np.uint8)
    heatmap = np.array([[5.0, 0.0, -5.0]])
    picture = drawing.draw_heatmap_overlay(image, heatmap, limit=5)
    assert picture[10, 5].argmax() == RED
    assert picture[10, 25].argmax() == BLUE
    np.testing.assert_array_equal(picture[10, 15], [100, 100, 100])


def test_heatmap_is_clear_where_it_is_nan():
    image = np.full((20, 30, 3), 100, dtype=np.uint8)
    heatmap = np.array([[5.0, np.nan, -5.0]])
    picture, extreme = draw_scaled_overlay(image, heatmap)
    assert np.isnan(extreme)
    np.testing.assert_array_equal(picture[10, 15], [100, 100, 100])
    assert picture[10, 5].argmax() == RED


def test_label_is_written_on_the_top_strip_only():
    image = np.full((60, 120, 3), 90, dtype=np.uint8)
    picture = drawing.draw_label(image, ['pred p+1'])
    assert picture[:16].max() > 200
    np.testing.assert_array_equal(picture[30:], image[30:])


def test_angles_as_text():
    assert drawing.angles_to_label('true', (-0.4, 12.6, np.nan)) == 'true p+0 y+13 r-'
    assert drawing.angles_to_label('', (1, -2, 3)) == 'p+1 y-2 r+3'
    assert drawing.angles_to_label('', (np.inf, -2, 3)) == 'p- y-2 r+3'
    label = drawing.angles_to_label('', (1, -2, 3), std=(0.4, 12, 3.6))
    assert label == 'p+1(0) y-2(12) r+3(4)'


def test_crop_takes_the_box_to_the_whole_picture():
    image = black()
    image[40:60, 30:50, RED] = 255
    picture, matrix = drawing.crop_square(image, (20, 30, 60, 70), 80)
    assert picture.shape == (80, 80, 3)
    np.testing.assert_allclose(matrix @ [40, 50, 1], [40, 40])
    np.testing.assert_allclose(matrix @ [20, 30, 1], [0, 0], atol=1e-9)
    assert picture[40, 40, RED] == 255
    assert not picture[5, 5].any()


def test_contact_sheet_places_pictures_row_by_row():
    cells = [np.full((10, 20, 3), shade, dtype=np.uint8) for shade in (10, 20, 30)]
    sheet = drawing.contact_sheet(cells, columns=2, gap=4)
    assert sheet.shape == (24, 44, 3)
    assert [sheet[5, 5, 0], sheet[5, 30, 0], sheet[20, 5, 0]] == [10, 20, 30]
    assert sheet[20, 30, 0] == 255


@pytest.mark.parametrize(
    ('function', 'arguments', 'message'),
    [
        (
            'draw_axes',
            (black()[..., 0], np.eye(3), (5, 5), 9),
            r'image: .*\(100, 120\)',
        ),
        ('draw_axes', (black() / 2.0, np.eye(3), (5, 5), 9), 'image: .*got float64'),
        ('draw_axes', (black(), np.eye(2), (5, 5), 9), r'shapes \(2, 2\) and \(2,\)'),
        ('draw_axes', (black(), np.eye(3), (5, np.nan), 9), 'expected finite'),
        ('draw_axes', (black(), np.eye(3), (5, 5), 9, 2, 0, 'hsv'), "got 'hsv'"),
        ('draw_axes', (black(), np.eye(3), (5, 5), np.inf), r'finite(?s:.*)\(length'),
        ('draw_axes', (black(), np.eye(3), (5, 5), 9, 0), 'thickness: .*got 0'),
        ('draw_cube', (black(), np.eye(3), (5, 5), 9, 2.5), 'thickness: .*got 2.5'),
        ('draw_cube', (black(0, 5), np.eye(3), (5, 5), 9), r'above 0, .*\(0, 5, 3\)'),
        ('draw_box', (black(), (1, 2, 3, 4), (0, 0, 0), 40_000), 'got 40000'),
        (
            'draw_cube',
            (black(), np.eye(3), (5, 5, 5), 9),
            r'shapes \(3, 3\) and \(3,\)',
        ),
        ('draw_box', (black(), (1, 2, 3)), 'box: expected finite'),
        ('draw_heatmap_overlay', (black(), np.ones(4)), r'got shape \(4,\)'),
        ('draw_heatmap_overlay', (black(), np.ones((4, 4)), 0), 'limit 0'),
        ('crop_square', (black(), (5, 5, 5, 9), 20), 'box: expected x1 < x2'),
        ('crop_square', (black(), (5, 5, 9, 9), 0), 'size: expected 1 or more'),
        ('contact_sheet', ([], 2), 'got 0 images and 2 columns'),
        ('contact_sheet', ([black()], 0), 'got 1 images and 0 columns'),
    ],
)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(drawing, function)(*arguments)


@pytest.mark.parametrize('text', ['caf\u00e9', 'caf\udce9', 'a\x1b[2J', 'a\0b'])
def test_a_label_of_any_characters_can_be_drawn(text):
    assert (drawing.draw_label(np.zeros((40, 80, 3), np.uint8), [text]) > 0).any()
