"""Where hair grows, as functions of the place on the head (any head mesh)."""

from __future__ import annotations

import numpy as np

from .mesh import FloatArray, Mesh, grid_triangles
from .person import Person

# Height (mm above the eyes) of the hairline at the forehead, at the temples,
# over the ears and at the nape.
_HAIRLINES = {
    'short': (62.0, 40.0, -8.0, -62.0),
    'fringe': (30.0, 22.0, -18.0, -70.0),
    'long': (58.0, 34.0, -60.0, -95.0),
    'receding': (88.0, 78.0, -8.0, -60.0),
}


def hair_mask(points: FloatArray, person: Person) -> FloatArray:
    """Cover of hair in [0, 1] at points (N, 3) of the head's frame, mm.

    Zero everywhere for a bald person. The edge is 4 mm soft.
    """
    if person.hair_style == 'bald':
        return np.zeros(len(points))
    around = np.degrees(np.arctan2(np.abs(points[:, 0]), points[:, 2] + 10.0))
    front, temple, side, nape = _HAIRLINES[person.hair_style]
    # By angle from straight ahead; hair falls from the temple before the ear.
    line = np.interp(
        around,
        [0, 25, 48, 62, 72, 100, 118, 135, 180],
        [front, front - 2, temple, temple - 12, side + 6, side, side, nape, nape],
    )
    return np.clip((points[:, 1] - line) / 4.0 + 0.5, 0, 1)


def beard_mask(points: FloatArray, person: Person) -> FloatArray:
    """Cover of beard in [0, 1] at points (N, 3) of the head's frame, mm."""
    side = np.abs(points[:, 0])
    line = np.interp(side, [0, 16, 32, 55, 70], [-54.0, -56.0, -66.0, -52.0, -20.0])
    cover = np.clip((line - points[:, 1]) / 8.0 + 0.5, 0, 1)
    chin = np.clip((points[:, 1] + 135.0) / 15.0, 0, 1)
    return person.beard * cover * chin * np.clip((points[:, 2] + 5.0) / 15.0, 0, 1)


def cover_colors(
    colors: FloatArray, points: FloatArray, person: Person, thin: FloatArray
) -> FloatArray:
    """Colours (N, 3) with hair and beard laid over them.

    Args:
        colors: (N, 3) RGB of the bare head.
        points: (N, 3) places in the head's frame, mm.
        person: Colours and hair style.
        thin: (N,) strand noise about 1, that lightens and darkens.
    """
    strands = np.clip(person.hair * thin[:, None], 0, 1)
    for cover in (beard_mask(points, person), hair_mask(points, person)):
        colors = colors + cover[:, None] * (strands - colors)
    return colors


def strand_noise(n: int, person: Person) -> FloatArray:
    """(N,) factors about 1, the same for the same person."""
    rng = np.random.default_rng(person.texture_seed)
    return rng.uniform(0.72, 1.3, n)


def hair_curtain(person: Person) -> Mesh:
    """Long hair that falls from the sides and the back to the shoulders."""
    rows, columns = 22, 44
    down, around = np.meshgrid(
        np.linspace(0, 1, rows),
        np.radians(np.linspace(78, 282, columns)),
        indexing='ij',
    )
    flare = np.interp(down, [0, 0.3, 0.7, 1], [0, 5, 8, 3]) + person.hair_thickness
    y = 30 - 185 * down
    x = (73 + flare) * np.sin(around)
    depth = np.interp(down, [0, 0.4, 0.7, 1], [86, 80, 68, 60]) + flare
    forward = np.cos(around)
    z = -8 + np.where(forward < 0, depth, 60.0) * forward
    rng = np.random.default_rng(person.texture_seed)
    strands = rng.uniform(0.72, 1.3, (1, columns)) * rng.uniform(0.92, 1.08, y.shape)
    colors = np.clip(person.hair * strands[..., None], 0, 1)
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    shell = Mesh.build(
        points,
        grid_triangles(rows, columns),
        colors.reshape(-1, 3),
        rigidity=np.interp(points[:, 1], [-160, -60], [0.35, 1.0]),
        gloss=0.5,
    )
    return shell.two_sided()
