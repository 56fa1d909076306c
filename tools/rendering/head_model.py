"""The parametric head: skull and face, eyes, ears, hair, with colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import head_shape
from .hair import cover_colors, hair_curtain, hair_mask, strand_noise
from .head_shape import BROW_Y, EYE_X, EYE_Y, MOUTH_Y
from .mesh import FloatArray, Mesh, grid_triangles, merge
from .person import Person

_EYE_BIAS = 4.0  # mm by which the eyes are drawn in front of their sockets


def parametric_head(person: Person) -> Mesh:
    """The head of a person, without neck and shoulders.

    Landmarks: ``nose_tip``, ``left_eye`` and ``right_eye`` (of the person; the left
    eye is at the image's right of a frontal head), ``chin``.
    """
    face, surface = _face(person)
    eyes = [_eye(person, surface, side) for side in (-1.0, 1.0)]
    parts = [face, *eyes]
    if person.hair_style == 'long':
        parts.append(hair_curtain(person))
    else:
        parts += [_ear(person, side) for side in (-1.0, 1.0)]
    head = merge(parts)
    return replace(head, vertices=head.vertices * person.head_scale)


def _face(person: Person) -> tuple[Mesh, FloatArray]:
    """The skull with its face, and the grid (R, C, 3) of the bare surface."""
    surface = head_shape.with_face(head_shape.skull(person), person)
    rows, columns = surface.shape[:2]
    points = surface.reshape(-1, 3)
    skin = _skin_colors(points, person)
    colors = cover_colors(skin, points, person, strand_noise(len(points), person))
    cover = hair_mask(points, person)[:, None]
    outward = points - np.array([0.0, 10.0, -5.0])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    triangles = grid_triangles(rows, columns, closed=True)
    bare = 1 - cover[triangles].mean(axis=(1, 2))
    return Mesh.build(
        points + person.hair_thickness * cover * outward,
        triangles,
        colors,
        gloss=0.2 + 0.6 * bare,
        landmarks=_landmarks(points),
    ), surface


def _landmarks(points: FloatArray) -> dict[str, int]:
    middle = np.abs(points[:, 0]) < 3
    tip = np.argmax(np.where(middle & (points[:, 1] < 0), points[:, 2], -np.inf))
    chin = np.array([0.0, -99.0, 86.0])
    return {
        'nose_tip': int(tip),
        'chin': int(np.argmin(np.linalg.norm(points - chin, axis=1))),
    }


def _skin_colors(points: FloatArray, person: Person) -> FloatArray:
    """RGB (N, 3) of the bare face: cheeks, lips, brows, nostrils, shaded hollows."""
    x, y, z = points.T
    side = np.abs(x)
    colors = np.tile(person.skin, (len(points), 1))
    eye_x = EYE_X * person.eye_spacing
    hollow = np.exp(-(((side - eye_x) / 17) ** 2) - ((y - EYE_Y - 1) / 10) ** 2)
    flush = np.exp(-(((side - 40) / 16) ** 2) - ((y + 30) / 16) ** 2)
    below = np.clip((-y - 95) / 15, 0, 1) * np.clip((70 - z) / 50, 0, 1)
    colors *= 1 - 0.22 * hollow[:, None] - 0.3 * below[:, None]
    colors *= 1 - flush[:, None] * np.array([0.0, 0.12, 0.12])
    length, width = person.nose[1], person.nose[2]
    front = z > 30
    nostril = np.hypot((side - 7.5 * width) / 3.5, (y + 48.0 * length) / 2.5) < 1
    colors[nostril & front] *= 0.55
    fullness = person.lip_fullness
    lip = np.hypot(x / 25, (y - MOUTH_Y) / (8 + 3 * fullness) * 1.1) < 1
    colors[lip & front] = person.lips
    gap = np.hypot(x / 23, (y - MOUTH_Y) / 1.6) < 1
    colors[gap & front] = person.lips * 0.5
    arch = BROW_Y + 4 - 0.012 * (side - 34) ** 2 / person.brow
    brow = (np.abs(y - arch) < 3.2 + person.brow) & (side > 13) & (side < 50)
    colors[brow & front] = 0.25 * person.skin * 0.7 + 0.75 * 0.8 * person.hair
    return colors


def _eye(person: Person, surface: FloatArray, side: float) -> Mesh:
    """An almond of a ball with iris, pupil and lash line; side -1 is image left."""
    across, down = np.meshgrid(np.linspace(-1, 1, 21), np.linspace(1, -1, 11))
    lid = np.where(down > 0, 6.6, 5.0) * (1 - across**2) ** 0.7
    x, y = 15.5 * across, lid * down + 0.08 * 15.5 * across * side
    radius = np.hypot(x, y - 0.4)
    colors = np.tile([0.93, 0.91, 0.89], (*x.shape, 1))
    colors[radius < 6.6] = person.iris * 0.6
    colors[radius < 5.6] = person.iris * 1.15
    colors[radius < 2.7] = 0.02
    colors[0] = person.hair * 0.3
    colors[down > 0.8] *= 0.55
    centre = np.array([side * EYE_X * person.eye_spacing, EYE_Y, 0.0])
    near = np.linalg.norm(surface[..., :2] - centre[:2], axis=-1)
    near[surface[..., 2] < 0] = np.inf
    depth = surface[..., 2].ravel()[np.argmin(near)]
    bulge = np.sqrt(np.maximum(15.0**2 - 0.55 * (x**2 + y**2), 0)) - 15.0
    # The outer corner lies further back than the inner one.
    recede = -0.22 * np.clip(x * side, 0, None)
    z = depth + 3.0 + bulge + recede
    points = np.stack([x + centre[0], y + centre[1], z], axis=-1)
    middle = int(np.argmin(radius))
    name = 'left_eye' if side > 0 else 'right_eye'
    return Mesh.build(
        points.reshape(-1, 3),
        grid_triangles(x.shape[0], x.shape[1]),
        colors.reshape(-1, 3),
        depth_bias=_EYE_BIAS,
        gloss=0.8,
        landmarks={name: middle},
    )


def _ear(person: Person, side: float) -> Mesh:
    """A shell that stands off the head, with a dark hollow."""
    ring, turn = np.meshgrid(
        np.linspace(0, 1, 6),
        np.linspace(0, 2 * np.pi, 20, endpoint=False),
        indexing='ij',
    )
    back = 17 * ring * np.cos(turn) * person.ear
    up = 31 * ring * np.sin(turn) * person.ear * (1 + 0.12 * np.sin(turn))
    off = 4 + 0.55 * back + 4.5 * np.sin(np.pi * ring * 0.9) * ring
    x = side * (71 + off)
    points = np.stack([x, up - 16, -14 - back + 0.18 * up], axis=-1)
    dark = 1 - 0.45 * np.exp(-((ring / 0.45) ** 2))
    colors = person.skin * np.array([1.0, 0.92, 0.9]) * dark[..., None]
    shell = Mesh.build(
        points.reshape(-1, 3),
        grid_triangles(ring.shape[0], ring.shape[1], closed=True),
        colors.reshape(-1, 3),
        gloss=0.3,
    )
    return shell.two_sided()
