"""One picture of one head, with its label: the sample of a made training set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bernoulli_headpose.rotation import IMAGE_TO_CAMERA, euler_to_matrix
from bernoulli_mmpose.datasets.background import random_background
from bernoulli_mmpose.landmarks.labels import face_box

from .face_profiling import ProfiledFace
from .mesh import FloatArray, Mesh, merge
from .rasterizer import Light, draw, project
from .torso import torso

Image = NDArray[np.uint8]

_BOX = 58.0  # side of the face box in the picture, pixels, about
SIZE = 152  # side of the picture, pixels
_DISTANCES = (500.0, 2500.0)  # of the camera, mm
_FAR = 20_000.0  # mm; as good as orthographic


@dataclass(frozen=True)
class HeadPicture:
    """A picture and its label.

    Attributes:
        image: (H, W, 3) BGR.
        box: (4,) face box x, y, w, h, pixels.
        angles: (3,) pitch, yaw, roll in degrees.
    """

    image: Image
    box: FloatArray
    angles: FloatArray


def random_angles(rng: Generator) -> FloatArray:
    """Pitch, yaw and roll (3,) in degrees: to profile, half of them near frontal."""
    wide = rng.random() < 0.5
    yaw = rng.uniform(-95, 95) if wide else rng.normal(0, 25)
    pitch = rng.normal(-3, 22 if rng.random() < 0.7 else 35)
    roll = rng.normal(0, 15 if rng.random() < 0.7 else 35)
    return np.clip([pitch, yaw, roll], [-75, -98, -70], [65, 98, 70])


def full_turn_angles(rng: Generator) -> FloatArray:
    """Pitch, yaw and roll (3,) in degrees, yaw all the way round."""
    pitch = rng.normal(-3, 22 if rng.random() < 0.7 else 35)
    roll = rng.normal(0, 15 if rng.random() < 0.7 else 35)
    return np.array(
        [np.clip(pitch, -75, 65), rng.uniform(-180, 180), np.clip(roll, -70, 70)]
    )


def picture_of(
    head: Mesh,
    landmarks: FloatArray,
    angles: FloatArray,
    light: Light,
    background: Image,
    rng: Generator,
    body_yaw: float = 0.0,
) -> HeadPicture:
    """Draw a head on shoulders before a background of ``SIZE`` x ``SIZE`` pixels.

    Args:
        head: The head.
        landmarks: (68, 3) of it, mm.
        angles: Pitch, yaw, roll in degrees.
        light: The light.
        background: (SIZE, SIZE, 3) BGR.
        rng: Draws the camera, the shirt and the picture's blur and noise.
        body_yaw: Degrees by which the shoulders are turned.
    """
    rotation = euler_to_matrix(angles)
    distance = float(np.exp(rng.uniform(*np.log(_DISTANCES))))
    flat = (landmarks @ rotation.T) * IMAGE_TO_CAMERA
    side = float(face_box(flat[:, :2])[2])
    focal = distance * _BOX * rng.uniform(0.85, 1.15) / side
    intrinsics = np.array([[focal, 0, SIZE / 2], [0, focal, SIZE / 2], [0, 0, 1.0]])
    at = np.array([0.0, 0.0, distance])
    box = face_box(project(flat + at, intrinsics))
    # Bring the box to the middle, by moving the head.
    off = SIZE / 2 - (box[:2] + box[2:] / 2)
    at[:2] += (off + rng.normal(0, 2, 2)) * distance / focal
    whole = merge([head, torso(rng)])
    body = euler_to_matrix((0, body_yaw, 0))
    posed = whole.pose(body.T @ rotation) @ body.T
    image = draw(background, whole, posed, at, intrinsics, light)
    box = face_box(project(flat + at, intrinsics))
    return HeadPicture(degrade(image, rng), box, np.asarray(angles, float))


def rotate_in_place(
    image: Image, face: ProfiledFace, angles: FloatArray, light: Light, rng: Generator
) -> HeadPicture:
    """Draw a photograph's head, turned, over itself: hair and room stay as they are.

    Args:
        image: (H, W, 3) BGR, the photograph.
        face: Its head.
        angles: Pitch, yaw, roll in degrees.
        light: The light.
        rng: Draws blur and noise.
    """
    rotation = euler_to_matrix(angles)
    flat = ((face.landmarks @ rotation.T) * IMAGE_TO_CAMERA)[:, :2] * face.scale
    placed = face_box(flat + face.middle)
    zoom = _BOX / placed[2]
    corner = placed[:2] + placed[2:] / 2 - SIZE / 2 / zoom
    background = cv2.warpAffine(
        image,
        np.array([[zoom, 0, -zoom * corner[0]], [0, zoom, -zoom * corner[1]]]),
        (SIZE, SIZE),
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_CONSTANT,
    ).astype(np.uint8, copy=False)
    middle = zoom * (face.middle - corner)
    focal = _FAR * face.scale * zoom
    at = np.array([*(middle - SIZE / 2) * _FAR / focal, _FAR])
    intrinsics = np.array([[focal, 0, SIZE / 2], [0, focal, SIZE / 2], [0, 0, 1.0]])
    posed = face.mesh.pose(rotation)
    drawn = draw(background, face.mesh, posed, at, intrinsics, light)
    box = face_box(flat * zoom + middle)
    return HeadPicture(degrade(drawn, rng), box, np.asarray(angles, float))


def room(rng: Generator, photographs: list[Image]) -> Image:
    """A background (SIZE, SIZE, 3): painted, or a strong blur of a photograph."""
    if photographs and rng.random() < 0.5:
        image = photographs[rng.integers(len(photographs))]
        blurred = cv2.resize(image, (20, 20), interpolation=cv2.INTER_AREA)
        blurred = np.rot90(blurred, int(rng.integers(4))).copy()
        return cv2.resize(blurred, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC).astype(
            np.uint8, copy=False
        )
    painted = random_background(rng, (640, 480))
    side = int(rng.integers(SIZE, 480))
    left, top = rng.integers(0, 640 - side + 1), rng.integers(0, 480 - side + 1)
    cut = painted[top : top + side, left : left + side]
    return cv2.resize(cut, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )


def degrade(image: Image, rng: Generator) -> Image:
    """A camera's faults of the generator's draw: blur, noise, brightness, grey."""
    picture: NDArray[Any] = image.astype(np.float32)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.5))
    picture = picture * rng.uniform(0.7, 1.3) + rng.uniform(-15, 15)
    picture = picture + rng.normal(0, rng.uniform(0, 6), picture.shape)
    if rng.random() < 0.06:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    return np.clip(picture, 0, 255).astype(np.uint8)
