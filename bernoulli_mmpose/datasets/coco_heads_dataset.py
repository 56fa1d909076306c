"""All heads of photographs, from COCO-style annotations with head poses."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from mmpose.registry import DATASETS

from bernoulli_headpose import rotation

from .bad_labels import BadLabels, LabelError
from .coco_file import read_angles, read_center, read_coco, read_numbers
from .head_pose_dataset import HeadPoseDataset, tell_no_angles
from .picture_dataset import PictureDataset

_FIELDS = dict(images=('id', 'file_name'), annotations=('image_id',))
_BOXES = {
    'bbox': (4, '[x, y, w, h] in pixels'),
    'head_bbox': (4, '[x, y, w, h] in pixels'),
}


@DATASETS.register_module()
class CocoHeadsDataset(PictureDataset):
    """Photographs with all their heads, for models that find them in one pass.

    The file is one of COCO's form in which annotations hold, where they are known,
    ``head_center`` [x, y] and ``head_bbox`` [x, y, w, h] in image pixels and
    ``head_angles`` [pitch, yaw, roll] in degrees (:mod:`bernoulli_headpose.rotation`
    states the convention), as ``tools/landmarks_to_head_pose.py`` writes them.

    A record is an image with the fields of :class:`HeadSceneDataset`'s, without the
    image itself. A person without a labelled head is a head of visibility 0 whose box
    is the person's: nothing is asked of the network there, nothing counted. One whose
    box is empty is left out, as MMPose does.

    Args:
        ann_file: The file.
        bad_labels: See :class:`HeadPoseDataset`.
        **kwargs: Arguments of MMPose's ``BaseCocoStyleDataset``; with ``test_mode``
            images without anybody are kept.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it is not of that form, or no annotation has a head.
    """

    METAINFO: dict = {**HeadPoseDataset.METAINFO, 'dataset_name': 'coco_heads'}

    def __init__(self, ann_file: str, bad_labels: str = 'error', **kwargs: Any) -> None:
        self.bad_labels = BadLabels(bad_labels)
        super().__init__(ann_file=ann_file, data_mode='bottomup', **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the annotations; see the class for a record."""
        path = Path(self.ann_file)
        if not path.is_file():
            raise FileNotFoundError(
                f'ann_file of {type(self).__name__}: expected a file, got {path} (from '
                f'{Path.cwd()})'
            )
        content = read_coco(path, self.bad_labels, _FIELDS)
        pictures = {image['id']: image for image in content['images']}
        people: dict[Any, list[dict]] = defaultdict(list)
        for annotation in content['annotations']:
            where = f'{path}, annotation {annotation.get("id")!r:.40}'
            key = annotation['image_id']
            head = self.bad_labels.judge(_head, annotation, pictures[key], where)
            if head is not None:
                people[key].append(head)
        heads = [head for group in people.values() for head in group]
        self.bad_labels.close(path, len(heads))
        if not any(head['seen'] for head in heads):
            raise ValueError(
                f'{path}: expected annotations with head_center and head_bbox (see '
                'tools/landmarks_to_head_pose.py), got none'
            )
        if not any(any(head['valid']) for head in heads):
            tell_no_angles(path, is_test=False)  # where heads are can be tested
        images = [i for i in content['images'] if self.test_mode or people[i['id']]]
        prefix = Path(self.data_prefix['img'])
        return [
            _record(index, image, prefix, people[image['id']])
            for index, image in enumerate(images)
        ][:: self.sample_interval]


def _head(annotation: dict, image: dict, where: str) -> dict[str, Any] | None:
    """What is known of the head of an annotation; None if it is of no size."""
    for name, (count, what) in _BOXES.items():
        read_numbers(annotation, name, count, what, where)
    center = read_center(annotation, image, where)
    if annotation.get('bbox') is None:
        raise LabelError(where, f"a 'bbox', {_BOXES['bbox'][1]}", 'none')
    given = read_angles(annotation, where)
    seen = center is not None and annotation.get('head_bbox') is not None
    x, y, width, height = annotation['head_bbox' if seen else 'bbox']
    if width <= 0 or height <= 0:
        if not seen:
            return None
        what, got = 'a box of positive size', annotation['head_bbox']
        raise LabelError(f"{where}, 'head_bbox'", what, got)
    box = [x, y, x + width, y + height]
    middle = [x + width / 2, y + height / 2]
    angles = given if seen else None
    return dict(
        seen=seen,
        box=box,
        center=center if seen else middle,
        angles=angles or [0.0, 0.0, 0.0],
        valid=[float(angles is not None)] * 3,
    )


def _record(index: int, image: dict, prefix: Path, heads: list[dict]) -> dict:
    count = len(heads)

    def stacked(name: str, *shape: int) -> np.ndarray:
        values = np.array([head[name] for head in heads], dtype=np.float32)
        return values.reshape(count, *shape)

    angles = stacked('angles', 3)
    return dict(
        img_id=image['id'],
        img_path=str(prefix / image['file_name']),
        id=index,
        keypoints=stacked('center', 1, 2),
        keypoints_visible=stacked('seen', 1),
        bbox=stacked('box', 4),
        bbox_score=np.ones(count, np.float32),
        head_angles=angles,
        head_angles_valid=stacked('valid', 3),
        head_rotation=rotation.euler_to_matrix(angles).astype(np.float32)
        if count
        else np.zeros((0, 3, 3), np.float32),
    )
