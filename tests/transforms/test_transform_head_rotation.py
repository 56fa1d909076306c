"""Labels under flip and turn, checked against what the image does."""

import numpy as np
import pytest
from mmpose.registry import TRANSFORMS

from bernoulli_headpose import rotation
from bernoulli_mmpose.codecs.value_labels import read_columns


def record(angles=(10.0, 20.0, 30.0), valid=(1, 1, 1), **fields):
    return dict(
        head_rotation=rotation.euler_to_matrix([angles]).astype(np.float32),
        head_angles=np.array([angles], dtype=np.float32),
        head_angles_valid=np.array([valid], dtype=np.float32),
        **fields,
    )


def transform(results):
    return TRANSFORMS.build(dict(type='TransformHeadRotation'))(results)


def test_horizontal_flip():
    got = transform(record(flip=True, flip_direction='horizontal'))
    np.testing.assert_allclose(got['head_angles'], [[10, -20, -30]], atol=1e-4)


def test_no_flip_and_no_turn_change_nothing():
    got = transform(record(flip=False, flip_direction=None))
    np.testing.assert_allclose(got['head_angles'], [[10, 20, 30]], atol=1e-4)
    assert transform(dict(img=1)) == dict(img=1)


@pytest.mark.parametrize('angles', [(5.0, 95.0, 3.0), (5.0, -98.0, 3.0)])
def test_heads_beyond_90_degrees_keep_their_label(angles):
    got = transform(record(angles))
    np.testing.assert_allclose(got['head_angles'], [angles], atol=1e-4)
    got = transform(record(angles, flip=True, flip_direction='horizontal'))
    expected = np.multiply(angles, [1, -1, -1])
    np.testing.assert_allclose(got['head_angles'], [expected], atol=1e-4)


def test_turn_is_applied_after_the_flip():
    got = transform(
        record(
            (0.0, 40.0, 0.0),
            flip=True,
            flip_direction='horizontal',
            bbox_rotation=np.array([20.0], np.float32),
        )
    )
    # (0, -40, 0) turned by 20: the mirror image of (0, 40, 0) turned by -20.
    np.testing.assert_allclose(got['head_angles'], [[16.0, -37.2, -25.4]], atol=0.05)
    expected = rotation.euler_to_matrix(got['head_angles'])
    np.testing.assert_allclose(got['head_rotation'], expected, atol=1e-6)


@pytest.mark.parametrize('turn', [25.0, -70.0])
def test_sign_of_the_turn_is_that_of_mmposes_crop(turn):
    """A painted eye line turns in the crop as the label says it does."""
    image = np.zeros((200, 200, 3), np.uint8)
    image[98:103, 60:141] = 255
    results = record(
        (0.0, 0.0, 0.0),
        img=image,
        bbox_center=np.array([[100.0, 100.0]], np.float32),
        bbox_scale=np.array([[160.0, 160.0]], np.float32),
        bbox_rotation=np.array([turn], np.float32),
        keypoints=np.array([[[60.0, 100.0], [140.0, 100.0]]], np.float32),
        keypoints_visible=np.ones((1, 2), np.float32),
    )
    results = transform(results)
    crop = TRANSFORMS.build(dict(type='TopdownAffine', input_size=(160, 160)))
    results = crop(results)
    rows, columns = np.nonzero(results['img'][..., 0] > 127)
    slope = np.polyfit(columns, rows, 1)[0] if abs(turn) < 45 else None
    roll = results['head_angles'][0, 2]
    assert roll == pytest.approx(-turn, abs=1e-3)
    left, right = results['transformed_keypoints'][0]
    clockwise = np.rad2deg(np.arctan2(*(right - left)[::-1]))
    assert clockwise == pytest.approx(roll, abs=1e-3)
    if slope is not None:
        assert np.rad2deg(np.arctan(slope)) == pytest.approx(roll, abs=1.0)


def test_head_of_unknown_roll_is_left_upright():
    got = transform(
        record((10.0, 20.0, 0.0), (1, 1, 0), bbox_rotation=np.array([30.0], np.float32))
    )
    np.testing.assert_allclose(got['head_angles'], [[10, 20, 0]], atol=1e-4)
    assert got['bbox_rotation'].tolist() == [0]


def test_wrong_place_in_the_pipeline():
    results = record(
        bbox_rotation=np.array([30.0], np.float32),
        transformed_keypoints=np.zeros((1, 1, 2)),
    )
    with pytest.raises(ValueError, match='expected to come before TopdownAffine'):
        transform(results)


