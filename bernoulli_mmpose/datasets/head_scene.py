"""Scenes: heads of photographs laid on a background, with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from mmpose.structures.bbox import get_warp_matrix
from numpy.random import Generator
from numpy.typing import NDArray

from bernoulli_headpose import rotation

Image = NDArray[np.uint8]
FloatArray = NDArray[np.floating[Any]]

_REACH = 0.95  # half of a pasted tile over the head's size
_BODY_REACH = 2.4  # the same of a tile that shows the shoulders, too
_APART = 0.65  # of pasted heads, see draw_places
_INSIDE = 0.35  # least distance of a centre from the border over the head's size
_TRIES = 40
_SMALLER = 0.8  # what a head that finds no room shrinks by
_SHARE = 0.75  # greatest head over the side of the square that each of a crowd has
_BLANK = 4.0  # standard deviation of grey levels below which a picture shows nothing


@dataclass(frozen=True)
class PhotographedHead:
    """A head in a photograph.

    Attributes:
        image: (H, W, 3) BGR.
        center: (x, y) of its box in pixels.
        size: Geometric mean of the sides of its (tight) box, pixels.
        rotation: (3, 3).
        angles: (3,) pitch, yaw, roll in degrees.
        valid: (3,) 1 where the angle is known.
    """

    image: Image
    center: FloatArray
    size: float
    rotation: FloatArray
    angles: FloatArray
    valid: FloatArray


@dataclass(frozen=True)
class Place:
    """Where a head goes in a scene.

    Attributes:
        center: (x, y) in pixels.
        size: The head's size there, pixels.
    """

    center: FloatArray
    size: float


def draw_places(
    rng: Generator,
    scene_size: tuple[int, int],
    count: int,
    size_limits: tuple[float, float],
    taken: Sequence[Place] = (),
    apart: float = _APART,
) -> list[Place]:
    """Places of heads that do not hide each other.

    Args:
        rng: Draws sizes (evenly in their logarithm) and centres.
        scene_size: (width, height) in pixels.
        count: How many are wanted; fewer come back where there is no room even for
            heads of the least size.
        size_limits: Least and greatest head size in pixels. Crowds are of small
            heads: the greatest size falls with their number, and a head that finds no
            room comes smaller.
        taken: Places that are to stay free.
        apart: Least distance of two centres in x or y over the sum of their sizes.
    """
    least, greatest = size_limits
    share = _SHARE * np.sqrt(scene_size[0] * scene_size[1] / max(count, 1))
    low, high = np.log([least, np.clip(share, least, greatest)])
    sizes = np.sort(np.exp(rng.uniform(low, high, count)))[::-1]
    places: list[Place] = []
    for size in sizes:
        others = [*taken, *places]
        center = _find_room(rng, scene_size, size, others, apart)
        while center is None and size > least:
            size = max(size * _SMALLER, least)
            center = _find_room(rng, scene_size, size, others, apart)
        if center is not None:
            places.append(Place(center, float(size)))
    return places


def _find_room(
    rng: Generator,
    scene_size: tuple[int, int],
    size: float,
    places: list[Place],
    apart: float,
) -> FloatArray | None:
    """A centre apart from those of the places, if one is met."""
    limits, margin = np.array(scene_size), _INSIDE * size
    tries = rng.uniform(margin, np.maximum(limits - margin, margin), (_TRIES, 2))
    others = np.array([place.center for place in places]).reshape(-1, 2)
    reach = apart * (size + np.array([place.size for place in places]))
    distance = np.abs(tries[:, None] - others).max(axis=2)
    free = np.flatnonzero((distance >= reach).all(axis=1))
    return tries[free[0]] if len(free) else None


def paste(
    canvas: Image,
    head: PhotographedHead,
    place: Place,
    turn: float,
    rng: Generator,
    with_body: bool = False,
) -> None:
    """Lay a head on the canvas, in place, cut out by a soft shape.

    Args:
        canvas: (H, W, 3) BGR.
        head: The head.
        place: Where its centre comes and how large it is there.
        turn: Degrees by which its crop is turned, as ``bbox_rotation`` of MMPose.
        rng: Draws the shape and its softness.
        with_body: Whether what the photograph shows below the head comes with it.
    """
    side = int(np.ceil(2 * (_BODY_REACH if with_body else _REACH) * place.size))
    corner = np.round(place.center - side / 2).astype(int)
    per_pixel = head.size / place.size  # the photograph's pixels, of the scene's
    # The tile begins at a whole pixel of the canvas; the head's centre need not.
    shift = (place.center - corner - side / 2) * per_pixel
    middle, scale = head.center - _rotated(shift, turn), np.full(2, side * per_pixel)
    warp = get_warp_matrix(middle, scale, turn, (side, side))
    tile = cv2.warpAffine(head.image, warp, (side, side))
    inside = np.ones(head.image.shape[:2], np.float32)
    alpha = cv2.warpAffine(inside, warp, (side, side))
    shape = _body_shape(side, place.size, rng) if with_body else _shape(side, rng)
    alpha = alpha * shape
    low = np.maximum(corner, 0)
    high = np.minimum(corner + side, canvas.shape[1::-1])
    if (high <= low).any():
        return
    (x1, y1), (x2, y2) = low - corner, high - corner
    share = alpha[y1:y2, x1:x2, None]
    part = canvas[low[1] : high[1], low[0] : high[0]]
    part[:] = (tile[y1:y2, x1:x2] * share + part * (1 - share) + 0.5).astype(np.uint8)


def _rotated(vector: FloatArray, degrees: float) -> FloatArray:
    """A vector of the tile in the photograph's axes."""
    radians = np.deg2rad(degrees)
    cosine, sine = np.cos(radians), np.sin(radians)
    x, y = vector
    return np.array([cosine * x - sine * y, sine * x + cosine * y])


