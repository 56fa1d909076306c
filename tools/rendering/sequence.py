"""One rendered sequence: a person, a room, a motion; pictures with exact labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from bernoulli_headpose.files import write_picture
from bernoulli_headpose.rotation import (
    IMAGE_TO_CAMERA,
    biwi_pose_to_matrix,
    euler_to_matrix,
    matrix_to_biwi_pose,
)
from bernoulli_mmpose.datasets.background import random_background

from .biwi_layout import (
    SIZE,
    SUBJECTS,
    Calibration,
    depth_calibration,
    rgb_calibration,
    write_calibration,
    write_pose,
)
from .head_model import parametric_head
from .mesh import PIVOT, FloatArray, Mesh, merge
from .morphable_head import MorphableHead
from .motion import Motion, random_motion
from .person import Person
from .rasterizer import Image, Light, draw
from .torso import neck, torso

_PEOPLE = tuple(dict.fromkeys(SUBJECTS.values()))
# Streams of the seed: what belongs to a person and what to a sequence.
_PERSON_STREAM, _SEQUENCE_STREAM = 0, 1
# Both fast and small for pictures as smooth as these.
_RUN_LENGTH = (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


@dataclass(frozen=True)
class Frame:
    """A picture and its label.

    Attributes:
        image: (H, W, 3) BGR.
        pose: (3, 3), BIWI's, in the depth camera's axes.
        centre: (3,) head centre in the depth camera's axes, mm.
        posed: (V, 3) vertices in the colour camera's axes, mm.
    """

    image: Image
    pose: FloatArray
    centre: FloatArray
    posed: FloatArray


@dataclass(frozen=True)
class Scene:
    """What stays the same through a sequence."""

    mesh: Mesh
    light: Light
    background: Image
    motion: Motion
    calibration: Calibration

    def frame(self, index: int) -> Frame:
        """Render one frame."""
        camera = self.calibration
        rotation = euler_to_matrix(self.motion.angles[index])
        pose = matrix_to_biwi_pose(rotation)
        # The head sits on the neck, so that its centre moves as it turns.
        centre = self.motion.seats[index] - (rotation @ PIVOT) * IMAGE_TO_CAMERA
        seen = biwi_pose_to_matrix(camera.rotation @ pose)
        weights = self.motion.expressions[index, : len(self.mesh.expressions)]
        posed = self.mesh.pose(seen, weights)
        place = camera.rotation @ centre + camera.translation
        image = draw(
            self.background, self.mesh, posed, place, camera.intrinsics, self.light
        )
        return Frame(image, pose, centre, posed * IMAGE_TO_CAMERA + place)


def build_scene(
    sequence: int,
    n_frames: int,
    seed: int = 0,
    size: tuple[int, int] = SIZE,
    model: MorphableHead | None = None,
) -> Scene:
    """The scene of a BIWI sequence number.

    Args:
        sequence: 1 to 24; one person is the same in each of their sequences.
        n_frames: Frames of its motion.
        seed: Seed of the whole sample; sequences do not depend on each other.
        size: (width, height) of the pictures, 4:3.
        model: Gives the head's geometry; None is the parametric head.
    """
    subject = _PEOPLE.index(SUBJECTS[sequence])
    of_person = np.random.default_rng([seed, _PERSON_STREAM, subject])
    rng = np.random.default_rng([seed, _SEQUENCE_STREAM, sequence])
    person = Person.random(of_person)
    if model is None:
        parts = [parametric_head(person), neck(person)]
    else:
        parts = [model.head(person, of_person)]
    motion = random_motion(rng, n_frames)
    return Scene(
        mesh=merge([*parts, torso(rng)]),
        light=random_light(rng),
        background=random_background(rng, size),
        motion=replace(motion, expressions=0.6 * motion.expressions),
        calibration=rgb_calibration(sequence, size),
    )


def random_light(rng: Generator) -> Light:
    """A light from the front half, warm or cold, of the generator's draw."""
    side, height = rng.uniform(-75, 75), rng.uniform(-10, 65)
    direction = np.array([np.radians(side), np.radians(height)])
    x, y = np.sin(direction[0]) * np.cos(direction[1]), np.sin(direction[1])
    warmth = np.array([1.0, 0.0, -1.0]) * rng.uniform(-0.12, 0.12)
    key = rng.uniform(0.4, 0.8)
    return Light(
        direction=np.array([x, y, np.sqrt(max(1 - x**2 - y**2, 0.0))]),
        color=key * (1 + warmth),
        ambient=rng.uniform(0.3, 0.55) * (1 - 0.5 * warmth),
        fill=np.full(3, rng.uniform(0.15, 0.35)),
    )


def frames(scene: Scene) -> Iterator[Frame]:
    """Render a scene, frame by frame."""
    for index in range(len(scene.motion.angles)):
        yield scene.frame(index)


def write_sequence(folder: Path, scene: Scene) -> None:
    """Write the pictures, labels and calibrations of a scene into a folder.

    Raises:
        OSError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_calibration(folder / 'rgb.cal', scene.calibration)
    write_calibration(folder / 'depth.cal', depth_calibration(scene.calibration.size))
    for index, frame in enumerate(frames(scene)):
        stem = folder / f'frame_{index:05d}'
        fast = [cv2.IMWRITE_PNG_COMPRESSION, 1, *_RUN_LENGTH]
        write_picture(f'{stem}_rgb.png', frame.image, options=fast)
        write_pose(Path(f'{stem}_pose.txt'), frame.pose, frame.centre)
