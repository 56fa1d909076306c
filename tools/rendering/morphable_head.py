"""Heads of a morphable model's file, in place of the parametric head.

The file's form is that of :mod:`rendering.morphable_file`.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .hair import cover_colors, hair_curtain, hair_mask, strand_noise
from .mesh import FloatArray, Mesh, grid_triangles, merge
from .morphable_file import load_morphable_file
from .person import Person
from .torso import neck_rigidity

_MM_PER_CM = 10.0
_LOWEST = -165.0  # mm; what lies deeper is under the shirt
_NOSE_ROOT, _NOSE_TIP, _CHIN = 27, 30, 8
_EYES = {'right_eye': slice(36, 42), 'left_eye': slice(42, 48)}
_BROWS = (slice(17, 22), slice(22, 27))
_OUTER_LIPS, _INNER_LIPS = slice(48, 60), slice(60, 68)


class MorphableHead:
    """A morphable head file, from which people are drawn.

    Args:
        path: The ``.npz`` file.

    Raises:
        FileNotFoundError: If there is no such file.
        KeyError: If an array is missing.
        ValueError: If the file is not an ``.npz``, or an array's shape or an index
            does not fit the others.
    """

    def __init__(self, path: str | Path) -> None:
        arrays = load_morphable_file(Path(path))
        self.vertices = arrays['vertices'] * _MM_PER_CM
        self.triangles = arrays['triangles']
        self.identity = arrays['identity'].astype(np.float32) * _MM_PER_CM
        self.expression = arrays['expression'].astype(np.float32) * _MM_PER_CM
        self.landmarks = arrays['landmarks68']
        self._part = arrays['part']
        self._part_names = [str(name).lower() for name in arrays['part_names']]

    def head(self, person: Person, rng: Generator) -> Mesh:
        """The head and neck of a person, without shoulders.

        Landmarks: ``nose_tip``, ``left_eye``, ``right_eye`` (inner corners), ``chin``.

        Args:
            person: Colours and hair.
            rng: Draws the weights of the identity offsets.
        """
        return self.head_with_landmarks(person, rng)[0]

    def head_with_landmarks(
        self, person: Person, rng: Generator
    ) -> tuple[Mesh, FloatArray]:
        """:meth:`head`, and its 68 landmarks (68, 3), neutral, mm."""
        weights = rng.normal(0, 0.8, len(self.identity))
        points: FloatArray = self.vertices + np.tensordot(
            weights, self.identity, axes=1
        )
        points = self.without_bust(points - self.centre(points))
        landmarks = points[self.landmarks]
        bare = _skin_colors(points, landmarks, person)
        noise = strand_noise(len(points), person)
        covered = cover_colors(bare, points, person, noise)
        colors = np.where(self.ears(points)[:, None], bare, covered)
        eyed = self._with_eyes(points, colors, person)
        head = self.mesh(points, eyed, person, expressions=self.expression)
        cavity = mouth_cavity(landmarks, np.array([0.5, 0.25, 0.25]) * person.lips)
        return with_hair([head, cavity], person), landmarks

    def mesh(
        self,
        points: FloatArray,
        colors: FloatArray,
        person: Person,
        expressions: FloatArray | None = None,
    ) -> Mesh:
        """The head down to the collar, with its hair's thickness.

        Args:
            points: (V, 3) vertices of the bare head from its centre, mm.
            colors: (V, 3) or (T, 3) RGB in [0, 1].
            person: Gives the hair.
            expressions: (E, V, 3) offsets that the mesh keeps, mm.
        """
        thick = 0.7 * person.hair_thickness * hair_mask(points, person)
        thick = thick * ~self.ears(points)
        outward = points / np.linalg.norm(points, axis=1, keepdims=True)
        kept = points[self.triangles, 1].mean(axis=1) > _LOWEST
        if len(colors) == len(points):
            colors = colors[self.triangles].mean(axis=1)
        return Mesh.build(
            points + thick[:, None] * outward,
            self.triangles[kept],
            colors[kept],
            rigidity=neck_rigidity(points[:, 1]),
            gloss=0.25,
            expressions=expressions,
            landmarks=self._named_landmarks(points[self.landmarks]),
        )

    def centre(self, points: FloatArray) -> FloatArray:
        """Head centre (3,) as the package defines it, see the package's docstring."""
        landmarks = points[self.landmarks]
        eyes = landmarks[36:48].mean(axis=0)
        back = points[points[:, 1] > eyes[1], 2].min()
        return np.array([eyes[0], eyes[1], (landmarks[_NOSE_ROOT, 2] + back) / 2])

    def ears(self, points: FloatArray) -> NDArray[np.bool_]:
        """Whether a point (V,) is on an ear, which stands off the line of the jaw."""
        reach = np.abs(points[self.landmarks[[0, 16]], 0]).mean()
        off = np.abs(points[:, 0]) > reach + 4
        return off & (points[:, 1] < 20) & (points[:, 1] > -70)

    def without_bust(self, points: FloatArray) -> FloatArray:
        """Points (V, 3) with the sides and back of a bust drawn in to a neck."""
        around = points - [0.0, 0.0, -20.0]
        reach = np.hypot(around[:, 0], around[:, 2])
        limit = np.interp(points[:, 1], [-140, -100], [60.0, 110.0])
        limit += 3 * np.clip(points[:, 2] + 10, 0, None)
        shrink = np.minimum(1, limit / np.maximum(reach, 1e-6))[:, None]
        drawn_in = around * np.concatenate([shrink, np.ones_like(shrink), shrink], 1)
        return drawn_in + [0.0, 0.0, -20.0]

    def _with_eyes(
        self, points: FloatArray, colors: FloatArray, person: Person
    ) -> FloatArray:
        """Colours (T, 3) of triangles, with sclera, iris and pupil by direction."""
        by_triangle = colors[self.triangles].mean(axis=1)
        middles = points[self.triangles].mean(axis=1)
        for index, name in enumerate(self._part_names):
            chosen = self._part == index
            if not chosen.any() or not ('iris' in name or 'sclera' in name):
                continue
            ball = middles[chosen]
            centre = (ball.min(axis=0) + ball.max(axis=0)) / 2
            off_axis = np.hypot(*(ball - centre)[:, :2].T)
            eye = np.tile([0.93, 0.91, 0.89], (len(ball), 1))
            eye[off_axis < 6.8] = person.iris * 0.6
            eye[off_axis < 5.8] = person.iris * 1.15
            eye[off_axis < 2.7] = 0.02
            by_triangle[chosen] = eye
        return by_triangle

    def _named_landmarks(self, places: FloatArray) -> dict[str, int]:
        named = {
            'nose_tip': int(self.landmarks[_NOSE_TIP]),
            'chin': int(self.landmarks[_CHIN]),
        }
        for name, corners in _EYES.items():
            # The inner corner is where the eye's landmarks come nearest the nose.
            inner = np.argmin(np.abs(places[corners][:, 0]))
            named[name] = int(self.landmarks[corners][inner])
        return named