def _shape(side: int, rng: Generator) -> NDArray[np.float32]:
    """Opacity (side, side) of a tile: 1 over the face, soft or hard at the edge."""
    half = rng.uniform(0.62, 1.0, 2)
    power = rng.uniform(2, 6)
    softness = rng.uniform(0.03, 0.3)
    line = np.abs(np.linspace(-1, 1, side, dtype=np.float32))
    x, y = (line / half[0]) ** power, (line / half[1]) ** power
    outwards = (x[None, :] + y[:, None]) ** (1 / power)
    return np.clip((1 - outwards) / softness, 0, 1).astype(np.float32)


def _body_shape(side: int, size: float, rng: Generator) -> NDArray[np.float32]:
    """The same of a head in the middle of a tile, ``size`` pixels, with shoulders."""
    shape = np.zeros((side, side), np.float32)
    inner = min(int(2 * _REACH * size), side)
    low = (side - inner) // 2
    shape[low : low + inner, low : low + inner] = _shape(inner, rng)
    down, across = (np.mgrid[:side, :side] - (side - 1) / 2) / size
    neck, slope, width = rng.uniform((0.3, 0.8, 0.9), (0.6, 3.0, 2.0))
    half = np.clip(0.45 + slope * (down - neck), 0, width)
    body = np.clip(0.5 + (half - np.abs(across)) / rng.uniform(0.03, 0.3), 0, 1)
    body[down < neck] = 0
    return np.maximum(shape, body.astype(np.float32))


def background_beside(
    head: PhotographedHead, scene_size: tuple[int, int], rng: Generator
) -> Image | None:
    """What a photograph shows beside its head, as a background of a scene.

    The largest of the strips beside and above the head (its box grown by its own size
    on each side), cut to the scene's form; None where none is 12 pixels wide, or it is
    blank.

    Args:
        head: The head in its photograph.
        scene_size: (width, height) in pixels.
        rng: Draws which part of the strip, and whether it is mirrored.
    """
    height, width = head.image.shape[:2]
    reach = head.size * 1.1
    x1, y1 = np.maximum(head.center - reach, 0).astype(int)
    x2, y2 = np.minimum(head.center + reach, (width, height)).astype(int)
    strips = [(0, 0, x1, height), (x2, 0, width, height), (0, 0, width, y1)]
    left, top, right, bottom = max(strips, key=lambda s: (s[2] - s[0]) * (s[3] - s[1]))
    side = min(right - left, bottom - top)
    if side < 12:
        return None
    left = int(rng.integers(left, right - side + 1))
    top = int(rng.integers(top, bottom - side + 1))
    strip = head.image[top : top + side, left : left + side]
    if strip.std() < _BLANK:
        return None
    if rng.random() < 0.5:
        strip = strip[:, ::-1]
    grown = cv2.resize(strip, scene_size, interpolation=cv2.INTER_LINEAR)
    return grown.astype(np.uint8, copy=False)


def labels_of(
    heads: Sequence[PhotographedHead], places: Sequence[Place], turns: Sequence[float]
) -> dict[str, NDArray[np.float32]]:
    """Record fields of a scene of N heads.

    Returns:
        ``keypoints`` (N, 1, 2), ``keypoints_visible`` (N, 1), ``bbox`` (N, 4) of the
        tight head boxes (squares) and ``bbox_score`` (N,), ``head_rotation``
        (N, 3, 3), ``head_angles`` and ``head_angles_valid`` (N, 3).
    """
    count = len(heads)
    centers = np.array([place.center for place in places]).reshape(count, 2)
    half = np.array([place.size for place in places]).reshape(count, 1) / 2
    matrices = np.array([head.rotation for head in heads]).reshape(count, 3, 3)
    near = np.array([head.angles for head in heads]).reshape(count, 3)
    if count:
        matrices = rotation.rotate_in_plane(matrices, np.array(turns))
        angles = rotation.matrix_to_euler(matrices, near=near)
    else:
        angles = near
    fields = dict(
        keypoints=centers[:, None],
        keypoints_visible=np.ones((count, 1)),
        bbox=np.concatenate([centers - half, centers + half], axis=1),
        bbox_score=np.ones(count),
        head_rotation=matrices,
        head_angles=angles,
        head_angles_valid=np.array([head.valid for head in heads]).reshape(count, 3),
    )
    return {name: value.astype(np.float32) for name, value in fields.items()}
