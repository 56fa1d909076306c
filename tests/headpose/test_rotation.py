"""Conventions pinned by literals of independent origin, and by invariants."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bernoulli_headpose import rotation

POSE_00501 = np.array(
    [
        [0.45684, -0.404949, -0.792031],
        [-0.103806, 0.860022, -0.499587],
        [0.883471, 0.310449, 0.350856],
    ]
)


def random_angles(count: int = 200) -> np.ndarray:
    """Within +-90 of yaw, and pitch and roll not both beyond it."""
    rng = np.random.default_rng(0)
    angles = rng.uniform([-170, -85, -170], [170, 85, 170], (count, 3))
    angles[::2, 0] /= 2
    angles[1::2, 2] /= 2
    return angles


def axis_rotation(axis: int, degrees: float) -> np.ndarray:
    """Right-handed rotation of column vectors, written out."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    matrix = np.eye(3)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[i, i] = matrix[j, j] = c
    matrix[j, i], matrix[i, j] = s, -s
    return matrix


def written_out(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """``Rx(-pitch) @ Ry(-yaw) @ Rz(-roll)`` by the axes' rotations of this file."""
    first, second = axis_rotation(0, -pitch), axis_rotation(1, -yaw)
    return first @ second @ axis_rotation(2, -roll)


@pytest.mark.parametrize('angles', [(20, 0, 0), (0, 30, 0), (0, 0, 40), (12, 34, 56)])
def test_matrix_is_product_of_axis_rotations(angles):
    got = rotation.euler_to_matrix(angles)
    np.testing.assert_allclose(got, written_out(*angles), atol=1e-12)


# Nose = z axis of the head, eye line = x axis, in the frame x right, y up.
@pytest.mark.parametrize(
    ('angles', 'axis', 'component', 'sign'),
    [
        ((0, 30, 0), 2, 0, -1),  # yaw > 0: the nose goes to the image's left
        ((30, 0, 0), 2, 1, +1),  # pitch > 0: the nose goes up
        ((0, 0, 30), 0, 1, -1),  # roll > 0: the right end of the eye line sinks
    ],
)
def test_sign_of_each_angle(angles, axis, component, sign):
    moved = rotation.euler_to_matrix(angles)[:, axis]
    assert moved[component] == pytest.approx(sign * 0.5)


def test_euler_round_trip_keeps_batch_dimensions():
    angles = random_angles(120).reshape(4, 5, 6, 3)
    matrices = rotation.euler_to_matrix(angles)
    assert matrices.shape == (4, 5, 6, 3, 3)
    np.testing.assert_allclose(rotation.matrix_to_euler(matrices), angles, atol=1e-9)


@pytest.mark.parametrize(
    'angles', [(5, 95, 3), (5, -98, 3), (-170, 85, 175), (1, 2, 3)]
)
def test_the_triple_nearer_to_a_given_one(angles):
    """Heads turned beyond 90 degrees keep their label."""
    matrix = rotation.euler_to_matrix(angles)
    guess = np.add(angles, [4, -3, 5])
    np.testing.assert_allclose(rotation.matrix_to_euler(matrix, guess), angles)


@pytest.mark.parametrize(
    ('angles', 'near', 'chosen'),
    [
        ((180, 89, 180), (5, 90, np.nan), (0, 91, 0)),
        ((180, 89, 180), (np.nan, 90, np.nan), (0, 91, 0)),
        ((10, 60, 5), (np.nan, 120, np.nan), (10, 60, 5)),
        ((10, 120, 5), (np.nan, 60, np.nan), (10, 120, 5)),
        ((10, 120, 5), (np.nan, np.nan, 0), (10, 120, 5)),
        ((-170, 60, -175), (10, np.nan, 5), (10, 120, 5)),
        ((100, 20, 110), (100, np.nan, 110), (100, 20, 110)),
    ],
)
def test_pitch_and_roll_that_are_not_known_are_those_of_an_upright_head(
    angles, near, chosen
):
    """Else yaw alone could not tell a head from behind from one from the front."""
    np.testing.assert_array_equal(rotation.nearer_triple(angles, near), chosen)


@pytest.mark.parametrize(
    ('pitch', 'yaw', 'roll'),
    [
        *[(0, yaw, 0) for yaw in (89, 90, 91, 135, 179, 180, -179, -135, -91, -90)],
        *[(10, yaw, -20) for yaw in (89, 91, 135, 179, 180, -179, -91, -89)],
        *[(-85, yaw, 85) for yaw in (-5, 60, 120, 175, 180, -175)],
        # Not seen from behind: on its side or overhead, as ever.
        *[(100, 30, 20), (-100, -85, 80), (20, 0, 120), (80, -60, -170), (180, 0, 0)],
    ],
)
def test_heads_all_the_way_round_are_read_as_they_are(pitch, yaw, roll):
    got = rotation.matrix_to_euler(written_out(pitch, yaw, roll))
    np.testing.assert_allclose(got, (pitch, yaw, roll), atol=1e-9)


@pytest.mark.parametrize(
    ('angles', 'expected'),
    [
        ((180, 89, 180), (0, 91, 0)),
        ((-170, 45, 160), (10, 135, -20)),
        ((180, 0, 180), (0, 180, 0)),
        ((180, 1, -180), (0, 179, 0)),
        ((-180, -1, 180), (0, -179, 0)),
        ((100, 20, 110), (-80, 160, -70)),
    ],
)
def test_a_head_from_behind_is_read_by_yaw(angles, expected):
    """Turned over in pitch and in roll, a head is one turned round."""
    got = rotation.matrix_to_euler(rotation.euler_to_matrix(angles))
    np.testing.assert_allclose(got, expected, atol=1e-9)


def test_the_nose_and_the_sides_of_a_head_from_behind():
    x, y, z = rotation.euler_to_matrix((0, 180, 0)).T
    np.testing.assert_allclose([x, y, z], [[-1, 0, 0], [0, 1, 0], [0, 0, -1]], atol=0.1)
    # Yaw beyond 90 has the nose at the image's left still, and away from the viewer.
    nose = rotation.euler_to_matrix((0, 135, 0))[:, 2]
    np.testing.assert_allclose(nose, [-np.sqrt(0.5), 0, -np.sqrt(0.5)], atol=1e-9)


@pytest.mark.parametrize(
    ('yaw', 'sign'), [(0, 1), (60, 1), (-60, 1), (120, -1), (-120, -1), (180, -1)]
)
def test_signs_of_pitch_and_roll_from_behind(yaw, sign):
    nose = rotation.euler_to_matrix((20, yaw, 0))[:, 2]
    assert np.sign(nose[1]) == sign  # up in the image, or down
    top = rotation.euler_to_matrix((0, yaw, 20))[:, 1]
    assert np.sign(top[0]) == sign  # to the image's right: clockwise


def test_every_rotation_has_one_reading():
    """The angles give the rotation back, and both triples are read the same."""
    rng = np.random.default_rng(3)
    angles = rng.uniform(-180, 180, (20_000, 3))
    matrices = rotation.euler_to_matrix(angles)
    read = rotation.matrix_to_euler(matrices)
    back = rotation.euler_to_matrix(read)
    np.testing.assert_allclose(back, matrices, atol=1e-9)
    other = np.add(180, angles * [1, -1, 1])
    again = rotation.matrix_to_euler(rotation.euler_to_matrix(other))
    assert rotation.wrapped_difference(read, again).max() < 1e-6
    within = np.abs(read) <= [90, 180, 90]
    # Either yaw within 90, or pitch and roll.
    assert ((np.abs(read[:, 1]) <= 90) | within.all(axis=1)).all()
    upright = (np.abs(angles[:, [0, 2]]) < 90).all(axis=1)
    assert upright.sum() > 4000
    np.testing.assert_allclose(read[upright], angles[upright], atol=1e-6)


@pytest.mark.parametrize('start', [85, 175, -95, -185])
@pytest.mark.parametrize(('pitch', 'roll'), [(0, 0), (8, -6), (-12, 10)])
def test_a_turning_head_has_no_seam(start, pitch, roll):
    """Through +-90 and +-180, by steps of 1/16 degree; 90 itself apart."""
    yaw = start + np.arange(0.03, 10, 1 / 16)
    angles = np.stack(np.broadcast_arrays(pitch, yaw, roll), axis=-1)
    read = rotation.matrix_to_euler(rotation.euler_to_matrix(angles))
    steps = rotation.wrapped_difference(read[1:], read[:-1])
    np.testing.assert_allclose(steps, np.tile([0, 1 / 16, 0], (len(steps), 1)), 0, 1e-6)


@pytest.mark.parametrize('shape', [(0, 3), (2, 0, 3)])
def test_empty_batches(shape):
    matrices = rotation.euler_to_matrix(np.zeros(shape))
    assert matrices.shape == (*shape, 3)
    assert rotation.matrix_to_euler(matrices).shape == shape
    assert rotation.geodesic_error(matrices, matrices).shape == shape[:-1]


@pytest.mark.parametrize('yaw', [90.0, -90.0])
def test_gimbal_lock_gives_the_same_rotation_without_warning(yaw, recwarn):
    matrix = rotation.euler_to_matrix([20.0, yaw, 30.0])
    angles = rotation.matrix_to_euler(matrix)
    assert angles[2] == 0
    assert angles[1] == pytest.approx(yaw)
    np.testing.assert_allclose(rotation.euler_to_matrix(angles), matrix, atol=1e-9)
    assert not recwarn.list


def literature_angles(pose: np.ndarray) -> np.ndarray:
    """BIWI's angles as the literature computes them, written out."""
    m = pose.T
    pitch = np.arctan2(m[2, 1], m[2, 2])
    yaw = -np.arctan2(-m[2, 0], np.hypot(m[2, 1], m[2, 2]))
    roll = -np.arctan2(m[1, 0], m[0, 0])
    return np.rad2deg([pitch, yaw, roll])


def test_biwi_frame_00003_literal():
    """BIWI 01/frame_00003: the literature's angles, through a pose.txt and back."""
    expected = np.array([7.60722, 3.29099, -1.56663])
    pose = rotation.matrix_to_biwi_pose(rotation.euler_to_matrix(expected))
    np.testing.assert_allclose(literature_angles(pose), expected, atol=1e-9)


def test_biwi_pose_literal():
    """BIWI 01/frame_00501, whose angles the literature gives."""
    matrix = rotation.biwi_pose_to_matrix(POSE_00501)
    expected = (-54.920, -52.376, 41.554)
    np.testing.assert_allclose(rotation.matrix_to_euler(matrix), expected, atol=1e-3)
    np.testing.assert_allclose(rotation.euler_to_matrix(expected), matrix, atol=2e-5)


def test_biwi_pose_equals_the_literatures_formula():
    for angles in random_angles(50):
        matrix = rotation.euler_to_matrix(angles)
        pose = rotation.matrix_to_biwi_pose(matrix)
        np.testing.assert_allclose(rotation.biwi_pose_to_matrix(pose), matrix)
        got = rotation.matrix_to_euler(matrix)
        np.testing.assert_allclose(got, literature_angles(pose), atol=1e-9)


def test_biwi_bin_angles_describe_the_same_rotation():
    """01/frame_00501: the .bin holds (41.50, -62.06, -12.80)."""
    matrix = rotation.biwi_bin_to_matrix([41.50, -62.06, -12.80])
    difference = rotation.geodesic_error(
        matrix, rotation.biwi_pose_to_matrix(POSE_00501)
    )
    assert difference < 0.02


def test_flip_changes_the_sign_of_yaw_and_roll_exactly():
    angles = random_angles()
    flipped = rotation.flip_matrix(rotation.euler_to_matrix(angles))
    expected = angles * [1, -1, -1]
    np.testing.assert_allclose(rotation.matrix_to_euler(flipped), expected, atol=1e-9)
    np.testing.assert_array_equal(rotation.flip_angles(angles), expected)


@pytest.mark.parametrize('direction', ['horizontal', 'vertical', 'diagonal'])
def test_flipped_angles_are_those_of_the_flipped_rotation(direction):
    angles = random_angles()
    flipped = rotation.euler_to_matrix(rotation.flip_angles(angles, direction))
    expected = rotation.flip_matrix(rotation.euler_to_matrix(angles), direction)
    np.testing.assert_allclose(flipped, expected, atol=1e-12)


@pytest.mark.parametrize('direction', ['horizontal', 'vertical', 'diagonal'])
def test_flip_twice_is_the_identity(direction):
    matrices = rotation.euler_to_matrix(random_angles())
    twice = rotation.flip_matrix(rotation.flip_matrix(matrices, direction), direction)
    np.testing.assert_allclose(twice, matrices, atol=1e-12)


def test_vertical_flip_of_a_frontal_head_is_upside_down():
    """A mirrored-at-the-middle frontal face stands on its head: roll 180."""
    flipped = rotation.flip_matrix(np.eye(3), 'vertical')
    turned = rotation.rotate_in_plane(np.eye(3), 180)
    assert rotation.geodesic_error(flipped, turned) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ('angles', 'expected'),
    [
        ((0, 0, 0), (0, 0, -20)),
        ((0, 40, 0), (-16.0, 37.2, -25.4)),
        ((0, 60, 0), (-30.6, 54.5, -36.1)),
    ],
)
def test_in_plane_rotation_literals(angles, expected):
    turned = rotation.rotate_in_plane(rotation.euler_to_matrix(angles), 20)
    np.testing.assert_allclose(rotation.matrix_to_euler(turned), expected, atol=0.05)


