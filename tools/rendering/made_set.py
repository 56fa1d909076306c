"""Made training sets: pictures of heads and the table that labels them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from scipy.spatial.transform import Rotation

from bernoulli_headpose.files import read_image, whole_file, write_picture
from bernoulli_headpose.rotation import ANGLE_NAMES, euler_to_matrix, matrix_to_euler
from bernoulli_mmpose.landmarks.mean_face import MEAN_FACE

from .face_profiling import FaceProfiler, ProfiledFace
from .head_model import parametric_head
from .head_picture import (
    HeadPicture,
    Image,
    full_turn_angles,
    picture_of,
    random_angles,
    room,
    rotate_in_place,
)
from .mesh import FloatArray, Mesh, merge
from .morphable_head import MorphableHead
from .person import Person
from .rasterizer import Light
from .sequence import random_light
from .torso import neck

_Maker = Callable[[int], list[HeadPicture]]

COLUMNS = ('image', 'x', 'y', 'w', 'h', *ANGLE_NAMES, 'subject', 'split')
# A fit this bad (mm) is of a hidden or missed face.
_LARGEST_ERROR = 5.5
# So far a photograph's head is turned over itself; beyond, its hair would stay behind.
_TURN_IN_PLACE = np.array([20.0, 30.0, 12.0])
_SHARE_IN_PLACE = 0.3
_BODY_TURN = 50.0  # degrees of yaw between a head and its shoulders, at most
_RENDERED_STREAM, _PROFILED_STREAM = 2, 3


@dataclass(frozen=True)
class Photograph:
    """A near-frontal face with what is known of it.

    Attributes:
        path: The picture.
        landmarks: (68, 2) pixels.
        angles: (3,) pitch, yaw, roll in degrees, as the data set labels it.
    """

    path: Path
    landmarks: FloatArray
    angles: FloatArray


@dataclass(frozen=True)
class MadeSettings:
    """What decides a made set.

    Attributes:
        head_model: A morphable head file.
        count: Pictures (rendered), or pictures of each photograph (profiled).
        seed: Not negative.
        zero_of_fit: Degrees of pitch that a fit to the head reads above the labels'
            convention.
        zero_of_labels: Degrees of pitch that the photographs' labels lie above it.
        fit_share: Of the fit in a photograph's label; the rest is its data set's.
        full_turn: Whether rendered people turn all the way round, with their shoulders.
        parametric_share: Of the rendered people, those with the parametric head.

    Raises:
        ValueError: If the count is not positive, the seed negative, a zero not finite
            or a share none.
    """

    head_model: Path
    count: int
    seed: int = 0
    zero_of_fit: float = 0.0
    zero_of_labels: float = 0.0
    fit_share: float = 0.5
    full_turn: bool = False
    parametric_share: float = 0.0

    def __post_init__(self) -> None:
        if self.count < 1 or self.seed < 0:
            raise ValueError(
                'expected a count of 1 or more and a seed of 0 or more, '
                f'got {self.count} and {self.seed}'
            )
        zeros = (self.zero_of_fit, self.zero_of_labels)
        if not np.isfinite(zeros).all():
            raise ValueError(
                'zero_of_fit, zero_of_labels: expected finite degrees, '
                f'got {zeros[0]} and {zeros[1]}'
            )
        for name in ('fit_share', 'parametric_share'):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ValueError(
                    f'{name}: expected a share between 0 and 1, got {share}'
                )


def render_head(settings: MadeSettings, index: int) -> HeadPicture:
    """One picture of a person that does not exist."""
    rng = np.random.default_rng([settings.seed, _RENDERED_STREAM, index])
    mesh, landmarks = _random_head(settings, rng)
    angles = full_turn_angles(rng) if settings.full_turn else random_angles(rng)
    light, background = random_light(rng), room(rng, [])
    if not settings.full_turn:
        return picture_of(mesh, landmarks, angles, light, background, rng)
    body_yaw = angles[1] + rng.uniform(-_BODY_TURN, _BODY_TURN)
    return picture_of(mesh, landmarks, angles, light, background, rng, body_yaw)


def _random_head(settings: MadeSettings, rng: Generator) -> tuple[Mesh, FloatArray]:
    """Head and neck of a new person, and its 68 landmarks (68, 3), mm."""
    person = Person.random(rng)
    if settings.parametric_share and rng.random() < settings.parametric_share:
        mesh = merge([parametric_head(person), neck(person)])
        return mesh, MEAN_FACE * person.head_scale
    model = _model(settings.head_model)
    mesh, landmarks = model.head_with_landmarks(person, rng)
    tilt = euler_to_matrix((settings.zero_of_fit, 0, 0))
    return mesh.rotated(tilt), landmarks @ tilt.T


def profile_face(
    settings: MadeSettings, photograph: Photograph, index: int
) -> list[HeadPicture]:
    """Pictures of one photograph's head from all around; none if it cannot be fitted.

    The label of the photograph is a mean of its data set's and the fit's.

    Raises:
        FileNotFoundError: If the photograph is not there.
        ValueError: If it cannot be read.
    """
    rng = np.random.default_rng([settings.seed, _PROFILED_STREAM, index])
    image = read_image(photograph.path)
    profiler = _profiler(settings.head_model)
    fit = profiler.fit(photograph.landmarks)
    if fit.error > _LARGEST_ERROR:
        return []
    label = mean_label(settings, fit.rotation, photograph.angles)
    face = profiler.profile(image, fit, label, rng)
    return [_rotated(image, face, label, rng) for _ in range(settings.count)]


def mean_label(
    settings: MadeSettings, fitted: FloatArray, angles: FloatArray
) -> FloatArray:
    """A photograph's rotation (3, 3): a mean of a fit's and its data set's.

    Args:
        settings: Give the zero of either and the share of the fit.
        fitted: (3, 3) of the fit.
        angles: Pitch, yaw, roll in degrees of the data set.
    """
    by_fit = fitted @ euler_to_matrix((-settings.zero_of_fit, 0, 0))
    by_label = euler_to_matrix(angles)
    by_label = by_label @ euler_to_matrix((-settings.zero_of_labels, 0, 0))
    shares = [settings.fit_share, 1 - settings.fit_share]
    return Rotation.from_matrix(np.stack([by_fit, by_label])).mean(shares).as_matrix()


def _rotated(
    image: Image, face: ProfiledFace, label: FloatArray, rng: Generator
) -> HeadPicture:
    """A photograph's head over itself, a little turned, or elsewhere in any pose."""
    light = _soft_light(rng)
    if rng.random() < _SHARE_IN_PLACE:
        turn = rng.uniform(-1, 1, 3) * _TURN_IN_PLACE
        turned = matrix_to_euler(euler_to_matrix(turn) @ label)
        return rotate_in_place(image, face, turned, light, rng)
    background = room(rng, [image])
    angles = random_angles(rng)
    return picture_of(face.mesh, face.landmarks, angles, light, background, rng)