def _skin_colors(
    points: FloatArray, landmarks: FloatArray, person: Person
) -> FloatArray:
    """RGB (V, 3) of the bare head: lips and brows by the landmarks."""
    colors = np.tile(person.skin, (len(points), 1))
    front = points[:, 2] > landmarks[36:48, 2].min() - 25
    lips = _inside(points, landmarks[_OUTER_LIPS])
    colors[front & (lips > 0)] = person.lips
    colors[front & (_inside(points, landmarks[_INNER_LIPS]) > 0)] = person.lips * 0.4
    for brow in _BROWS:
        line = landmarks[brow, :2].astype(np.float32).reshape(-1, 1, 2)
        there = np.concatenate([line + [0, 2.5], line[::-1] - [0, 3.5]])
        hairs = 0.2 * person.skin + 0.7 * person.hair
        colors[front & (_inside(points, there.reshape(-1, 2)) > 0)] = hairs
    cheeks = landmarks[[1, 15]] * 0.45 + landmarks[[31, 35]] * 0.55
    for cheek in cheeks:
        near = np.exp(-((points[:, :2] - cheek[:2]) ** 2).sum(axis=1) / 16.0**2)
        colors *= 1 - (near * front)[:, None] * np.array([0.0, 0.12, 0.12])
    return colors


def _inside(points: FloatArray, outline: FloatArray) -> FloatArray:
    """Signed distance (V,) in mm to an outline (N, 2 or 3) in x and y, > 0 inside."""
    polygon = outline[:, :2].astype(np.float32).reshape(-1, 1, 2)
    low, high = polygon.min(axis=(0, 1)), polygon.max(axis=(0, 1))
    near = ((points[:, :2] >= low) & (points[:, :2] <= high)).all(axis=1)
    distance = np.full(len(points), -np.inf)
    distance[near] = [
        cv2.pointPolygonTest(polygon, (float(x), float(y)), True)
        for x, y in points[near, :2]
    ]
    return distance


def with_hair(parts: list[Mesh], person: Person) -> Mesh:
    """One mesh of a head's parts, with what hangs down of long hair."""
    long = [hair_curtain(person)] if person.hair_style == 'long' else []
    return merge([*parts, *long])


def mouth_cavity(landmarks: FloatArray, color: FloatArray, depth: float = 20.0) -> Mesh:
    """A dark sheet behind the lips, seen where an expression opens them.

    Args:
        landmarks: (68, 3), mm.
        color: (3,) RGB in [0, 1].
        depth: Behind the hindmost landmark of the lips, mm.
    """
    lips = landmarks[_OUTER_LIPS]
    across = np.linspace(-21, 21, 8) + lips[:, 0].mean()
    down = np.linspace(lips[:, 1].max(), lips[:, 1].min() - 20, 8)
    x, y = np.meshgrid(across, down)
    z = np.full_like(x, lips[:, 2].min() - depth)
    return Mesh.build(
        np.stack([x, y, z], axis=-1).reshape(-1, 3),
        grid_triangles(8, 8),
        color,
    )
