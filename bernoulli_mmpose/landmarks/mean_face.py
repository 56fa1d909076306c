"""The mean 3D face: 68 landmarks (iBUG order) of a head that looks straight ahead.

Taken from the neutral face of ICT Face Model Light (University of Southern California
Institute for Creative Technologies, MIT licence; Li et al., "Learning Formation of
Physically-Based Face Attributes", CVPR 2020), in millimetres about the head centre of
``tools/rendering``, in the head's frame (x to the image's right for a
frontal head, y up, z out of the face).

It is tilted by 2 degrees, ``points @ euler_to_matrix((2, 0, 0)).T``, so that its zero
of pitch is that of 300W-LP. Without it, fits read 3.7 degrees more than the labels on
2D landmarks found in AFLW2000's images (27 heads) and 2.0 degrees more on the landmarks
of their files (``pt3d_68``); with it, 1.7 and 0.0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, lips 48-67. Left is the image's.
# fmt: off
MEAN_FACE: NDArray[np.float64] = np.array([
    [-73.6, 3.3, 26.2], [-72.8, -18.5, 29.7], [-69.4, -37.8, 36.4],
    [-65.6, -56.5, 43.5], [-57.2, -77.5, 53.8], [-43.0, -94.2, 66.5],
    [-30.5, -100.8, 81.0], [-15.4, -103.7, 96.1], [0.0, -106.7, 97.8],
    [15.4, -103.7, 96.1], [30.5, -100.8, 81.0], [43.0, -94.2, 66.5],
    [57.2, -77.5, 53.8], [65.6, -56.5, 43.5], [69.4, -37.8, 36.4],
    [72.8, -18.5, 29.7], [73.6, 3.3, 26.2], [-58.2, 20.0, 68.2],
    [-49.3, 28.1, 78.7], [-37.9, 31.2, 87.0], [-24.1, 30.8, 93.5],
    [-11.7, 28.0, 96.1], [11.7, 28.0, 96.1], [24.1, 30.8, 93.5],
    [37.9, 31.2, 87.0], [49.3, 28.1, 78.7], [58.2, 20.0, 68.2],
    [0.0, 6.4, 96.9], [0.0, -4.4, 105.1], [0.0, -14.4, 113.4],
    [0.0, -26.1, 121.4], [-12.5, -42.4, 100.0], [-6.0, -42.1, 105.5],
    [0.0, -42.7, 107.0], [6.0, -42.1, 105.5], [12.5, -42.4, 100.0],
    [-44.6, 2.5, 75.7], [-38.7, 7.2, 83.2], [-27.8, 7.9, 84.8],
    [-18.4, 1.0, 81.7], [-27.3, -0.6, 84.0], [-38.6, -0.8, 82.1],
    [18.4, 1.0, 81.7], [27.8, 7.9, 84.8], [38.7, 7.2, 83.2],
    [44.6, 2.5, 75.7], [38.6, -0.8, 82.1], [27.3, -0.6, 84.0],
    [-25.3, -66.4, 94.0], [-17.0, -58.6, 104.1], [-7.3, -54.9, 109.0],
    [0.0, -55.4, 110.1], [7.3, -54.9, 109.0], [17.0, -58.6, 104.1],
    [25.3, -66.4, 94.0], [18.0, -71.5, 101.3], [10.3, -73.8, 106.3],
    [0.0, -74.5, 107.9], [-10.3, -73.8, 106.3], [-18.0, -71.5, 101.3],
    [-22.1, -66.1, 93.4], [-10.0, -63.8, 102.9], [0.0, -64.0, 104.9],
    [10.0, -63.8, 102.9], [22.1, -66.1, 93.4], [10.7, -64.7, 102.5],
    [0.0, -64.8, 104.6], [-10.7, -64.7, 102.5],
])
# fmt: on
MEAN_FACE.flags.writeable = False

# Landmarks that a pose is fitted to: all but the lower jaw. It moves with the mouth,
# and markups differ there: in 2D ones it slides along the outline of the cheek.
FITTED: NDArray[np.bool_] = np.ones(68, dtype=bool)
FITTED[2:15] = False
FITTED.flags.writeable = False
