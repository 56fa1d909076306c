"""What a picture shows must agree with the label that is written beside it."""

from dataclasses import replace

import numpy as np
import pytest
from rendering.biwi_layout import SUBJECTS
from rendering.head_model import parametric_head
from rendering.mesh import Mesh
from rendering.motion import ANGLE_LIMITS, random_motion
from rendering.person import HAIR_STYLES, Person
from rendering.sequence import Scene, build_scene, write_sequence

from bernoulli_headpose.rotation import geodesic_error

NOTHING = (0, 0, 0)


def _marked(scene: Scene, landmark: str) -> Scene:
    """The scene with the head white but for the triangles of one landmark, green."""
    mesh = scene.mesh
    index = mesh.landmarks[landmark]
    colors = np.ones_like(mesh.colors)
    colors[(mesh.triangles == index).any(axis=1)] = (0, 1, 0)
    return replace(scene, mesh=replace(mesh, colors=colors))


def _turned(scene: Scene, angles: tuple[float, float, float]) -> Scene:
    motion = replace(scene.motion, angles=np.array([angles], float))
    return replace(scene, motion=motion)


def _green_centroid(image: np.ndarray) -> np.ndarray:
    blue, green, red = np.moveaxis(image.astype(float), -1, 0)
    excess = np.clip(green - np.maximum(red, blue) - 25, 0, None)
    assert excess.any(), 'the marker is not in the picture'
    rows, columns = np.indices(excess.shape)
    total = excess.sum()
    return np.array([(columns * excess).sum(), (rows * excess).sum()]) / total


@pytest.fixture(scope='module')
def scenes() -> dict[int, Scene]:
    """Sequences of either rig, on black so that only the marker is green."""
    black = np.zeros((480, 640, 3), np.uint8)
    return {
        sequence: replace(build_scene(sequence, 1), background=black)
        for sequence in (1, 20)
    }


def _read_label(folder) -> tuple[np.ndarray, ...]:
    """Own reading of the two files: R, t of pose.txt; K, R_ext, T of rgb.cal."""
    pose = np.loadtxt(folder / 'frame_00000_pose.txt')
    lines = (folder / 'rgb.cal').read_text().splitlines()
    lines = [line for line in lines if line.strip()]
    cal = [np.array(line.split(), float) for line in lines]
    np.testing.assert_array_equal(cal[-1], [640, 480])
    return pose[:3], pose[3], np.array(cal[:3]), np.array(cal[4:7]), cal[7]


@pytest.mark.parametrize('sequence', [1, 20])
@pytest.mark.parametrize('landmark', ['nose_tip', 'left_eye', 'right_eye'])
@pytest.mark.parametrize('angles', [(0, 0, 0), (12, 20, -25), (-15, -20, 30)])
def test_label_files_alone_say_where_the_marker_is(
    tmp_path, scenes, sequence, landmark, angles
):
    scene = _turned(_marked(scenes[sequence], landmark), angles)
    write_sequence(tmp_path, scene)
    rotation, centre, intrinsics, extrinsic, shift = _read_label(tmp_path)
    point = scene.mesh.vertices[scene.mesh.landmarks[landmark]]
    # BIWI's axes: x right, y down, z away; the model's: x right, y up, z out.
    in_depth = rotation @ (point * [1, -1, -1]) + centre
    pixel = intrinsics @ (extrinsic @ in_depth + shift)
    frame = scene.frame(0)
    index = scene.mesh.landmarks[landmark]
    own = intrinsics @ frame.posed[index]
    # Up to the digits that the files are written with.
    np.testing.assert_allclose(pixel / pixel[2], own / own[2], atol=1e-6)
    found = _green_centroid(frame.image)
    np.testing.assert_allclose(found, pixel[:2] / pixel[2], atol=2.0)


@pytest.mark.parametrize(
    ('angles', 'axis', 'sign'),
    [
        ((0, 35, 0), 0, -1),  # yaw > 0: the nose to the image's left
        ((0, -35, 0), 0, 1),
        ((35, 0, 0), 1, -1),  # pitch > 0: the nose up
        ((-35, 0, 0), 1, 1),
    ],
)
def test_nose_moves_the_way_of_the_angle(scenes, angles, axis, sign):
    scene = _marked(scenes[1], 'nose_tip')
    head = scene.motion.seats[0]
    frames = [_turned(scene, turn).frame(0) for turn in (NOTHING, angles)]
    assert head[2] > 500
    camera = scene.calibration
    offsets = []
    for frame in frames:
        place = camera.rotation @ frame.centre + camera.translation
        pixel = camera.intrinsics @ (place / place[2])
        offsets.append(_green_centroid(frame.image) - pixel[:2])
    assert sign * (offsets[1] - offsets[0])[axis] > 15


