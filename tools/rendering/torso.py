"""Neck and shoulders in a shirt, for any head mesh."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from .mesh import FloatArray, Mesh, grid_triangles
from .person import Person

# Rings from the neck to the chest: height, half width, half depth, z of the axis.
_RINGS = np.array(
    [
        [-130, 58, 52, -26],
        [-138, 66, 58, -28],
        [-150, 112, 64, -32],
        [-165, 165, 76, -36],
        [-188, 200, 88, -38],
        [-230, 220, 98, -38],
        [-320, 226, 108, -36],
        [-520, 222, 118, -34],
    ]
)
_TORSO_RIGIDITY = 0.12  # shoulders follow the head a little
_TORSO_BIAS = 15.0  # mm by which a collar is drawn in front of the neck


def neck(person: Person) -> Mesh:
    """The neck, which bends between head and shoulders."""
    rows, columns = 16, 36
    y = np.linspace(-45, -172, rows)[:, None]
    angles = np.radians(np.linspace(-180, 180, columns, endpoint=False))[None]
    width = np.interp(y, [-172, -110, -45], [60.0, 53.0, 52.0]) * person.head_scale[0]
    x, z = width * np.sin(angles), -24 + width * 0.98 * np.cos(angles)
    points = np.stack(np.broadcast_arrays(x, y, z), axis=-1).reshape(-1, 3)
    shadow = 1 - 0.35 * np.clip((points[:, 1] + 135) / 30, 0, 1)
    return Mesh.build(
        points,
        grid_triangles(rows, columns, closed=True),
        person.skin * shadow[:, None],
        rigidity=neck_rigidity(points[:, 1]),
    )


def neck_rigidity(height: FloatArray) -> FloatArray:
    """Share of the head's rotation at heights (mm) below the chin: 1 to 0.12."""
    return np.interp(height, [-170, -105], [_TORSO_RIGIDITY, 1.0])


def torso(rng: Generator) -> Mesh:
    """Shoulders and chest in a shirt of the generator's draw."""
    rows, columns = 30, 64
    along = np.linspace(0, len(_RINGS) - 1, rows)
    rings = np.stack(
        [np.interp(along, np.arange(len(_RINGS)), part) for part in _RINGS.T], axis=1
    )
    y, width, depth, axis = np.moveaxis(rings[:, :, None], 1, 0)
    angles = np.radians(np.linspace(-180, 180, columns, endpoint=False))[None]
    x, z = width * np.sin(angles), axis + depth * np.cos(angles)
    grid = np.stack(np.broadcast_arrays(x, y, z), axis=-1)
    # Shoulders slope down to the sides.
    grid[..., 1] -= 0.16 * np.abs(grid[..., 0])
    points = grid.reshape(-1, 3)
    return Mesh.build(
        points * np.array([rng.uniform(0.88, 1.05), 1, 1]),
        grid_triangles(rows, columns, closed=True),
        _shirt(rows, columns, rng),
        rigidity=_TORSO_RIGIDITY,
        depth_bias=_TORSO_BIAS,
    )


def _shirt(rows: int, columns: int, rng: Generator) -> FloatArray:
    """Colours (V, 3) of a grid: plain, stripes or plaid, with a collar."""
    grey = rng.uniform(0.05, 0.9, (2, 1))
    base, second = 0.5 * grey + 0.5 * rng.uniform(0.05, 0.9, (2, 3))
    pattern = rng.choice(['plain', 'stripes', 'plaid'])
    spacing = int(rng.integers(2, 5))
    row, column = np.indices((rows, columns))
    weight = np.zeros((rows, columns))
    if pattern != 'plain':
        weight += 0.6 * (row // spacing % 2)
    if pattern == 'plaid':
        weight += 0.4 * (column // spacing % 2)
    weight[:3] = rng.choice([0.0, 1.0])
    return (base + weight[..., None] * (second - base)).reshape(-1, 3)
