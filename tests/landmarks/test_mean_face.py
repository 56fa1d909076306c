"""The mean face: where its numbers come from, and that they are a face's."""

import numpy as np
import pytest
from rendering.morphable_head import MorphableHead

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_mmpose.landmarks.mean_face import FITTED, MEAN_FACE


@pytest.mark.real_data
def test_is_the_neutral_head_tilted_by_two_degrees(shared_data):
    model = MorphableHead(shared_data / 'ict_head.npz')
    neutral = (model.vertices - model.centre(model.vertices))[model.landmarks]
    tilted = neutral @ euler_to_matrix((2.0, 0.0, 0.0)).T
    np.testing.assert_allclose(MEAN_FACE, tilted, atol=0.051)


def test_left_is_the_mirror_of_right():
    # Pairs of the iBUG markup: jaw, brows, nostrils, eyes and corners of the mouth.
    pairs = [(0, 16), (7, 9), (17, 26), (21, 22), (31, 35), (36, 45), (39, 42)]
    pairs += [(37, 44), (41, 46), (48, 54), (50, 52), (60, 64), (67, 65)]
    left, right = MEAN_FACE[np.array(pairs).T]
    np.testing.assert_allclose(left, right * [-1, 1, 1], atol=0.11)
    assert (left[:, 0] < 0).all()


def test_is_a_face_in_the_package_frame():
    x, y, z = MEAN_FACE.T
    assert z.argmax() == 30  # the tip of the nose is foremost
    assert y.argmin() == 8  # the chin lowest
    assert y[17:27].min() > y[36:48].max() > y[48:].max()
    assert abs(y[36:48].mean()) < 5  # the head centre is at the height of the eyes
    assert 120 < np.ptp(x) < 160  # mm


def test_the_lower_jaw_is_not_fitted():
    assert np.flatnonzero(~FITTED).tolist() == list(range(2, 15))
    for shared in (MEAN_FACE, FITTED):
        with pytest.raises(ValueError, match='read-only'):
            shared[0] = 0
