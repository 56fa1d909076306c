"""Meshes to pictures: painter's algorithm at twice the size, drawn by OpenCV.

Triangles are drawn from far to near; OpenCV fills a polygon with its outline, so
that neighbours overlap by a pixel of the doubled picture and no crack shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bernoulli_headpose.rotation import IMAGE_TO_CAMERA

from .mesh import FloatArray, Mesh

Image = NDArray[np.uint8]

_SCALE = 2  # supersampling
_SHIFT = 5  # fractional bits of the corners given to OpenCV
_NEAR = 50.0  # mm; nothing nearer is drawn
_MARGIN = 60.0  # pixels about the picture; a triangle outside it is not drawn


@dataclass(frozen=True)
class Light:
    """Light of a scene; directions point to the light, in the image's frame.

    Attributes:
        direction: (3,) unit vector of the key light.
        color: (3,) RGB strength of the key light.
        ambient: (3,) RGB strength from everywhere.
        fill: (3,) RGB strength of a light at the camera.
    """

    direction: FloatArray
    color: FloatArray
    ambient: FloatArray
    fill: FloatArray


def project(points: FloatArray, intrinsics: FloatArray) -> FloatArray:
    """Pixels (N, 2) of points (N, 3) in camera axes (x right, y down, z away), mm.

    Args:
        points: (N, 3), in front of the camera.
        intrinsics: (3, 3) of a camera without distortion.
    """
    homogeneous = points @ intrinsics.T
    return homogeneous[:, :2] / homogeneous[:, 2:]


def shade(
    colors: FloatArray, gloss: FloatArray, normals: FloatArray, light: Light
) -> FloatArray:
    """RGB (T, 3) in [0, 1] of triangles under a light (Lambert and a highlight).

    Args:
        colors: (T, 3) albedo.
        gloss: (T,) weight of the highlight.
        normals: (T, 3) unit normals in the image's frame.
        light: The light.
    """
    key = np.clip(normals @ light.direction, 0, 1)[:, None]
    facing = np.clip(normals[:, 2:], 0, 1)
    # The sky's side is lit a little more than the ground's.
    ambient = light.ambient * (0.85 + 0.15 * normals[:, 1:2])
    lit = colors * (ambient + key * light.color + facing * light.fill)
    halfway = light.direction + np.array([0.0, 0.0, 1.0])
    halfway = halfway / np.linalg.norm(halfway)
    highlight = gloss[:, None] * np.clip(normals @ halfway, 0, 1)[:, None] ** 24
    return np.clip(lit + 0.25 * highlight * light.color, 0, 1)


def draw(
    background: Image,
    mesh: Mesh,
    posed: FloatArray,
    centre: FloatArray,
    intrinsics: FloatArray,
    light: Light,
) -> Image:
    """The background with a mesh drawn over it.

    Args:
        background: (H, W, 3) BGR.
        mesh: Triangles and colours.
        posed: (V, 3) vertices from the head centre, image frame, mm.
        centre: (3,) the head centre in camera axes (x right, y down, z away), mm.
        intrinsics: (3, 3) of the camera.
        light: The light.

    Returns:
        A new picture (H, W, 3) BGR.
    """
    camera = posed * IMAGE_TO_CAMERA + centre
    pixels = project(camera, intrinsics)
    order = _visible_far_to_near(mesh, pixels, camera[:, 2], background.shape)
    if not len(order):
        return background.copy()
    normals = mesh.smooth_normals(posed)[order]
    rgb = shade(mesh.colors[order], mesh.gloss[order], normals, light)
    return _fill(background, pixels[mesh.triangles[order]], rgb)


def _visible_far_to_near(
    mesh: Mesh, pixels: FloatArray, depth: FloatArray, shape: tuple[int, ...]
) -> NDArray[np.intp]:
    """Indices of triangles that face the camera and are near the picture."""
    size = np.array(shape[1::-1])
    drawable = (depth > _NEAR) & ((pixels > -_MARGIN) & (pixels < size + _MARGIN)).all(
        1
    )
    a, b, c = mesh.triangles.T
    first, second = pixels[b] - pixels[a], pixels[c] - pixels[a]
    facing = first[:, 0] * second[:, 1] < first[:, 1] * second[:, 0]
    index = np.flatnonzero(facing & drawable[a] & drawable[b] & drawable[c])
    summed = depth[a[index]] + depth[b[index]] + depth[c[index]]
    return index[np.argsort(mesh.depth_bias[index] - summed / 3, kind='stable')]


def _fill(background: Image, corners: FloatArray, rgb: FloatArray) -> Image:
    """Fill polygons (T, 3, 2) in their order; only the box they cover is doubled."""
    height, width = background.shape[:2]
    x, y = np.ascontiguousarray(corners.reshape(-1, 2).T)
    low = np.floor([x.min(), y.min()]).astype(int) - 2
    high = np.ceil([x.max(), y.max()]).astype(int) + 3
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, (width, height))
    image = background.copy()
    if right <= left or bottom <= top:
        return image
    canvas = image[top:bottom, left:right].repeat(_SCALE, 0).repeat(_SCALE, 1)
    # The centre of pixel i lies between the doubled pixels 2i and 2i + 1.
    doubled = (corners - (left, top)) * _SCALE + (_SCALE - 1) / 2
    polygons = np.rint(doubled * (1 << _SHIFT)).astype(np.int32)
    red, green, blue = (rgb.T * 255.0).tolist()
    for polygon, *color in zip(polygons, blue, green, red, strict=True):
        cv2.fillConvexPoly(canvas, polygon, color, cv2.LINE_8, _SHIFT)
    size = (int(right - left), int(bottom - top))
    image[top:bottom, left:right] = cv2.resize(
        canvas, size, interpolation=cv2.INTER_AREA
    )
    return image
