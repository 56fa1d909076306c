"""Code of docs/predict.md and docs/faq.md that turns rotations, against geometry."""

import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from rendering.head_model import parametric_head
from rendering.person import Person
from rendering.rasterizer import Light, draw, project

from bernoulli_headpose import HeadPose
from bernoulli_headpose.rotation import (
    IMAGE_TO_CAMERA,
    euler_to_matrix,
    geodesic_error,
    matrix_to_euler,
)

DOCS = Path(__file__).resolve().parents[2] / 'docs'
SIZE, FIELD_OF_VIEW = (1280, 720), 80.0


def function_of(page: str, name: str):
    """A function that a page shows, with what its block imports before it."""
    text = (DOCS / page).read_text('utf-8')
    blocks = re.findall(r'```python\n(.*?)```', text, re.DOTALL)
    (code,) = (block for block in blocks if f'def {name}(' in block)
    definitions = re.split(r'\n(?=\S)', code)
    kept = [one for one in definitions if one.startswith(('import', 'from', 'def'))]
    names: dict = {}
    exec('\n'.join(part for part in kept if '(\n' not in part), names)
    return names[name]


@pytest.fixture
def to_camera():
    function = function_of('predict.md', 'to_camera')
    return partial(function, size=SIZE, horizontal_fov=FIELD_OF_VIEW)


@pytest.mark.parametrize(
    ('center', 'angles'),
    [
        # A face towards the camera at the right edge is turned to the image's left.
        ((1280, 360), (0, 40, 0)),
        ((0, 360), (0, -40, 0)),
        ((640, 360), (0, 0, 0)),
        ((640, 0), (-np.rad2deg(np.arctan(360 / 640 * np.tan(np.deg2rad(40)))), 0, 0)),
    ],
)
def test_a_face_towards_the_camera(to_camera, center, angles):
    head = SimpleNamespace(center=center, rotation=np.eye(3))
    assert_allclose(matrix_to_euler(to_camera(head)), angles, atol=1e-9)


def render(rng, rotation, place):
    """A picture of a head that is at a place, and the box of its face."""
    focal = SIZE[0] / 2 / np.tan(np.deg2rad(FIELD_OF_VIEW) / 2)
    camera = np.array([[focal, 0, SIZE[0] / 2], [0, focal, SIZE[1] / 2], [0, 0, 1]])
    mesh = parametric_head(Person.random(rng))
    light = Light(np.array([0, 0.6, 0.8]), *np.full((3, 3), [[0.5], [0.6], [0.1]]))
    posed = mesh.pose(rotation)
    picture = np.full((SIZE[1], SIZE[0], 3), 150, np.uint8)
    picture = draw(picture, mesh, posed, place, camera, light)
    brows_to_chin = np.abs(mesh.vertices[:, 1] + 30) < 70
    face = posed[brows_to_chin & (mesh.vertices[:, 2] > 40)]
    pixels = project(face * IMAGE_TO_CAMERA + place, camera)
    return picture, [*pixels.min(axis=0), *pixels.max(axis=0)]


def test_angles_are_relative_to_the_line_to_the_head(to_camera):
    rng = np.random.default_rng(0)
    estimate = HeadPose(threads=1)
    errors = []
    for side in (-1, 1) * 6:
        truth = euler_to_matrix(rng.normal(0, (8, 15, 5)))
        away = np.tan(np.deg2rad(rng.uniform(25, 32)))
        picture, box = render(rng, truth, 700 * np.array([side * away, 0, 1]))
        (head,) = estimate(picture, boxes=box)
        found = head.rotation, to_camera(head)
        errors.append([geodesic_error(one, truth) for one in found])
    as_given, turned = np.mean(errors, axis=0)
    assert as_given > 20
    assert turned < as_given / 2


ZERO = euler_to_matrix([8, -3, 2])


@pytest.mark.parametrize('angles', [(0, 0, 0), (10, 50, -20)])
def test_a_constant_offset_is_taken_out(angles):
    truth = euler_to_matrix(angles)
    of_head = function_of('faq.md', 'without_offset_of_head')
    assert_allclose(of_head(truth @ ZERO, ZERO), truth, atol=1e-12)
    of_camera = function_of('faq.md', 'without_offset_of_camera')
    assert_allclose(of_camera(ZERO @ truth, ZERO), truth, atol=1e-12)


def test_the_mean_of_rotations_to_both_sides():
    mean = function_of('faq.md', 'mean_rotation')
    sides = [ZERO @ euler_to_matrix([0, yaw, 0]) for yaw in (-20, 20)]
    assert_allclose(mean(sides), ZERO, atol=1e-12)


@pytest.mark.parametrize(
    ('angles', 'degrees'), [((0, 30, 0), 30), ((-20, 0, 70), 20), ((0, 180, 0), 180)]
)
def test_degrees_off_the_camera(angles, degrees):
    head = SimpleNamespace(rotation=euler_to_matrix(angles))
    found = function_of('faq.md', 'degrees_off_camera')(head)
    assert found == pytest.approx(degrees)