def test_in_plane_rotation_takes_one_turn_a_matrix():
    matrices = rotation.euler_to_matrix(random_angles(3))
    turned = rotation.rotate_in_plane(matrices, [0, 90, -30])
    np.testing.assert_allclose(turned[0], matrices[0], atol=1e-12)
    np.testing.assert_allclose(
        turned[2], axis_rotation(2, -30) @ matrices[2], atol=1e-12
    )


@pytest.mark.parametrize(
    ('first', 'second', 'expected'),
    [
        (10, 350, 20),
        (-179, 179, 2),
        (170, 0, 170),
        (0, 180, 180),
        (720, 0, 0),
        (5, 5, 0),
    ],
)
def test_wrapped_difference(first, second, expected):
    assert rotation.wrapped_difference(first, second) == pytest.approx(expected)


@pytest.mark.parametrize('degrees', [0.0, 1e-6, 0.03, 1.0, 90.0, 179.97, 180.0])
def test_geodesic_error_is_exact_at_both_ends(degrees):
    first = rotation.euler_to_matrix([10, 20, 30])
    second = first @ axis_rotation(1, degrees)
    got = rotation.geodesic_error(first, second)
    assert got == pytest.approx(degrees, abs=1e-5 if degrees > 179.99 else 1e-9)


def test_geodesic_error_is_symmetric_and_broadcasts():
    matrices = rotation.euler_to_matrix(random_angles(20))
    forward = rotation.geodesic_error(matrices[:, None], matrices[None])
    np.testing.assert_allclose(forward, forward.T, atol=1e-9)
    assert forward.shape == (20, 20)


