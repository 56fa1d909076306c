"""What the body data sets with head poses share: the head of an annotation."""

from __future__ import annotations

import os.path
import reprlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from bernoulli_headpose import rotation
from bernoulli_headpose.files import read_json

from .bad_labels import LARGEST_PIXEL, BadLabels, LabelError
from .coco_file import (
    check_points,
    is_number,
    is_whole,
    read_angles,
    read_center,
    read_coco,
    read_numbers,
)
from .head_pose_dataset import tell_no_angles
from .picture_dataset import PictureDataset

_CENTER = 'head_center'
_ANGLES = 'head_angles'
# What MMPose raises for fields that it alone reads.
_UNREADABLE = (AttributeError, LookupError, OverflowError, RecursionError, TypeError)
_LARGEST_AREA = LARGEST_PIXEL**2
_BOX_FIELDS = ('image_id', 'category_id', 'bbox', 'score')


class BodyHeadDataset(PictureDataset):
    """Adds the head to the records of a body data set of MMPose.

    It comes before that data set's class among the bases. An annotation may hold,
    beside the body's keypoints, ``head_center`` [x, y] in image pixels, and with it
    ``head_angles`` [pitch, yaw, roll] in degrees (:mod:`bernoulli_headpose.rotation`
    states the convention). A record gets the head centre as its last keypoint, and
    ``head_rotation`` (1, 3, 3), ``head_angles`` (1, 3), ``head_angles_valid`` (1, 3). A
    person without a centre has visibility 0 there, one without angles validity 0.

    With ``bbox_file`` (a detector's boxes, for testing) records have no labels: body AP
    can be computed, but no angle's error.

    Args:
        *args: See the body data set.
        bad_labels: See :class:`HeadPoseDataset`.
        **kwargs: See the body data set.

    Raises:
        FileNotFoundError: If the annotation file or the detector's is missing.
        ValueError: If the file is not of COCO's form, has nobody, no annotation has a
            head centre, or one is malformed.
    """

    # Lists of [x, y, visibility] in an annotation, and their points.
    POINTS: dict[str, int] = {'keypoints': 17}
    REQUIRED: tuple[str, ...] = ()

    def __init__(self, *args: Any, bad_labels: str = 'error', **kwargs: Any) -> None:
        self.bad_labels = BadLabels(bad_labels)
        super().__init__(*args, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the annotations; see the class."""
        for name in ('ann_file', 'bbox_file'):
            path = getattr(self, name)
            if (path or name == 'ann_file') and not Path(path).is_file():
                raise FileNotFoundError(
                    f'{name} of {type(self).__name__}: expected a file, got '
                    f'{path} (from {Path.cwd()})'
                )
        place = self.bbox_file or self.ann_file
        try:
            records = super().load_data_list()
        except _UNREADABLE as error:
            raise ValueError(f"{place}: expected COCO's form, got {error!r}") from error
        self.bad_labels.close(place, len(records))
        if not records:
            raise ValueError(
                f'{place}: expected annotated people in its images, got none'
            )
        self._check_heads([r for r in records if 'head_angles' in r])
        return records

    def _check_heads(self, records: list[dict]) -> None:
        """Refuse labels without a head, and tell of those without an angle."""
        if records and not any(_has_visible_head(r) for r in records):
            raise ValueError(
                f'{self.ann_file}: expected annotations with {_CENTER!r} (see '
                f'tools/landmarks_to_head_pose.py), got none of {len(records)} with it'
            )
        if records and not any(np.any(r['head_angles_valid']) for r in records):
            tell_no_angles(self.ann_file, is_test=False)  # a body can be tested

    def _load_annotations(self) -> tuple[list[dict], list[dict]]:
        """The people and the images of the file."""
        content = read_coco(Path(self.ann_file), self.bad_labels)
        if isinstance(content.get('categories'), list):
            self._metainfo['CLASSES'] = content['categories']
        people = defaultdict(list)
        for annotation in content['annotations']:
            people[annotation['image_id']].append(annotation)
        instances, images = [], []
        for number, image in enumerate(content['images']):
            key = image['id']
            if (key if isinstance(key, int) else number) % self.sample_interval:
                continue
            path = os.path.join(self.data_prefix['img'], image['file_name'])  # noqa: PTH118
            images.append({**image, 'img_id': key, 'img_path': path})
            for annotation in people[key]:
                raw = dict(raw_ann_info=annotation, raw_img_info=images[-1])
                instance = self.bad_labels.judge(self.parse_data_info, raw)
                if instance:
                    instances.append(instance)
        return instances, images

    def _load_detection_results(self) -> list[dict]:
        """A detector's boxes of people, without labels."""
        content = read_coco(Path(self.ann_file), self.bad_labels)
        images = {image['id']: image for image in content['images']}
        boxes = read_json(Path(str(self.bbox_file)), finite=False)
        if not isinstance(boxes, list):
            raise ValueError(
                f'{self.bbox_file}: expected a list of boxes with {list(_BOX_FIELDS)}, '
                f'got {reprlib.repr(boxes)}'
            )
        records: list[dict] = []
        for number, box in enumerate(boxes):
            where = f'{self.bbox_file}: [{number}]'
            record = self.bad_labels.judge(self._read_box, where, box, images)
            if record:
                records.append({**record, 'id': len(records)})
        return records

    def _read_box(self, where: str, box: Any, images: dict[Any, dict]) -> dict:
        """The record of a detector's box; empty for what is no person.

        Raises:
            LabelError: If it is not of COCO's form.
        """
        given = box if isinstance(box, dict) else {}
        missing = [name for name in _BOX_FIELDS if name not in given]
        if missing:
            raise LabelError(where, f'a box with {list(_BOX_FIELDS)}', f'no {missing}')
        if box['category_id'] != 1:
            return {}
        key = box['image_id']
        if not isinstance(key, int | str) or key not in images:
            what = f"the 'image_id' of an image of {self.ann_file} that can be used"
            raise LabelError(where, what, reprlib.repr(key))
        corner_and_size = read_numbers(box, 'bbox', 4, '[x, y, w, h] in pixels', where)
        if corner_and_size is None or not is_number(box['score']):
            raise LabelError(where, 'a box and a score', reprlib.repr(box))
        x, y, width, height = corner_and_size
        image, count = images[key], self.metainfo['num_keypoints']
        path = os.path.join(self.data_prefix['img'], image['file_name'])  # noqa: PTH118
        return dict(
            img_id=key,
            img_path=path,
            img_shape=(image['height'], image['width']),
            bbox=np.array([[x, y, x + width, y + height]], np.float32),
            bbox_score=np.array([box['score']], np.float32),
            keypoints=np.zeros((1, count, 2), np.float32),
            keypoints_visible=np.ones((1, count), np.float32),
        )

    def parse_data_info(self, raw_data_info: dict) -> dict | None:
        """The record of one annotation, with its head; None if it is not valid.

        Raises:
            LabelError: If a field is missing or malformed.
        """
        annotation = raw_data_info['raw_ann_info']
        where = f'{self.ann_file}, annotation {annotation["id"]}'
        self._check_fields(annotation, where)
        center = read_center(annotation, raw_data_info['raw_img_info'], where)
        angles = read_angles(annotation, where)
        if angles is not None and center is None:
            raise LabelError(where, f'{_CENTER!r} beside {_ANGLES!r}', 'none')
        try:
            info = super().parse_data_info(raw_data_info)
        except (*_UNREADABLE, ValueError) as error:
            raise LabelError(where, "COCO's form", repr(error)) from error
        if not info:
            return None
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
            wanted = f'the fields {list(self.REQUIRED)}'
            raise LabelError(where, wanted, f'no {missing}')
        read_numbers(annotation, 'bbox', 4, '[x, y, w, h] in pixels', where)
        for name in ('num_keypoints', 'iscrowd', 'category_id'):
            if not is_whole(annotation.get(name, 0)):
                got = reprlib.repr(annotation[name])
                raise LabelError(f'{where}, {name!r}', 'a whole number', got)
        if not is_number(annotation.get('area', 0), _LARGEST_AREA, 0):
            got = reprlib.repr(annotation['area'])
            raise LabelError(f'{where}, {"area"!r}', 'square pixels', got)
        for name, count in self.POINTS.items():
            check_points(annotation, name, count, where)


def _has_visible_head(record: dict) -> bool:
    return bool(np.any(record['keypoints_visible'][:, -1]))


def _append(array: np.ndarray, last: Any) -> np.ndarray:
    """One more keypoint's entry, (1, K, ...) to (1, K + 1, ...), in float32."""
    entry = np.reshape(np.array(last, np.float32), (1, 1, *array.shape[2:]))
    return np.concatenate([array.astype(np.float32), entry], axis=1)
