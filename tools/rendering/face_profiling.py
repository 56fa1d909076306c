"""Face profiling: the face of a photograph on a fitted head, to be turned in 3D.

How 300W-LP was made (Zhu et al., "Face Alignment Across Large Poses", CVPR 2016):
a near-frontal face is laid on the fitted geometry and seen from elsewhere. Here the
head is whole: what the photograph does not show is mirrored from the other side,
or gets the photograph's own colours of skin and hair.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .face_fit import FaceFit, fit_face
from .hair import hair_mask
from .mesh import FloatArray, Mesh
from .morphable_head import MorphableHead, mouth_cavity, with_hair
from .person import HAIR_STYLES, Person

Image = NDArray[np.uint8]

# A vertex shows its own colour where it faces the camera by more than the second,
# none of it below the first.
_FACING = (0.15, 0.4)
_MIRROR_REACH = 6.0  # mm
_CHEEKS, _SCALP = (-70.0, -25.0), (85.0, 115.0)  # mm above the eyes
_CHIN_REACH = 12.0  # mm below the chin that still are the photograph's


@dataclass(frozen=True)
class ProfiledFace:
    """A photograph's head, in the frame of its label.

    Attributes:
        mesh: The head about its centre; colours are the photograph's, light included.
        landmarks: (68, 3) of the mesh, mm.
        middle: (2,) pixels of its centre in the photograph.
        scale: Pixels per mm there.
    """

    mesh: Mesh
    landmarks: FloatArray
    middle: FloatArray
    scale: float


class FaceProfiler:
    """Lays faces of photographs on a morphable head.

    Args:
        model: The head.
        n_identity: Identity offsets that a fit uses.
    """

    def __init__(self, model: MorphableHead, n_identity: int = 20) -> None:
        self._model = model
        self._n_identity = n_identity
        mirrored = model.vertices * np.array([-1.0, 1.0, 1.0])
        distance, partner = cKDTree(model.vertices).query(mirrored)
        own = np.arange(len(partner))
        self._partner = np.where(distance < _MIRROR_REACH, partner, own)
        # Any mesh of the model's triangles gives normals at its vertices.
        self._topology = Mesh.build(model.vertices, model.triangles, np.zeros(3))

    def fit(self, landmarks: FloatArray) -> FaceFit:
        """Fit the head to pixels (68, 2) of a photograph."""
        model, index = self._model, self._model.landmarks
        return fit_face(
            landmarks,
            model.vertices[index],
            model.identity[: self._n_identity, index],
            model.expression[:, index],
        )

    def profile(
        self, image: Image, fit: FaceFit, rotation: FloatArray, rng: Generator
    ) -> ProfiledFace:
        """The head of a photograph.

        Args:
            image: (H, W, 3) BGR.
            fit: Where the head is in it.
            rotation: (3, 3) that the photograph's head is labelled with; labels of
                a data set and a fit differ in their zero, and by their errors.
            rng: Draws what the photograph does not show: style and strands of hair.
        """
        model = self._model
        points = model.vertices + np.tensordot(
            fit.identity, model.identity[: len(fit.identity)], axes=1
        )
        points = points + np.tensordot(fit.expression, model.expression, axes=1)
        origin = model.centre(points)
        shape = model.without_bust(points - origin)
        style = str(rng.choice(HAIR_STYLES, p=[0.1, 0.2, 0.25, 0.1, 0.35]))
        person = replace(
            Person.random(rng), hair_style=style, hair_thickness=rng.uniform(3, 14)
        )
        seen = _sample(image, fit.project(points))
        person = self._with_own_colors(person, shape, seen, fit)
        colors = self._colors(shape, seen, fit, person, rng)
        head = model.mesh(shape, colors, person)
        landmarks = shape[model.landmarks]
        mouth = mouth_cavity(landmarks, person.lips, depth=8.0)
        teeth = _sample(image, fit.project(mouth.vertices + origin))
        mouth = replace(mouth, colors=0.9 * teeth[mouth.triangles].mean(axis=1))
        whole = with_hair([head, mouth], person)
        to_label = rotation.T @ fit.rotation
        return ProfiledFace(
            replace(whole, vertices=whole.vertices @ to_label.T),
            landmarks @ to_label.T,
            fit.project(origin[None])[0],
            fit.scale,
        )

    def _with_own_colors(
        self, person: Person, shape: FloatArray, seen: FloatArray, fit: FaceFit
    ) -> Person:
        """The person with the photograph's skin and hair."""
        shown = (self._share(shape, fit) > 0.9) & (shape[:, 2] > 0)
        skin = _median(seen, shown & _between(shape[:, 1], _CHEEKS), seen)
        hair = _median(seen, shown & _between(shape[:, 1], _SCALP), skin[None] * 0.4)
        return replace(person, skin=skin, hair=hair)

    def _share(self, shape: FloatArray, fit: FaceFit) -> FloatArray:
        """How much of a vertex's colour (V,) is the photograph's, in [0, 1]."""
        facing = self._topology.vertex_normals(shape) @ fit.rotation[2]
        share = np.clip((facing - _FACING[0]) / np.ptp(_FACING), 0, 1)
        chin = shape[self._model.landmarks[8], 1] - _CHIN_REACH
        above = np.clip((shape[:, 1] - chin) / 8 + 1, 0, 1)
        return share * above * ~self._model.ears(shape)

    def _colors(
        self,
        shape: FloatArray,
        seen: FloatArray,
        fit: FaceFit,
        person: Person,
        rng: Generator,
    ) -> FloatArray:
        """RGB (V, 3) of the whole head."""
        share = self._share(shape, fit)
        mirror = share[self._partner] * (1 - share)
        base = person.skin * _low_noise(shape, rng, 0.1)[:, None]
        cover = hair_mask(shape, person)[:, None]
        strands = rng.uniform(0.75, 1.2, (len(shape), 1))
        base = base + cover * (person.hair * strands - base)
        filled = base + mirror[:, None] * (seen[self._partner] - base)
        return filled + share[:, None] * (seen - filled)


def _sample(image: Image, pixels: FloatArray) -> FloatArray:
    """RGB (N, 3) in [0, 1] of a picture at pixels (N, 2); outside, its border's."""
    x, y = pixels.astype(np.float32).T
    smooth = cv2.GaussianBlur(image, (0, 0), 0.5)
    found: Any = cv2.remap(
        smooth,
        x.reshape(-1, 1),
        y.reshape(-1, 1),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return found.reshape(-1, 3)[:, ::-1] / 255.0


def _between(values: FloatArray, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values > limits[0]) & (values < limits[1])


def _median(
    colors: FloatArray, chosen: NDArray[np.bool_], default: FloatArray
) -> FloatArray:
    """Median colour (3,) of the chosen ones, or of the default (N, 3) without any."""
    return np.median(colors[chosen] if chosen.any() else default, axis=0)


def _low_noise(points: FloatArray, rng: Generator, strength: float) -> FloatArray:
    """Factors (V,) about 1 that vary smoothly over the head."""
    waves = rng.normal(0, 1 / 40.0, (3, 3))
    phases = rng.uniform(0, 2 * np.pi, 3)
    return 1 + strength * np.sin(points @ waves + phases).mean(axis=1)
