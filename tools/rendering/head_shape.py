"""Surface of the parametric head: a lofted skull with a face pressed into it.

Everything is in mm in the head's frame, of an average head before it is scaled.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from .mesh import FloatArray
from .person import Person

# Cross-sections from the crown to under the chin: height, half width, front,
# back, and how much higher the back of the ring lies than its front.
_SECTIONS = np.array(
    [
        [114, 0.1, -13.9, -14.1, 0],
        [111, 26, 16, -45, 0],
        [103, 46, 43, -67, 0],
        [90, 60, 65, -83, 0],
        [72, 70, 80, -92, 0],
        [48, 75, 90, -97, 0],
        [20, 76, 92, -97, 0],
        [0, 74, 87, -93, 0],
        [-20, 72, 86, -86, 2],
        [-42, 70, 85, -76, 8],
        [-68, 63, 84, -62, 20],
        [-88, 52, 82, -48, 34],
        [-102, 41, 79, -36, 46],
        [-111, 30, 70, -28, 52],
        [-112, 14, 45, -20, 46],
        [-108, 0.1, 0.1, -0.1, 30],
    ]
)
_MIDDLE = -8.0  # z of the axis the rings are drawn about
_ROUNDNESS = 2.3  # exponent of the superellipse; 2 is an ellipse
EYE_X, EYE_Y = 32.0, 0.0
MOUTH_Y = -69.0
BROW_Y = 19.0


def grid_angles() -> FloatArray:
    """Angles (C,) of the columns around the head, degrees, dense in the face.

    0 is straight ahead and positive to the image's right; from -180 upwards.
    """
    side = np.arange(66.0, 180.0, 7.0)
    face = np.arange(-60.0, 60.1, 2.5)
    return np.concatenate([-side[::-1], face, side])


def grid_heights() -> FloatArray:
    """Positions (R,) of the rows along the sections, dense in the face."""
    upper = np.linspace(0.0, 5.0, 16, endpoint=False)
    face = np.linspace(5.0, 13.0, 46, endpoint=False)
    return np.concatenate([upper, face, np.linspace(13.0, 15.0, 4)])


def skull(person: Person) -> FloatArray:
    """Vertices (R, C, 3) of the skull without features, rows from the crown down."""
    knots = np.arange(len(_SECTIONS))
    sections = PchipInterpolator(knots, _SECTIONS)(grid_heights())
    height, width, front, back, lift = np.moveaxis(sections[:, :, None], 1, 0)
    jaw = np.clip(-height / 70.0, 0, 1)
    width = width * (1 + (person.jaw - 1) * jaw)
    angles = np.radians(grid_angles())[None]
    across, along = (
        np.sign(part) * np.abs(part) ** (2 / _ROUNDNESS)
        for part in (np.sin(angles), np.cos(angles))
    )
    axis = np.minimum(np.maximum(_MIDDLE, back + 0.1), front - 0.1)
    depth = np.where(along > 0, front - axis, axis - back)
    raised = height + lift * (1 - along) / 2
    return np.stack(
        np.broadcast_arrays(width * across, raised, axis + depth * along), 2
    )


def with_face(points: FloatArray, person: Person) -> FloatArray:
    """Skull vertices (R, C, 3) with nose, brow, eye sockets, cheeks, lips, chin."""
    x, y, z = np.moveaxis(points, -1, 0)
    side = np.abs(x)
    eye_x = EYE_X * person.eye_spacing
    relief = _nose(side, y, person)
    relief -= 8.5 * _bump(side - eye_x, y - EYE_Y, 14, 9.5)
    relief += 4.0 * person.brow * _bump(side - 30, y - BROW_Y + 2, 20, 6)
    relief += 5.0 * person.cheek * _bump(side - 43, y + 26, 15, 14)
    relief += 4.5 * person.lip_fullness * _bump(x, y - MOUTH_Y - 5, 15, 3.6)
    relief += 5.5 * person.lip_fullness * _bump(x, y - MOUTH_Y + 5, 14, 3.8)
    relief += 4.0 * _bump(x, y - MOUTH_Y, 26, 14)
    relief -= 2.5 * _bump(x, y - MOUTH_Y, 22, 1.8)
    relief += 6.0 * person.jaw * _bump(x, y + 99, 15, 8)
    front = np.clip(z / 25.0, 0, 1)
    return np.stack([x, y, z + front * relief], axis=-1)


def _nose(side: FloatArray, y: FloatArray, person: Person) -> FloatArray:
    """Height (mm) of the nose: a ridge that widens to the tip, and its wings."""
    length, width = person.nose[1], person.nose[2]
    down = -y / length
    ridge = np.interp(
        down, [-14, 2, 14, 28, 37, 42, 46, 50], [0, 3, 9, 18, 27, 26, 13, 0]
    )
    spread = width * np.interp(down, [0, 20, 40, 50], [5.5, 6.5, 9.5, 9.0])
    wings = 9.0 * _bump(side - 14 * width, down - 43, 5, 5)
    return person.nose[0] * (ridge * np.exp(-0.5 * (side / spread) ** 2) + wings)


def _bump(x: FloatArray, y: FloatArray, width: float, height: float) -> FloatArray:
    return np.exp(-0.5 * ((x / width) ** 2 + (y / height) ** 2))