@pytest.mark.parametrize('degrees', [0.0, 1e-6, 0.03, 1.0, 90.0, 179.97, 180.0])
def test_direction_error_is_exact_at_both_ends(degrees):
    first = rotation.euler_to_matrix([10, 20, 30])
    turned = first @ axis_rotation(1, degrees)
    for roll in (0, 70, 180):
        second = turned @ axis_rotation(2, roll)
        got = rotation.direction_error(first, second)
        assert got == pytest.approx(degrees, abs=1e-9)


def test_direction_error_is_the_least_over_all_rolls():
    first, second = rotation.euler_to_matrix(random_angles(40)).reshape(2, 20, 3, 3)
    rolls = [axis_rotation(2, degrees) for degrees in np.arange(0, 360, 0.5)]
    geodesic = rotation.geodesic_error(first, second @ np.stack(rolls)[:, None])
    got = rotation.direction_error(first, second)
    assert (got <= geodesic + 1e-9).all()
    np.testing.assert_allclose(geodesic.min(axis=0), got, atol=0.02)


def some_vectors() -> np.ndarray:
    """Rotation vectors of all angles, many near 0 and near 180 degrees."""
    rng = np.random.default_rng(0)
    small = 10.0 ** rng.uniform(-12, 0, 300)
    angles = np.concatenate([rng.uniform(0, 180, 300), small, 180 - small])
    axes = rng.normal(size=(len(angles), 3))
    return angles[:, None] * axes / np.linalg.norm(axes, axis=-1, keepdims=True)