def write_set(
    root: Path,
    make: _Maker,
    subjects: Sequence[str],
    jobs: int = 1,
    report: Callable[[int], object] = lambda _: None,
) -> int:
    """Write pictures ``images/*.jpg`` and ``annotations.csv`` into a new folder.

    The same settings give the same bytes, whatever the number of processes.

    Args:
        root: A folder that is absent or empty.
        make: Gives the pictures of subject i; it must be picklable for many jobs.
        subjects: A name for each i.
        jobs: Processes.
        report: Called with the number of subjects done.

    Returns:
        The number of pictures.

    Raises:
        FileExistsError: If the folder holds anything.
        ValueError: If there are no subjects or jobs.
    """
    if jobs < 1 or not subjects:
        raise ValueError(
            'expected one or more subjects and jobs, '
            f'got {len(subjects)} subjects and {jobs} jobs'
        )
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FileExistsError(f'{root}: expected an absent or empty folder')
    (root / 'images').mkdir(parents=True)
    rows: list[list[str]] = []
    for done, found in enumerate(_write_subjects(root, make, subjects, jobs), 1):
        rows += found
        report(done)
    table = root / 'annotations.csv'
    with whole_file(table) as part, part.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return len(rows)


def _write_subjects(
    root: Path, make: _Maker, subjects: Sequence[str], jobs: int
) -> Iterator[list[list[str]]]:
    """Rows of each subject, in their order."""
    if jobs == 1:
        _begin(root, make)
        yield from map(_write_subject, range(len(subjects)), subjects)
        return
    with ProcessPoolExecutor(
        jobs, get_context('spawn'), initializer=_begin, initargs=(root, make)
    ) as pool:
        many = range(len(subjects))
        yield from pool.map(_write_subject, many, subjects, chunksize=4)


_TASK: dict[str, Any] = {}


def _begin(root: Path, make: _Maker) -> None:
    """Tell a process once what it makes."""
    _TASK.update(root=root, make=make)


def _write_subject(index: int, subject: str) -> list[list[str]]:
    root, make = _TASK['root'], _TASK['make']
    cv2.setNumThreads(1)
    rows = []
    for number, picture in enumerate(make(index)):
        name = f'images/{index:06d}_{number:02d}.jpg'
        quality = [cv2.IMWRITE_JPEG_QUALITY, 90]
        write_picture(root / name, picture.image, options=quality)
        box = [f'{value:.2f}' for value in picture.box]
        angles = [f'{value:.3f}' for value in picture.angles]
        rows.append([name, *box, *angles, subject, 'train'])
    return rows


def _soft_light(rng: Generator) -> Light:
    """A light that changes a photograph's own a little."""
    strength = rng.uniform(0, 0.35)
    lit = random_light(rng)
    return Light(
        direction=lit.direction,
        color=strength * np.ones(3),
        ambient=(1.05 - 0.6 * strength) * np.ones(3),
        fill=np.zeros(3),
    )


_MODELS: dict[Path, MorphableHead] = {}
_PROFILERS: dict[Path, FaceProfiler] = {}


def _model(path: Path) -> MorphableHead:
    """The head of a file, read once a process."""
    if path not in _MODELS:
        _MODELS[path] = MorphableHead(path)
    return _MODELS[path]


def _profiler(path: Path) -> FaceProfiler:
    if path not in _PROFILERS:
        _PROFILERS[path] = FaceProfiler(_model(path))
    return _PROFILERS[path]
