"""Annotation files with head poses, made of files with 68 landmarks a face."""

from __future__ import annotations

import csv
import json
import reprlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from bernoulli_headpose.files import read_json, whole_file
from bernoulli_headpose.rotation import ANGLE_NAMES

from ..datasets.head_pose_table_dataset import BOX, CENTER
from .coco_labels import Progress, label_coco, silent
from .labels import HeadLabel, label_heads
from .pnp import PoseLimits
from .readers import (
    POINTS,
    FaceLandmarks,
    list_landmark_files,
    read_file,
    read_landmark_table,
)

COLUMNS = ('image', *BOX, *CENTER, *ANGLE_NAMES, 'subject', 'split')


@dataclass(frozen=True)
class Summary:
    """What came of the faces of a file.

    Attributes:
        count: Faces, or annotations.
        valid: Those with angles.
        boxed: Those with a box and a centre.
        reasons: Why the others have no angles, and how many.
    """

    count: int
    valid: int
    boxed: int
    reasons: dict[str, int]


def convert(
    source: Path,
    output: Path,
    variables: Sequence[str] = POINTS,
    focal_length: float | None = None,
    limits: PoseLimits | None = None,
    progress: Progress = silent,
) -> Summary:
    """Write a new annotation file with head poses.

    COCO-WholeBody JSON gives the same JSON with more keys (:mod:`.coco_labels`). All
    else gives a CSV for ``HeadPoseTableDataset``, whose angles are empty where there
    is no valid pose; faces without even a box (landmarks hidden) are left out of it.

    Args:
        source: A COCO-WholeBody JSON, a table, or a ``.mat`` or ``.pts`` file or a
            folder of them (:mod:`.readers`).
        output: A file that does not exist yet.
        variables: Of a ``.mat`` file; the first that is there is read.
        focal_length: Of the camera, pixels; see :func:`.pnp.landmarks_to_pose`.
        limits: What a valid pose must keep.
        progress: Wraps what takes time.

    Raises:
        FileExistsError: If the output exists.
        FileNotFoundError: If the source or the output's folder is missing.
        ValueError: If the source is not one of those, or something in it is not as it
            should be. Nothing is written then.
    """
    if not source.exists():
        raise FileNotFoundError(
            f'input: expected a file or a folder, found no {source}'
        )
    _check_new(output)
    content = _read_json(source) if _is_json(source) and source.is_file() else None
    is_coco = isinstance(content, dict)
    suffix = '.json' if is_coco else '.csv'
    if output.suffix.lower() != suffix:
        raise ValueError(f'output: expected a {suffix} file for {source}, got {output}')
    if is_coco:
        new, labels = label_coco(content, source, focal_length, limits, progress)
        with _new_file(output) as stream:
            json.dump(new, stream)
    else:
        faces = _read_faces(source, variables, progress)
        labels = [
            label_face(face, focal_length, limits) for face in progress(faces, 'Heads')
        ]
        with _new_file(output) as stream:
            _write_table(stream, faces, labels)
    return Summary(
        count=len(labels),
        valid=sum(label.angles is not None for label in labels),
        boxed=sum(label.box is not None for label in labels),
        reasons=dict(Counter(label.reason for label in labels if label.reason)),
    )


def label_face(
    face: FaceLandmarks,
    focal_length: float | None = None,
    limits: PoseLimits | None = None,
) -> HeadLabel:
    """The label of one face."""
    points = face.points[None]
    visible = np.isfinite(points).all(axis=2)
    return label_heads(points, visible, focal_length, limits)[0]


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == '.json'


def _read_json(path: Path) -> Any:
    content = read_json(path, finite=False)
    if not isinstance(content, dict | list):
        raise ValueError(
            f"{path}: expected COCO's object or a list of objects, got "
            f'{reprlib.repr(content)}'
        )
    return content


def _read_faces(
    source: Path, variables: Sequence[str], progress: Progress
) -> list[FaceLandmarks]:
    if source.is_file() and source.suffix.lower() in ('.csv', '.json'):
        return read_landmark_table(source)
    files = list_landmark_files(source)
    if files[0].suffix.lower() not in ('.mat', '.pts'):
        raise ValueError(
            f'input: expected a .json, .csv, .mat or .pts file, or a folder, got '
            f'{source}'
        )
    root = source if source.is_dir() else source.parent
    return [read_file(file, root, variables) for file in progress(files, 'Files')]


def _check_new(output: Path) -> None:
    if output.exists() or output.is_symlink():
        raise FileExistsError(f'output: expected a new file, but {output} exists')
    if not output.parent.is_dir():
        raise FileNotFoundError(
            f'output: expected a folder to write to, found no {output.parent}'
        )


@contextmanager
def _new_file(output: Path) -> Iterator[IO[str]]:
    """A file that is there as a whole or not at all, and never over another."""
    with whole_file(output) as part:
        with part.open('w', newline='', encoding='utf-8') as stream:
            yield stream
        _check_new(output)  # it may have come since


def _write_table(
    stream: IO[str], faces: list[FaceLandmarks], labels: list[HeadLabel]
) -> None:
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for face, label in zip(faces, labels, strict=True):
        if label.box is None or label.center is None:
            continue
        places = [f'{value:.2f}' for value in (*label.box, *label.center)]
        angles = [''] * 3
        if label.angles is not None:
            angles = [f'{value:.3f}' for value in label.angles]
        writer.writerow([face.image, *places, *angles, face.subject, face.split])