def test_rotation_vectors_are_those_of_scipy():
    vectors = some_vectors()
    expected = Rotation.from_rotvec(vectors, degrees=True).as_matrix()
    matrices = rotation.rotvec_to_matrix(vectors)
    np.testing.assert_allclose(matrices, expected, atol=1e-12)
    np.testing.assert_allclose(rotation.matrix_to_rotvec(matrices), vectors, atol=1e-9)


@pytest.mark.parametrize(
    'vector', [(0, 0, 0), (180, 0, 0), (0, -180, 0), (0, 108, 144)]
)
def test_rotation_vectors_of_exact_turns(vector):
    expected = Rotation.from_rotvec(vector, degrees=True).as_matrix()
    matrix = rotation.rotvec_to_matrix(vector)
    np.testing.assert_allclose(matrix, expected, atol=1e-12)
    back = rotation.matrix_to_rotvec(matrix)
    np.testing.assert_allclose(np.abs(back), np.abs(vector), atol=1e-9)


def test_quaternions_are_those_of_scipy():
    turns = Rotation.from_rotvec(some_vectors(), degrees=True)
    got = rotation.matrix_to_quaternion(turns.as_matrix())
    expected = turns.as_quat(canonical=True)[:, [3, 0, 1, 2]]
    near_half_turn = got[:, :1] < 1e-6  # where q and -q are both as good
    signs = np.where(near_half_turn, np.sign((got * expected).sum(-1))[:, None], 1)
    np.testing.assert_allclose(got, expected * signs, atol=1e-9)
    half = rotation.matrix_to_quaternion(rotation.euler_to_matrix((0, 180, 0)))
    np.testing.assert_allclose(np.abs(half), [0, 0, 1, 0], atol=1e-12)


