"""Fits of a head to landmarks: known turns come back; bad landmarks are refused."""

import numpy as np
import pytest
from rendering.face_fit import fit_face

from bernoulli_headpose.rotation import euler_to_matrix, geodesic_error

RNG = np.random.default_rng(0)
# 68 points about as wide, high and deep as a face, mm.
NEUTRAL = RNG.normal(0, (40.0, 40.0, 25.0), (68, 3))
IDENTITY = RNG.normal(0, 2.0, (3, 68, 3))
EXPRESSION = RNG.normal(0, 2.0, (2, 68, 3))


def photograph(angles, points=NEUTRAL, scale=0.7, middle=(120.0, 90.0)):
    """Pixels (68, 2), y down, of a head's landmarks."""
    turned = points @ euler_to_matrix(angles).T
    return scale * turned[:, :2] * [1, -1] + middle


@pytest.mark.parametrize('angles', [(0, 0, 0), (10, 30, -20), (-25, -40, 15)])
def test_a_known_head_comes_back(angles):
    pixels = photograph(angles)
    fit = fit_face(pixels, NEUTRAL, IDENTITY, EXPRESSION)
    assert geodesic_error(fit.rotation, euler_to_matrix(angles)) < 1e-3
    assert fit.scale == pytest.approx(0.7, rel=1e-5)
    assert fit.error < 1e-3
    np.testing.assert_allclose(fit.project(NEUTRAL), pixels, atol=1e-3)


def test_identity_and_expression_explain_another_face():
    points = NEUTRAL + 1.5 * IDENTITY[0] - IDENTITY[2] + 0.8 * EXPRESSION[1]
    fit = fit_face(photograph((5, 20, 0), points), NEUTRAL, IDENTITY, EXPRESSION)
    neutral = fit_face(
        photograph((5, 20, 0), points), NEUTRAL, 0 * IDENTITY, 0 * EXPRESSION
    )
    assert fit.error < 0.25 * neutral.error
    assert geodesic_error(fit.rotation, euler_to_matrix((5, 20, 0))) < 1.0
    assert fit.identity[0] == pytest.approx(1.5, abs=0.3)
    assert fit.identity[2] == pytest.approx(-1.0, abs=0.3)
    assert fit.expression[1] == pytest.approx(0.8, abs=0.3)


def test_rotation_is_proper():
    pixels = photograph((0, 0, 0)) + RNG.normal(0, 3, (68, 2))
    rotation = fit_face(pixels, NEUTRAL, IDENTITY, EXPRESSION).rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1)


@pytest.mark.parametrize(
    ('landmarks', 'text'),
    [
        (np.zeros((5, 2)), r'shape \(68, 2\), got \(5, 2\)'),
        (np.full((68, 2), np.nan), 'expected finite numbers'),
        (np.ones((68, 2)), 'expected a face, got points on a line or point'),
    ],
)
def test_bad_landmarks(landmarks, text):
    with pytest.raises(ValueError, match=text):
        fit_face(landmarks, NEUTRAL, IDENTITY, EXPRESSION)
