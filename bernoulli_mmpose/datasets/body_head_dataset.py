"""What the body data sets with head poses share: the head of an annotation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .. import rotation
from .coco_file import check_points, read_angles, read_coco, read_numbers
from .picture_dataset import PictureDataset

_CENTER = 'head_center'
_ANGLES = 'head_angles'
# What MMPose and its reader of COCO raise.
_UNREADABLE = (
    AssertionError,
    AttributeError,
    KeyError,
    TypeError,
    json.JSONDecodeError,
    UnicodeDecodeError,
)
_BOX_FIELDS = ('image_id', 'category_id', 'bbox', 'score')


class BodyHeadDataset(PictureDataset):
    """Adds the head to the records of a body data set of MMPose.

    It comes before that data set's class among the bases. An annotation may hold,
    beside the body's keypoints, ``head_center`` [x, y] in image pixels, and with it
    ``head_angles`` [pitch, yaw, roll] in degrees (:mod:`bernoulli_mmpose.rotation`
    states the convention). A record gets the head centre as its last keypoint, and
    ``head_rotation`` (1, 3, 3), ``head_angles`` (1, 3), ``head_angles_valid`` (1, 3). A
    person without a centre has visibility 0 there, one without angles validity 0.

    With ``bbox_file`` (a detector's boxes, for testing) records have no labels: body AP
    can be computed, but no angle's error.

    Args: see the body data set.

    Raises:
        FileNotFoundError: If the annotation file or the detector's is missing.
        ValueError: If the file is not of COCO's form, has nobody, no annotation has a
            head centre, or one is malformed.
    """

    # Lists of [x, y, visibility] in an annotation, and their points.
    POINTS: dict[str, int] = {'keypoints': 17}
    REQUIRED: tuple[str, ...] = ()

    def load_data_list(self) -> list[dict]:
        """Read the annotations; see the class."""
        for name in ('ann_file', 'bbox_file'):
            path = getattr(self, name)
            if (path or name == 'ann_file') and not Path(path).is_file():
                raise FileNotFoundError(
                    f'{name} of {type(self).__name__}: expected a file, got '
                    f'{path} (from {Path.cwd()})'
                )
        # A ValueError about an annotation is our own; boxes are read by MMPose alone.
        unreadable = (*_UNREADABLE, ValueError) if self.bbox_file else _UNREADABLE
        try:
            records = super().load_data_list()
        except unreadable as error:
            read_coco(Path(self.ann_file))  # tells what it lacks
            raise ValueError(self._explain(error)) from error
        if not records:
            place = self.bbox_file or self.ann_file
            raise ValueError(
                f'{place}: expected annotated people in its images, got none'
            )
        with_head = [r for r in records if 'head_angles' in r]
        if with_head and not any(_sees_head(r) for r in with_head):
            raise ValueError(
                f'{self.ann_file}: expected annotations with {_CENTER!r} (see '
                'tools/landmarks_to_head_pose.py), got none of '
                f'{len(with_head)} with it'
            )
        return records

    def _explain(self, error: Exception) -> str:
        """What could not be read, where the annotation file has all its fields."""
        if not self.bbox_file:
            return f"{self.ann_file}: expected COCO's form, got {error!r}"
        return (
            f'{self.bbox_file}: expected a list of boxes with {list(_BOX_FIELDS)} in '
            f'images of {self.ann_file}, got {error!r}'
        )

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """The record of one annotation, with its head; None if it is not valid.

        Raises:
            ValueError: If a field is missing or malformed.
        """
        annotation = raw_data_info['raw_ann_info']
        where = f'{self.ann_file}, annotation {annotation.get("id")}'
        self._check_fields(annotation, where)
        try:
            info = super().parse_data_info(raw_data_info)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{where}: expected COCO's form, got: {error}") from error
        if not info:
            return None
        center = read_numbers(annotation, _CENTER, 2, '[x, y] in pixels', where)
        angles = read_angles(annotation, where)
        if angles is not None and center is None:
            raise ValueError(
                f'{where}: expected {_CENTER!r} beside {_ANGLES!r}, found none'
            )
        info['keypoints'] = _append(info['keypoints'], center or [0.0, 0.0])
        seen = float(center is not None)
        info['keypoints_visible'] = _append(info['keypoints_visible'], seen)
        known = np.array([angles or [0.0, 0.0, 0.0]], dtype=np.float32)
        info['head_angles'] = known
        info['head_angles_valid'] = np.full((1, 3), angles is not None, np.float32)
        info['head_rotation'] = rotation.euler_to_matrix(known).astype(np.float32)
        return info

    def _check_fields(self, annotation: dict, where: str) -> None:
        missing = [name for name in self.REQUIRED if name not in annotation]
        if missing:
            raise ValueError(
                f'{where}: expected the fields {list(self.REQUIRED)}, '
                f'found no {missing}'
            )
        read_numbers(annotation, 'bbox', 4, '[x, y, w, h] in pixels', where)
        for name, count in self.POINTS.items():
            check_points(annotation, name, count, where)


def _sees_head(record: dict) -> bool:
    return bool(np.any(record['keypoints_visible'][:, -1]))


def _append(array: np.ndarray, last: Any) -> np.ndarray:
    """One more keypoint's entry, (1, K, ...) to (1, K + 1, ...), in float32."""
    entry = np.reshape(np.array(last, np.float32), (1, 1, *array.shape[2:]))
    return np.concatenate([array.astype(np.float32), entry], axis=1)