@pytest.mark.parametrize('roll', [-30, 30])
def test_positive_roll_turns_the_eye_line_clockwise(scenes, roll):
    left, right = (
        _green_centroid(_turned(_marked(scenes[1], eye), (0, 0, roll)).frame(0).image)
        for eye in ('left_eye', 'right_eye')
    )
    # The person's left eye is at the image's right; clockwise, it goes down.
    across, down = left - right
    assert across > 0
    assert np.degrees(np.arctan2(down, across)) == pytest.approx(roll, abs=6)


def test_eyes_are_darker_than_the_face_in_the_picture():
    scene = _turned(build_scene(12, 1), NOTHING)
    frame = scene.frame(0)
    for eye in ('left_eye', 'right_eye'):
        camera = scene.calibration.intrinsics @ frame.posed[scene.mesh.landmarks[eye]]
        x, y = np.rint(camera[:2] / camera[2]).astype(int)
        cheek = frame.image[y + 8 : y + 14, x - 4 : x + 5].mean()
        assert frame.image[y, x].mean() < 0.6 * cheek


def test_neck_bends_and_shoulders_stay():
    scene = build_scene(1, 1)
    moved = scene.mesh.pose(np.diag([-1.0, 1, -1])) - scene.mesh.pose(np.eye(3))
    distance = np.linalg.norm(moved, axis=1)
    chest = scene.mesh.vertices[:, 1] < -200
    assert scene.mesh.rigidity[chest].max() < 0.2
    assert distance[scene.mesh.rigidity == 1].max() > 150
    nose = scene.mesh.landmarks['nose_tip']
    turned = scene.mesh.vertices[nose] * [-1, 1, -1]
    np.testing.assert_allclose(scene.mesh.pose(np.diag([-1.0, 1, -1]))[nose], turned)


def test_people_recorded_twice_keep_their_head_but_not_their_shirt_or_light():
    first, again = build_scene(2, 1), build_scene(21, 1)
    assert SUBJECTS[2] == SUBJECTS[21]
    n_head = (first.mesh.vertices[:, 1] > -100).sum()
    head = slice(0, n_head // 2)
    np.testing.assert_array_equal(first.mesh.colors[head], again.mesh.colors[head])
    np.testing.assert_array_equal(first.mesh.vertices[head], again.mesh.vertices[head])
    assert not np.array_equal(first.mesh.colors, again.mesh.colors)
    assert not np.array_equal(first.light.direction, again.light.direction)
    assert not np.array_equal(first.background, again.background)
    other = build_scene(4, 1)
    assert not np.array_equal(first.mesh.colors[head], other.mesh.colors[head])


@pytest.mark.parametrize('style', HAIR_STYLES)
def test_head_centre_is_in_the_middle_of_the_head(style):
    person = replace(Person.random(np.random.default_rng(0)), hair_style=style)
    head: Mesh = parametric_head(person)
    eyes = [head.vertices[head.landmarks[f'{side}_eye']] for side in ('left', 'right')]
    np.testing.assert_allclose(np.mean(eyes, axis=0)[:2], 0, atol=2.5)
    assert head.vertices[:, 0].max() == pytest.approx(-head.vertices[:, 0].min(), abs=1)
    root = head.vertices[np.hypot(*head.vertices[:, :2].T) < 4, 2].max()
    level = (np.abs(head.vertices[:, 1]) < 6) & (np.abs(head.vertices[:, 0]) < 6)
    back = head.vertices[level, 2].min()
    assert (root + back) / 2 == pytest.approx(0, abs=14)


def test_motion_covers_the_ranges_of_biwi_smoothly():
    takes = [random_motion(np.random.default_rng(i), 200).angles for i in range(24)]
    angles = np.concatenate(takes)
    assert (np.abs(angles).max(axis=0) > 0.85 * ANGLE_LIMITS).all()
    assert (np.abs(angles) <= ANGLE_LIMITS).all()
    frontal = np.abs(angles) < ANGLE_LIMITS / 3
    assert (frontal.mean(axis=0) > 0.4).all()
    steps = np.abs(np.diff(takes, axis=1))
    assert steps.max() < 12


def test_labels_are_in_the_depth_frame(scenes):
    """The colour camera sees the head turned by its own mounting (about a degree)."""
    scene = _turned(scenes[1], (10, 20, 5))
    pose = scene.frame(0).pose
    seen = scene.calibration.rotation @ pose
    assert 0.5 < geodesic_error(pose, seen) < 2
    np.testing.assert_allclose(pose @ pose.T, np.eye(3), atol=1e-12)
