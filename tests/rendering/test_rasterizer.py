"""Pictures of meshes whose place in the picture is known beforehand."""

import numpy as np
import pytest
from rendering.mesh import Mesh, grid_triangles, merge
from rendering.rasterizer import Light, draw, project, shade

INTRINSICS = np.array([[500.0, 0, 320], [0, 500.0, 240], [0, 0, 1]])
WHITE = Light(np.array([0.0, 0, 1]), np.zeros(3), np.ones(3), np.zeros(3))
CENTRE = np.array([0.0, 0.0, 1000.0])


def _square(x, y, side, color=(1.0, 0.0, 0.0), z=0.0, **kwargs):
    across = np.array([-0.5, 0.5]) * side
    grid = [[x + dx, y + dy, z] for dy in across[::-1] for dx in across]
    return Mesh.build(np.array(grid), grid_triangles(2, 2), np.array(color), **kwargs)


def _draw(mesh, background=None, light=WHITE):
    if background is None:
        background = np.zeros((480, 640, 3), np.uint8)
    return draw(background, mesh, mesh.vertices, CENTRE, INTRINSICS, light)


def test_project_literal():
    """u = 500 * 100 / 1000 + 320, v = 500 * -50 / 1000 + 240."""
    pixels = project(np.array([[100.0, -50.0, 1000.0]]), INTRINSICS)
    np.testing.assert_allclose(pixels, [[370.0, 215.0]])


def _offset_from_projection(place):
    """Centroid of a square's pixels less the projection of its middle, in pixels."""
    image = _draw(_square(*place, side=60))
    rows, columns = np.nonzero(image[..., 2])
    weight = image[rows, columns, 2].astype(float)
    # OpenCV's outline adds half a pixel to the side of 30.
    assert weight.sum() / weight.max() == pytest.approx(30.5**2, rel=0.04)
    centroid = [np.average(columns, weights=weight), np.average(rows, weights=weight)]
    # y is up in the model and down in the picture.
    return np.array(centroid) - [320 + 0.5 * place[0], 240 - 0.5 * place[1]]


@pytest.mark.parametrize('place', [(0, 0), (100, 50), (-200.7, 33.3), (77.1, -120.9)])
def test_square_lands_where_it_projects(place):
    # An edge lies on a pixel of the doubled picture, 1/4 pixel away at most.
    np.testing.assert_allclose(_offset_from_projection(place), 0, atol=0.26)


def test_squares_land_where_they_project_on_average():
    places = np.random.default_rng(0).uniform(-200, 200, (80, 2))
    offsets = [_offset_from_projection(place) for place in places]
    np.testing.assert_allclose(np.mean(offsets, axis=0), 0, atol=0.06)


def test_neighbours_leave_no_crack():
    rng = np.random.default_rng(0)
    across = np.linspace(-80, 80, 24)
    x, y = np.meshgrid(across, across[::-1])
    points = np.stack([x, y, np.zeros_like(x)], -1)
    points[1:-1, 1:-1, :2] += rng.uniform(-2, 2, (22, 22, 2))
    mesh = Mesh.build(points.reshape(-1, 3), grid_triangles(24, 24), np.ones(3))
    image = _draw(mesh)
    assert image[202:278, 282:358].min() > 200


def test_nearer_triangle_wins():
    near = _square(0, 0, 60, (1, 0, 0), z=10.0)
    far = _square(0, 0, 60, (0, 1, 0), z=-10.0)
    for meshes in ([near, far], [far, near]):
        assert _draw(merge(meshes))[240, 320].tolist()[1:] == [0, 217]


def test_depth_bias_brings_forward():
    near = _square(0, 0, 60, (1, 0, 0), z=10.0)
    lifted = _square(0, 0, 60, (0, 1, 0), z=-10.0, depth_bias=30.0)
    assert _draw(merge([near, lifted]))[240, 320, 1] > 0


def test_back_faces_are_hidden_and_shells_are_not():
    square = _square(0, 0, 60)
    back = Mesh.build(square.vertices, square.triangles[:, ::-1], square.colors)
    assert not _draw(back).any()
    assert _draw(back.two_sided()).any()


def test_background_stays_and_is_not_written_to():
    background = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    before = background.copy()
    image = _draw(_square(0, 0, 60), background)
    np.testing.assert_array_equal(background, before)
    far_from_square = np.ones((480, 640), bool)
    far_from_square[220:262, 300:342] = False
    np.testing.assert_array_equal(image[far_from_square], before[far_from_square])


def test_mesh_beside_the_picture_draws_nothing():
    assert not _draw(_square(5000, 0, 60)).any()


def test_light_falls_from_its_side():
    light = Light(np.array([1.0, 0, 0]), np.ones(3), np.zeros(3), np.zeros(3))
    normals = np.array([[1.0, 0, 0], [0.6, 0, 0.8], [-1.0, 0, 0]])
    lit = shade(np.full((3, 3), 0.5), np.zeros(3), normals, light)
    np.testing.assert_allclose(lit[:, 0], [0.5, 0.3, 0.0])
