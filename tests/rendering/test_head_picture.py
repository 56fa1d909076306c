"""Pictures of heads: where the head is, which way it looks, its box."""

import numpy as np
import pytest
from rendering import head_picture
from rendering.face_profiling import ProfiledFace
from rendering.head_picture import (
    SIZE,
    degrade,
    face_box,
    picture_of,
    random_angles,
    room,
    rotate_in_place,
)
from rendering.mesh import Mesh, grid_triangles
from rendering.rasterizer import Light

EVEN = Light(np.array([0.0, 0, 1]), np.zeros(3), np.ones(3), np.zeros(3))
GREEN = np.full((SIZE, SIZE, 3), (0, 255, 0), np.uint8)


@pytest.fixture
def clean(monkeypatch):
    """Pictures without a camera's faults."""
    monkeypatch.setattr(head_picture, 'degrade', lambda image, _: image)


def ball():
    """A blue ball with a red face (z > 0), and 68 landmarks of the face."""
    rows, columns = 24, 48
    down = np.linspace(0.05, np.pi - 0.05, rows)[:, None]
    around = np.linspace(-np.pi, np.pi, columns, endpoint=False)[None]
    x, z = np.sin(down) * np.sin(around), np.sin(down) * np.cos(around)
    points = 90 * np.stack([x, np.cos(down) + 0 * around, z], -1).reshape(-1, 3)
    colors = np.where(points[:, 2:] > 45, [1.0, 0, 0], [0, 0, 1.0])
    mesh = Mesh.build(points, grid_triangles(rows, columns, closed=True), colors)
    turn = np.linspace(0, 2 * np.pi, 68, endpoint=False)
    ring = 50 * np.stack([np.cos(turn), np.sin(turn), np.full(68, 1.4)], -1)
    return mesh, ring


def centroid(image, channel, rows=SIZE // 2 + 30):
    """Mean place (x, y) of a colour (BGR channel), above the shirt."""
    others = [c for c in range(3) if c != channel]
    chosen = image[..., channel] > image[..., others].max(axis=2) + 60
    y, x = np.nonzero(chosen[:rows])
    return np.array([x.mean(), y.mean()])


def draw(angles, seed=0):
    mesh, landmarks = ball()
    rng = np.random.default_rng(seed)
    return picture_of(mesh, landmarks, np.array(angles), EVEN, GREEN, rng)


def test_box_is_square_and_lies_as_a_detector_has_it():
    landmarks = np.zeros((68, 2))
    landmarks[:, 0] = np.linspace(100, 186, 68)
    landmarks[:, 1] = np.linspace(200, 260, 68)
    # The longer side 86 is 0.86 of the box; its middle is a tenth of 100 higher.
    np.testing.assert_allclose(face_box(landmarks), [93, 170, 100, 100])


@pytest.mark.parametrize(
    ('angles', 'axis', 'sign'),
    [
        ((0.0, 40.0, 0.0), 0, -1),  # yaw > 0: to the image's left
        ((0.0, -40.0, 0.0), 0, 1),
        ((35.0, 0.0, 0.0), 1, -1),  # pitch > 0: up
        ((-35.0, 0.0, 0.0), 1, 1),
    ],
)
@pytest.mark.usefixtures('clean')
def test_the_face_looks_where_the_label_says(angles, axis, sign):
    picture = draw(angles)
    face, back = centroid(picture.image, 2), centroid(picture.image, 0)
    assert sign * (face - back)[axis] > 8
    np.testing.assert_array_equal(picture.angles, angles)


@pytest.mark.parametrize('seed', range(5))
@pytest.mark.usefixtures('clean')
def test_the_head_is_in_the_middle(seed):
    picture = draw((0.0, 0.0, 0.0), seed)
    x, y, w, h = picture.box
    assert w == pytest.approx(h)
    assert 45 < w < 75
    assert np.abs([x + w / 2 - SIZE / 2, y + h / 2 - SIZE / 2]).max() < 10
    assert centroid(picture.image, 2)[0] == pytest.approx(x + w / 2, abs=1.5)


@pytest.mark.usefixtures('clean')
def test_turned_over_the_photograph():
    mesh, landmarks = ball()
    middle = np.array([200.0, 150.0])
    photograph = np.full((300, 400, 3), (0, 255, 0), np.uint8)
    face = ProfiledFace(mesh, landmarks, middle, scale=0.5)
    rng = np.random.default_rng(0)
    picture = rotate_in_place(photograph, face, np.zeros(3), EVEN, rng)
    x, y, w, h = picture.box
    np.testing.assert_allclose([x + w / 2, y + h / 2], [SIZE / 2] * 2, atol=1e-6)
    assert w == pytest.approx(58.0)
    # The ring is in the middle of the ball, and the box a tenth above.
    face_middle = centroid(picture.image, 2, SIZE)
    np.testing.assert_allclose(face_middle, [SIZE / 2, y + 0.6 * h], atol=1)


def test_angles_go_to_profile_and_stay_in_range():
    rng = np.random.default_rng(0)
    angles = np.array([random_angles(rng) for _ in range(2000)])
    assert np.abs(angles).max(axis=0) == pytest.approx([75, 96, 70], abs=3)
    assert 0.2 < (np.abs(angles[:, 1]) > 45).mean() < 0.4
    assert np.abs(angles.mean(axis=0)).max() < 5


def test_rooms_and_faults_keep_shape_and_type():
    rng = np.random.default_rng(0)
    for photographs in ([], [np.zeros((50, 60, 3), np.uint8)]):
        for _ in range(4):
            image = degrade(room(rng, photographs), rng)
            assert image.shape == (SIZE, SIZE, 3)
            assert image.dtype == np.uint8