@pytest.mark.parametrize('angles', [(10.0, 40.0, 0.0), (5.0, 130.0, 0.0)])
def test_a_head_without_roll_can_follow_a_turn(angles):
    """Where it looks turns with the image, whatever the roll is."""
    step = TRANSFORMS.build(dict(type='TransformHeadRotation', turn_without_roll=True))
    turn = np.array([20.0], np.float32)
    got = step(record(angles, (1, 1, 0), bbox_rotation=turn))
    assert got['bbox_rotation'] == 20
    assert got['head_angles_valid'].tolist() == [[1, 1, 0]]
    for roll in (-30, 45):
        whole = step(record((*angles[:2], roll), bbox_rotation=turn))
        np.testing.assert_allclose(
            got['head_rotation'][..., 2], whole['head_rotation'][..., 2], atol=1e-6
        )
        found, expected = got['head_angles'][0], whole['head_angles'][0]
        np.testing.assert_allclose(found[:2], expected[:2], atol=1e-3)
    for valid in ((0, 1, 1), (0, 1, 0)):
        partly = step(record(angles, valid, bbox_rotation=np.array([20.0])))
        assert partly['bbox_rotation'] == 0
    upright = transform(record(angles, (1, 1, 0), bbox_rotation=np.array([20.0])))
    assert upright['bbox_rotation'] == 0  # by default


@pytest.mark.parametrize('factors', [(1, 1, -1), (1.1, 1.1, 1.1), (np.nan, 1, 1)])
def test_a_label_that_is_no_rotation_is_named_with_its_file(factors):
    bad = record(img_path='heads/7.jpg')
    bad['head_rotation'] = bad['head_rotation'] * factors
    message = r'^heads/7.jpg: head_rotation: expected a rotation .*, got \[\['
    with pytest.raises(ValueError, match=message):
        transform(bad)


@pytest.mark.parametrize(
    ('direction', 'pitch', 'yaw'),
    [('horizontal', 31, 30), ('vertical', -31, -30), ('diagonal', -31, 30)],
)
def test_a_head_without_roll_keeps_its_pitch_within_90_under_a_flip(
    direction, pitch, yaw
):
    given = record((31.0, -30.0, 0.0), (1, 1, 0), flip=True, flip_direction=direction)
    got = transform(given)
    np.testing.assert_allclose(got['head_angles'][0, :2], (pitch, yaw), atol=1e-4)


# Of image coordinates (x right, y up) under MMPose's flips.
MIRRORS = dict(
    horizontal=np.diag([-1.0, 1, 1]),
    vertical=np.diag([1.0, -1, 1]),
    diagonal=np.diag([-1.0, -1, 1]),
)


@pytest.mark.parametrize('many', [False, True])
@pytest.mark.parametrize('direction', [None, *MIRRORS])
def test_what_is_known_of_columns_follows_the_image(many, direction):
    """Heads of any labels, over the full circle, against their axes in the image.

    The head's own axes are mirrored back where its image is a mirror's. What is
    not labelled differs from the truth, and must not matter.
    """
    rng = np.random.default_rng(0)
    step = TRANSFORMS.build(dict(type='TransformHeadRotation', turn_without_roll=True))
    mirror = np.eye(3) if direction is None else MIRRORS[direction]
    for _ in range(150):
        true = rng.uniform((-89, -180, -89), (89, 180, 89))
        valid, turn = rng.integers(0, 2, 3), rng.choice([0, rng.uniform(-180, 180)])
        cos, sin = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
        warp = np.array([[cos, sin, 3.0], [-sin, cos, 5.0]])
        turned = {'warp_mat': warp} if many else {'bbox_rotation': np.array([turn])}
        flip = dict(flip=direction is not None, flip_direction=direction)
        got = step(record(np.where(valid, true, 0), valid, **flip, **turned))
        if not many:
            turn = np.deg2rad(got['bbox_rotation'][0])
            cos, sin = np.cos(turn), np.sin(turn)
        own = np.diag([np.linalg.det(mirror), 1, 1])
        axes = mirror @ rotation.euler_to_matrix(true) @ own
        axes = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ axes
        fields = {name: got[name] for name in ('head_rotation', 'head_angles_valid')}
        columns, known = read_columns(fields, 1)
        expected = np.concatenate([axes[:, 2], axes[:, 1]])
        np.testing.assert_allclose(columns, expected * known, atol=1e-5)
