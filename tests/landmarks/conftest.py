"""Faces with a known pose, and files that hold them."""

import numpy as np
import pytest
from scipy.io import savemat

from bernoulli_headpose.rotation import euler_to_matrix
from bernoulli_mmpose.landmarks.mean_face import FITTED, MEAN_FACE


def seen_from(angles, center=(200.0, 150.0), size=100.0, distance=20.0):
    """Pixels (68, 2) of the mean face, seen by a camera that looks at its middle.

    Args:
        angles: Degrees.
        center: Pixels of the middle of the landmarks that are fitted.
        size: Pixels of 147 mm, the width of the face.
        distance: Of the camera, in widths of the face.
    """
    turned = MEAN_FACE @ euler_to_matrix(angles).T / 147.0
    middle = np.zeros(2)
    for _ in range(20):
        places = distance * (turned[:, :2] - middle) / (distance - turned[:, 2:])
        low, high = places[FITTED].min(axis=0), places[FITTED].max(axis=0)
        middle += (low + high) / 2
    return np.array(center) + size * places * [1, -1]


@pytest.fixture
def face():
    return seen_from


@pytest.fixture
def write_mat():
    """Writes a picture and a ``.mat`` file as of AFLW2000."""

    def write(path, angles, **changes):
        points = np.vstack([seen_from(angles).T, np.zeros(68)])
        pose = np.deg2rad([*angles, 0, 0, 0, 0])[None]
        content = {'Pose_Para': pose, 'pt3d_68': points, 'pt2d': points[:2]}
        savemat(path, {k: v for k, v in (content | changes).items() if v is not None})
        path.with_suffix('.jpg').write_bytes(b'')

    return write
