"""A morphable head fitted to the 68 landmarks of a face in a photograph.

Scaled orthographic projection; the head's turn, place and size and the weights of
the identity and expression offsets are found in turns, by least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from .mesh import FloatArray

_ROUNDS = 12
# The jaw's landmarks slide along the cheek as a head turns, so they count less.
_JAW, _CHIN = slice(0, 17), slice(5, 12)
_JAW_WEIGHT, _CHIN_WEIGHT = 0.3, 0.6
# What a weight of one standard deviation costs, as mm^2 of landmark error.
_IDENTITY_COST, _EXPRESSION_COST = 15.0, 10.0
_EXPRESSION_RANGE = (-0.3, 1.2)


@dataclass(frozen=True)
class FaceFit:
    """A head in a photograph.

    Attributes:
        rotation: (3, 3), package frame.
        scale: Pixels per mm.
        translation: (2,) pixels (x, y up) of the head's origin.
        identity: (I,) weights of the identity offsets.
        expression: (E,) weights of the expression offsets.
        error: Root mean square distance of the landmarks, mm.
    """

    rotation: FloatArray
    scale: float
    translation: FloatArray
    identity: FloatArray
    expression: FloatArray
    error: float

    def project(self, points: FloatArray) -> FloatArray:
        """Pixels (N, 2), y down, of points (N, 3) of the head, mm."""
        placed = self.scale * points @ self.rotation[:2].T + self.translation
        return placed * np.array([1.0, -1.0])


def fit_face(
    landmarks: ArrayLike,
    neutral: FloatArray,
    identity: FloatArray,
    expression: FloatArray,
) -> FaceFit:
    """Fit the landmarks of a morphable head to those of a face.

    Args:
        landmarks: Pixels (68, 2), y down, iBUG order.
        neutral: (68, 3) landmarks of the neutral head, mm.
        identity: (I, 68, 3) offsets for weights of about N(0, 1), mm.
        expression: (E, 68, 3) offsets for weights in [0, 1], mm.

    Raises:
        ValueError: If the landmarks have another shape, are not finite or lie in
            one point.
    """
    seen = np.asarray(landmarks, dtype=np.float64)
    if seen.shape != (68, 2) or not np.isfinite(seen).all():
        raise ValueError(
            f'landmarks: expected finite numbers of shape (68, 2), got {seen.shape}'
        )
    if np.ptp(seen, axis=0).min() < 1:
        raise ValueError('landmarks: expected a face, got points on a line or point')
    seen = seen * np.array([1.0, -1.0])
    basis = np.concatenate([identity, expression]).astype(np.float64)
    costs = np.repeat(
        [_IDENTITY_COST, _EXPRESSION_COST], [len(identity), len(expression)]
    )
    weights = np.ones(68)
    weights[_JAW], weights[_CHIN] = _JAW_WEIGHT, _CHIN_WEIGHT
    shape: FloatArray = np.zeros(len(basis))
    for _ in range(_ROUNDS):
        points = neutral + np.tensordot(shape, basis, axes=1)
        rotation, scale, translation = _place(points, seen, weights)
        left = (seen - translation) / scale - neutral @ rotation[:2].T
        shape = _shape(basis @ rotation[:2].T, left, weights, costs)
        shape[len(identity) :] = shape[len(identity) :].clip(*_EXPRESSION_RANGE)
    points = neutral + np.tensordot(shape, basis, axes=1)
    rotation, scale, translation = _place(points, seen, weights)
    off = seen - (scale * points @ rotation[:2].T + translation)
    error = np.sqrt((weights * (off**2).sum(axis=1)).sum() / weights.sum()) / scale
    return FaceFit(
        rotation,
        scale,
        translation,
        shape[: len(identity)],
        shape[len(identity) :],
        float(error),
    )


def _place(
    points: FloatArray, seen: FloatArray, weights: NDArray
) -> tuple[FloatArray, float, FloatArray]:
    """Rotation, scale and translation that take points (N, 3) to pixels (N, 2)."""
    share = (weights / weights.sum())[:, None]
    middle, seen_middle = (share * points).sum(axis=0), (share * seen).sum(axis=0)
    root = np.sqrt(weights)[:, None]
    affine = np.linalg.lstsq(
        root * (points - middle), root * (seen - seen_middle), rcond=None
    )[0].T
    left, sizes, right = np.linalg.svd(affine, full_matrices=False)
    rows, scale = left @ right, float(sizes.mean())
    rotation = np.vstack([rows, np.cross(rows[0], rows[1])])
    for _ in range(4):
        rotation, scale = _refine(
            points - middle, seen - seen_middle, root, rotation, scale
        )
    return rotation, scale, seen_middle - scale * rotation[:2] @ middle


def _refine(
    points: FloatArray,
    seen: FloatArray,
    root: FloatArray,
    rotation: FloatArray,
    scale: float,
) -> tuple[FloatArray, float]:
    """One Gauss-Newton step on the rotation and the scale."""
    turned = points @ rotation.T
    zeros = np.zeros(len(points))
    x, y, z = turned.T
    # Columns: turns about x, y and z, and the scale.
    by_x = np.stack([zeros, scale * z, -scale * y, x], axis=1)
    by_y = np.stack([-scale * z, zeros, scale * x, y], axis=1)
    jacobian = np.concatenate([root * by_x, root * by_y])
    left = root * (seen - scale * turned[:, :2])
    step = np.linalg.lstsq(jacobian, left.T.ravel(), rcond=None)[0]
    turn = Rotation.from_rotvec(step[:3]).as_matrix()
    return turn @ rotation, scale + float(step[3])


def _shape(
    basis: FloatArray, left: FloatArray, weights: NDArray, costs: NDArray
) -> FloatArray:
    """Weights (N,) of projected offsets (N, 68, 2) that explain what is left."""
    root = np.sqrt(weights)[:, None]
    columns = (root * basis).reshape(len(basis), -1)
    return np.linalg.solve(
        columns @ columns.T + np.diag(costs), columns @ (root * left).ravel()
    )