@pytest.mark.parametrize('order', ['XYZ', 'ZYX'])
def test_euler_angles_are_those_of_scipy(order):
    angles = np.random.default_rng(0).uniform(-180, 180, (500, 3))
    angles[:100] = np.random.default_rng(1).choice([0, 90, -90, 180, 45], (100, 3))
    if order == 'XYZ':
        matrices, given = rotation.euler_to_matrix(angles), -angles
    else:
        matrices, given = rotation.biwi_bin_to_matrix(angles), angles * [1, -1, -1]
        given = given[:, ::-1]
    expected = Rotation.from_euler(order, given, degrees=True).as_matrix()
    np.testing.assert_allclose(matrices, expected, atol=1e-12)


@pytest.mark.parametrize('off_lock', [0, 1e-9, 1e-7, 1e-5, 1e-3, 30])
@pytest.mark.parametrize('yaw', [90, -90])
@pytest.mark.filterwarnings('ignore:Gimbal lock')
def test_angles_at_and_near_gimbal_lock_are_those_of_scipy(off_lock, yaw):
    angles = random_angles()
    angles[:, 1] = yaw - off_lock
    matrices = rotation.euler_to_matrix(angles)
    expected = -Rotation.from_matrix(matrices).as_euler('XYZ', degrees=True)
    got = rotation.matrix_to_euler(matrices, near=expected)
    # Rounding of 1e-16 in a cosine of 1e-7 turns pitch and roll by 1e-9 rad.
    tolerance = 1e-9 if off_lock in (0, 1e-9, 30) else 1e-11 / np.deg2rad(off_lock)
    difference = rotation.wrapped_difference(got, expected)
    np.testing.assert_allclose(difference, 0, atol=tolerance)
    back = rotation.euler_to_matrix(got)
    np.testing.assert_allclose(back, matrices, atol=1e-8)


@pytest.mark.parametrize('noise', [0, 1e-7, 1e-3, 0.1])
def test_angles_of_noisy_matrices_are_those_of_the_nearest_rotations(noise):
    exact = rotation.euler_to_matrix(random_angles())
    noisy = exact + np.random.default_rng(1).normal(0, noise, exact.shape)
    left, _, right = np.linalg.svd(noisy)
    nearest = rotation.nearest_rotation(noisy)
    np.testing.assert_allclose(nearest, left @ right, atol=1e-12)
    expected = -Rotation.from_matrix(left @ right).as_euler('XYZ', degrees=True)
    got = rotation.matrix_to_euler(noisy, near=expected)
    assert rotation.wrapped_difference(got, expected).max() < 1e-9
    errors = rotation.geodesic_error(exact, noisy)
    turns = Rotation.from_matrix(np.swapaxes(exact, 1, 2) @ left @ right)
    np.testing.assert_allclose(errors, np.rad2deg(turns.magnitude()), atol=1e-9)


@pytest.mark.parametrize('matrix', [-np.eye(3), np.zeros((3, 3)), np.diag([1, 1, -1])])
def test_what_is_no_rotation_is_refused(matrix):
    for function in (rotation.matrix_to_euler, rotation.matrix_to_rotvec):
        with pytest.raises(ValueError, match='determinants above 0, got'):
            function(np.stack([np.eye(3), matrix]))


@pytest.mark.parametrize(
    ('call', 'message'),
    [
        (
            lambda: rotation.euler_to_matrix([1, 2]),
            r'shape \(\.\.\., 3\), got .*\(2,\)',
        ),
        (
            lambda: rotation.matrix_to_euler(np.eye(4)),
            r'\(\.\.\., 3, 3\), got .*\(4, 4\)',
        ),
        (lambda: rotation.flip_matrix(np.eye(3), 'up'), r"direction: .* got 'up'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ('degrees', 'expected'),
    [([179, -179], 180), ([10, 20, np.nan], 15), ([-90], -90), ([np.nan], np.nan)],
)
def test_mean_direction(degrees, expected):
    got = rotation.mean_direction(degrees)
    assert np.isnan(got) == np.isnan(expected)
    assert np.isnan(got) or abs(got - expected) % 360 == pytest.approx(0, abs=1e-9)
