"""Triangle meshes with a colour per triangle, and how they are joined and posed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial.transform import Rotation

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]

# The upper neck, about which a head turns, in the head's frame (mm).
PIVOT = np.array([0.0, -70.0, -20.0])


@dataclass(frozen=True)
class Mesh:
    """A mesh in the head's frame.

    Attributes:
        vertices: (V, 3), mm.
        triangles: (T, 3) vertex indices, counter-clockwise seen from outside.
        colors: (T, 3) albedo, RGB in [0, 1].
        rigidity: (V,) share of the head's rotation that a vertex takes part in:
            1 for the head, falling to nearly 0 for the shoulders.
        depth_bias: (T,) mm by which a triangle is drawn nearer than it is, so
            that an eye lies on top of its socket.
        gloss: (T,) weight of the specular highlight, in [0, 1].
        expressions: (E, V, 3) offsets, mm, possibly none.
        landmarks: Vertex index of named points (``nose_tip``, ...).
    """

    vertices: FloatArray
    triangles: IntArray
    colors: FloatArray
    rigidity: FloatArray
    depth_bias: FloatArray
    gloss: FloatArray
    expressions: FloatArray
    landmarks: dict[str, int] = field(default_factory=dict)

    @classmethod
    def build(
        cls,
        vertices: FloatArray,
        triangles: IntArray,
        colors: FloatArray,
        rigidity: float | FloatArray = 1.0,
        depth_bias: float = 0.0,
        gloss: float | FloatArray = 0.0,
        expressions: FloatArray | None = None,
        landmarks: dict[str, int] | None = None,
    ) -> Mesh:
        """A mesh with scalars spread and ``colors`` of shape (3,), (V, 3) or (T, 3).

        A colour per vertex becomes that of a triangle as the mean of its corners.
        """
        n_vertices, n_triangles = len(vertices), len(triangles)
        colors = np.asarray(colors, np.float32)
        if colors.shape == (n_vertices, 3):
            colors = colors[triangles].mean(axis=1)
        if expressions is None:
            expressions = np.zeros((0, n_vertices, 3), np.float32)
        return cls(
            vertices=np.asarray(vertices, np.float64),
            triangles=np.asarray(triangles, np.int32),
            colors=np.broadcast_to(colors, (n_triangles, 3)),
            rigidity=np.broadcast_to(np.asarray(rigidity, np.float64), n_vertices),
            depth_bias=np.full(n_triangles, depth_bias),
            gloss=np.broadcast_to(np.asarray(gloss, np.float64), n_triangles),
            expressions=expressions,
            landmarks=landmarks or {},
        )

    @cached_property
    def _triangles_of_vertex(self) -> csr_matrix:
        """(V, T) incidence, to gather triangle normals at the vertices."""
        rows = self.triangles.ravel()
        columns = np.repeat(np.arange(len(self.triangles)), 3)
        shape = (len(self.vertices), len(self.triangles))
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)

    def vertex_normals(self, vertices: FloatArray) -> FloatArray:
        """(V, 3) unit normals, for these vertices (V, 3)."""
        corners = vertices[self.triangles]
        flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        return _unit(self._triangles_of_vertex @ flat)

    def smooth_normals(self, vertices: FloatArray) -> FloatArray:
        """(T, 3) unit normals averaged over neighbours, for these vertices (V, 3)."""
        return _unit(self.vertex_normals(vertices)[self.triangles].sum(axis=1))

    def pose(
        self, rotation: FloatArray, expression: FloatArray | None = None
    ) -> FloatArray:
        """Vertices of the turned head, (V, 3) in mm from the head centre.

        The neck bends between the head and the shoulders, about ``PIVOT``.

        Args:
            rotation: (3, 3) of the head, in the package's frame.
            expression: (E,) weights of the first E expression offsets; none is
                neutral.
        """
        vertices = self.vertices
        if expression is not None and len(self.expressions):
            offsets = self.expressions[: len(expression)]
            vertices = vertices + np.tensordot(expression, offsets, axes=1)
        posed = vertices @ rotation.T
        bent = self.rigidity < 1
        turn = Rotation.from_matrix(rotation).as_rotvec()
        partial = Rotation.from_rotvec(self.rigidity[bent, None] * turn)
        posed[bent] = rotation @ PIVOT + partial.apply(vertices[bent] - PIVOT)
        return posed

    def rotated(self, rotation: FloatArray) -> Mesh:
        """The mesh in another frame: vertices and offsets turned by (3, 3)."""
        return replace(
            self,
            vertices=self.vertices @ rotation.T,
            expressions=(self.expressions @ rotation.T).astype(np.float32),
        )

    def two_sided(self) -> Mesh:
        """The mesh seen from both sides (a thin shell, such as an ear)."""
        back = replace(self, triangles=self.triangles[:, ::-1])
        return merge([self, back])


def merge(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several; expressions are those of the first that has any."""
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    n_expressions = max(len(mesh.expressions) for mesh in meshes)
    expressions = np.zeros((n_expressions, offsets[-1], 3), np.float32)
    landmarks: dict[str, int] = {}
    for mesh, offset in zip(meshes, offsets, strict=False):
        end = offset + len(mesh.vertices)
        expressions[: len(mesh.expressions), offset:end] = mesh.expressions
        landmarks |= {name: int(i + offset) for name, i in mesh.landmarks.items()}
    pairs = zip(meshes, offsets, strict=False)
    return Mesh(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        triangles=np.concatenate([mesh.triangles + start for mesh, start in pairs]),
        colors=np.concatenate([mesh.colors for mesh in meshes]),
        rigidity=np.concatenate([mesh.rigidity for mesh in meshes]),
        depth_bias=np.concatenate([mesh.depth_bias for mesh in meshes]),
        gloss=np.concatenate([mesh.gloss for mesh in meshes]),
        expressions=expressions,
        landmarks=landmarks,
    )


def grid_triangles(rows: int, columns: int, closed: bool = False) -> IntArray:
    """Triangles of a grid of vertices, row after row.

    Facing the viewer when rows go down and columns to the right.

    Args:
        rows: Vertices downwards.
        columns: Vertices across.
        closed: Whether the last column joins the first.
    """
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], axis=1)
    a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    c, d = index[1:, :-1].ravel(), index[1:, 1:].ravel()
    return np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])


def _unit(vectors: FloatArray) -> FloatArray:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, 1e-9)
