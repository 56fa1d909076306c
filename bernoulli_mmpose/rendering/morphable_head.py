"""Heads of a morphable model's file, in place of the parametric head.

The file's form is that of :mod:`bernoulli_mmpose.rendering.morphable_file`.
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
        self._vertices = arrays['vertices'] * _MM_PER_CM
        self._triangles = arrays['triangles']
        self._part = arrays['part']
        self._part_names = [str(name).lower() for name in arrays['part_names']]
        self._identity = arrays['identity'].astype(np.float32) * _MM_PER_CM
        self._expression = arrays['expression'].astype(np.float32) * _MM_PER_CM
        self._landmarks = arrays['landmarks68']

    def head(self, person: Person, rng: Generator) -> Mesh:
        """The head and neck of a person, without shoulders.

        Landmarks: ``nose_tip``, ``left_eye``, ``right_eye`` (inner corners), ``chin``.

        Args:
            person: Colours and hair.
            rng: Draws the weights of the identity offsets.
        """
        weights = rng.normal(0, 0.8, len(self._identity))
        points = self._vertices + np.tensordot(weights, self._identity, axes=1)
        points = _narrow_neck(points - _centre(points, points[self._landmarks]))
        landmarks = points[self._landmarks]
        bare = _skin_colors(points, landmarks, person)
        ears = _ears(points, landmarks)
        noise = strand_noise(len(points), person)
        covered = cover_colors(bare, points, person, noise)
        thick = 0.7 * person.hair_thickness * hair_mask(points, person) * ~ears
        outward = points / np.linalg.norm(points, axis=1, keepdims=True)
        colors = np.where(ears[:, None], bare, covered)
        kept = points[self._triangles, 1].mean(axis=1) > _LOWEST
        head = Mesh.build(
            points + thick[:, None] * outward,
            self._triangles[kept],
            self._with_eyes(points, colors, person)[kept],
            rigidity=neck_rigidity(points[:, 1]),
            gloss=0.25,
            expressions=self._expression,
            landmarks=self._named_landmarks(landmarks),
        )
        parts = [head, _mouth_cavity(landmarks, person)]
        if person.hair_style == 'long':
            parts.append(hair_curtain(person))
        return merge(parts)

    def _with_eyes(
        self, points: FloatArray, colors: FloatArray, person: Person
    ) -> FloatArray:
        """Colours (T, 3) of triangles, with sclera, iris and pupil by direction."""
        by_triangle = colors[self._triangles].mean(axis=1)
        middles = points[self._triangles].mean(axis=1)
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
            'nose_tip': int(self._landmarks[_NOSE_TIP]),
            'chin': int(self._landmarks[_CHIN]),
        }
        for name, corners in _EYES.items():
            # The inner corner is where the eye's landmarks come nearest the nose.
            inner = np.argmin(np.abs(places[corners][:, 0]))
            named[name] = int(self._landmarks[corners][inner])
        return named


def _centre(points: FloatArray, landmarks: FloatArray) -> FloatArray:
    """The head centre (3,) as the package defines it, see the package's docstring."""
    eyes = landmarks[36:48].mean(axis=0)
    back = points[points[:, 1] > eyes[1], 2].min()
    return np.array([eyes[0], eyes[1], (landmarks[_NOSE_ROOT, 2] + back) / 2])


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


def _ears(points: FloatArray, landmarks: FloatArray) -> NDArray[np.bool_]:
    """Whether a point (V,) is on an ear, which stands off the line of the jaw."""
    reach = np.abs(landmarks[[0, 16], 0]).mean()
    off = np.abs(points[:, 0]) > reach + 4
    return off & (points[:, 1] < 20) & (points[:, 1] > -70)


def _narrow_neck(points: FloatArray) -> FloatArray:
    """Points (V, 3) with the sides and back of a bust drawn in to a neck."""
    around = points - [0.0, 0.0, -20.0]
    reach = np.hypot(around[:, 0], around[:, 2])
    limit = np.interp(points[:, 1], [-140, -100], [60.0, 110.0])
    limit += 3 * np.clip(points[:, 2] + 10, 0, None)
    shrink = np.minimum(1, limit / np.maximum(reach, 1e-6))[:, None]
    drawn_in = around * np.concatenate([shrink, np.ones_like(shrink), shrink], 1)
    return drawn_in + [0.0, 0.0, -20.0]


def _mouth_cavity(landmarks: FloatArray, person: Person) -> Mesh:
    """A dark sheet behind the lips, seen where an expression opens them."""
    lips = landmarks[_OUTER_LIPS]
    across = np.linspace(-21, 21, 8) + lips[:, 0].mean()
    down = np.linspace(lips[:, 1].max(), lips[:, 1].min() - 20, 8)
    x, y = np.meshgrid(across, down)
    z = np.full_like(x, lips[:, 2].min() - 20)
    return Mesh.build(
        np.stack([x, y, z], axis=-1).reshape(-1, 3),
        grid_triangles(8, 8),
        np.array([0.5, 0.25, 0.25]) * person.lips,
    )
