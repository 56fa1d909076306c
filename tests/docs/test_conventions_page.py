"""The conversions of docs/conventions.md, against what each tool itself says."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from bernoulli_headpose.drawing import axis_tips
from bernoulli_headpose.rotation import euler_to_matrix, geodesic_error, matrix_to_euler

PAGE = Path(__file__).resolve().parents[2] / 'docs' / 'conventions.md'
COS = 0.8660254037844386
# Columns: the head's x, y and z (nose) in the image, turned by 30 degrees.
NOSE_LEFT = np.array([[COS, 0, -0.5], [0, 1, 0], [0.5, 0, COS]])
NOSE_UP = np.array([[1, 0, 0], [0, COS, 0.5], [0, -0.5, COS]])
CLOCKWISE = np.array([[COS, 0.5, 0], [-0.5, COS, 0], [0, 0, 1]])
TURNED = [
    pytest.param(NOSE_LEFT, (0, 30, 0), id='yaw'),
    pytest.param(NOSE_UP, (30, 0, 0), id='pitch'),
    pytest.param(CLOCKWISE, (0, 0, 30), id='roll'),
    pytest.param(
        Rotation.from_euler('XYZ', [-20, 40, 15], degrees=True).as_matrix(),
        (20, -40, -15),
        id='all',
    ),
]


def names_of(heading: str) -> dict:
    """What the code below a heading of the page defines."""
    text = PAGE.read_text('utf-8').split(f'### {heading}\n')[1]
    code = re.search(r'```python\n(.*?)```', text.partition('\n### ')[0], re.DOTALL)
    names: dict = {}
    exec(code[1], names)
    return names


@pytest.mark.parametrize(('rotation', 'angles'), TURNED)
def test_the_pictures_of_the_page_show_these_rotations(rotation, angles):
    assert_allclose(matrix_to_euler(rotation), angles, atol=1e-9)


@pytest.mark.parametrize(('rotation', 'angles'), TURNED)
def test_hopenet_draws_the_same_axes(rotation, angles):
    names = names_of('Hopenet, 300W-LP, AFLW2000-3D')
    yaw, pitch, roll = np.deg2rad(names['to_hopenet'](rotation))
    # Where its draw_axis puts the tips of x and z, in pixels: it negates yaw first.
    right = np.cos(pitch) * np.sin(roll) - np.cos(roll) * np.sin(pitch) * np.sin(yaw)
    x = np.cos(yaw) * np.cos(roll), right
    nose = -np.sin(yaw), -np.cos(yaw) * np.sin(pitch)
    assert_allclose(axis_tips(rotation, (0, 0), 1)[[0, 2]], [x, nose], atol=1e-9)
    pitch, yaw, roll = angles
    assert_allclose(names['from_hopenet'](yaw, pitch, roll), rotation, atol=1e-9)


def test_mat_files_hold_radians():
    pose_para = [[0.1, -0.2, 0.3, 220.4, 167.4, -100.5, 0.001]]
    found = names_of('Hopenet, 300W-LP, AFLW2000-3D')['from_mat'](pose_para)
    expected = Rotation.from_euler('XYZ', [-0.1, 0.2, -0.3]).as_matrix()
    assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(('rotation', 'angles'), TURNED)
def test_sixdrepnet_learns_transposes(rotation, angles):
    names = names_of('6DRepNet')
    # Its labels: about the fixed axes x, y, z in turn, by pitch, yaw, roll.
    label = Rotation.from_euler('xyz', angles, degrees=True).as_matrix()
    assert_allclose(names['from_sixdrepnet'](label), rotation, atol=1e-9)
    assert_allclose(names['to_sixdrepnet'](rotation), label, atol=1e-9)
    assert_allclose(names['from_sixdrepnet_angles'](*angles), rotation, atol=1e-9)


def test_sixdrepnet_reads_a_head_from_behind_otherwise():
    found = names_of('6DRepNet')['from_sixdrepnet_angles'](180, 30, 180)
    assert geodesic_error(found, euler_to_matrix([0, 150, 0])) < 1e-9


def test_biwi_is_read_as_the_literature_does(tmp_path):
    # Sequence 01, frame 00501, and its angles in papers and in the .bin file.
    path = tmp_path / 'frame_00501_pose.txt'
    path.write_text(
        '0.45684 -0.404949 -0.792031 \n-0.103806 0.860022 -0.499587 \n'
        '0.883471 0.310449 0.350856 \n\n78.1 -21.8 885.3 \n'
    )
    names = names_of('BIWI')
    rotation = names['from_biwi'](path)
    angles = (-54.920, -52.376, 41.554)
    assert_allclose(matrix_to_euler(rotation), angles, atol=1e-3)
    assert_allclose(names['to_biwi'](rotation), np.loadtxt(path)[:3], atol=1e-6)
    of_bin = names['from_biwi_bin'](41.50, -62.06, -12.80)
    assert geodesic_error(of_bin, rotation) < 0.02


def test_biwi_has_the_axes_of_a_camera():
    # The nose, away from the camera's z, turns to the image's left: -x.
    nose = names_of('BIWI')['to_biwi'](NOSE_LEFT) @ [0, 0, -1]
    assert_allclose(nose, [-0.5, 0, -COS], atol=1e-9)


FACE = np.array(  # nose, chin, outer corners of the eyes, corners of the mouth
    [[0, 0, 0], [0, -33, -6.5], [-22.5, 17, -13.5], [22.5, 17, -13.5]]
    + [[-15, -15, -12.5], [15, -15, -12.5]]
)
FOCAL, DISTANCE = 800.0, 300.0
CAMERA = np.array([[FOCAL, 0, 320], [0, FOCAL, 240], [0, 0, 1]])


def pixels_of(rotation):
    """Where a camera straight ahead of the head sees its points."""
    x, y, z = rotation @ FACE.T
    scale = FOCAL / (DISTANCE - z)
    return np.stack([320 + scale * x, 240 - scale * y], axis=-1)


@pytest.mark.parametrize('is_up', [True, False])
@pytest.mark.parametrize(('rotation', 'angles'), TURNED)
def test_solvepnp_of_what_a_camera_sees(rotation, angles, is_up):
    names = names_of('OpenCV')
    model = FACE if is_up else FACE * [1, -1, -1]
    found, rvec, _ = cv2.solvePnP(model, pixels_of(rotation), CAMERA, None)
    assert found
    back = names['from_solvepnp'](rvec, nose_z_positive=is_up)
    assert_allclose(matrix_to_euler(back), angles, atol=0.01)
    rvec = names['to_solvepnp'](rotation, nose_z_positive=is_up)
    place = np.array([0, 0, DISTANCE])
    points, _ = cv2.projectPoints(model, rvec, place, CAMERA, None)
    assert_allclose(points[:, 0], pixels_of(rotation), atol=1e-3)


def arkit_numbers(camera, rotation, z):
    """View and face as ARKit has them, of a camera somewhere in the world."""
    face = np.eye(4)
    face[:3, :3], face[:3, 3] = rotation, (0.05, -0.1, z)
    return np.linalg.inv(camera).T.ravel(), (camera @ face).T.ravel()


@pytest.mark.parametrize(('rotation', 'angles'), TURNED)
def test_arkit_faces_in_the_frame_of_the_camera(rotation, angles):
    camera = np.eye(4)
    camera[:3, :3] = Rotation.from_rotvec([0.5, -1.2, 1.9]).as_matrix()
    camera[:3, 3] = 1.0, 2.0, -3.0
    from_arkit = names_of('ARKit')['from_arkit']
    found = from_arkit(*arkit_numbers(camera, rotation, -0.4))
    assert_allclose(matrix_to_euler(found), angles, atol=1e-9)
    with pytest.raises(ValueError, match='in front of the camera'):
        from_arkit(*arkit_numbers(camera, rotation, 0.4))


def test_mediapipe_has_our_axes():
    # Of its canonical face: tip of the nose, outer corners of the person's right and
    # left eye, forehead. A head that looks at the camera keeps them as they are.
    nose, right_eye, left_eye = (0, -1.1, 7.5), (-4.4, 2.7, 3.2), (4.4, 2.7, 3.2)
    middle, forehead = np.zeros(3), (0, 8.3, 4.5)
    matrix = np.eye(4)
    matrix[:3, :3] = 1.02 * NOSE_LEFT  # as the fit scales a little
    matrix[:3, 3] = 1, 2, -60
    rotation = names_of('MediaPipe')['from_mediapipe'](matrix)
    assert_allclose(matrix_to_euler(rotation), (0, 30, 0), atol=1e-9)
    turned = rotation @ np.transpose([nose, right_eye, left_eye, middle, forehead])
    x, y, _ = turned
    assert x[0] < -3  # the nose to the image's left
    assert x[1] < x[2]  # the person's right eye at the image's left
    assert y[4] > y[0]


def test_mediapipes_own_portrait():
    # What the test of its face landmarker expects of a portrait: the nose, the third
    # column, points a little down and to the image's right.
    matrix = [
        [0.9995292, -0.01294756, 0.038823195, -0.3691378],
        [0.0072318087, 0.9937692, -0.1101321, 22.75809],
        [-0.03715533, 0.11070588, 0.99315894, -65.765925],
        [0, 0, 0, 1],
    ]
    from_mediapipe = names_of('MediaPipe')['from_mediapipe']
    pitch, yaw, roll = matrix_to_euler(from_mediapipe(matrix))
    assert (pitch, yaw) == pytest.approx((-6.33, -2.22), abs=0.1)
    assert abs(roll) < 1
    with pytest.raises(ValueError, match='transpose'):
        from_mediapipe(np.transpose(matrix))


def test_quaternions_of_a_head_that_looks_left():
    names = names_of('Quaternions')
    # Half of 30 degrees about the axis -y.
    w, y = 0.9659258262890683, -0.25881904510252074
    assert_allclose(names['to_wxyz'](NOSE_LEFT), [w, 0, y, 0], atol=1e-9)
    assert_allclose(names['to_xyzw'](NOSE_LEFT), [0, y, 0, w], atol=1e-9)
    assert_allclose(names['from_xyzw']([0, y, 0, w]), NOSE_LEFT, atol=1e-9)
