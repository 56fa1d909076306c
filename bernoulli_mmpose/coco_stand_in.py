"""Takes the place of ``xtcocotools`` where it cannot be imported.

MMPose reads annotation files and computes keypoint AP with ``xtcocotools``, which has
wheels for Python 3.10 and 3.11 and for NumPy 1 only. This module does the same with
``pycocotools``, which MMDetection requires anyway. It differs from ``xtcocotools`` in
nothing that MMPose uses; the figures are equal to the last bit
(``tests/test_coco_stand_in.py``).

What ``xtcocotools`` adds to ``pycocotools``: keypoints of parts of the body
(COCO-WholeBody) with scores of their own, CrowdPose, sigmas as an argument, people
without an ``area``, and annotations whose id is 0.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from collections import defaultdict
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
from pycocotools import coco, cocoeval, mask

NAME = 'xtcocotools'
CROWD = 'keypoints_crowd'
# Fields with the keypoints of each kind of evaluation. The score of a part is in
# ``<part>_score``.
_HANDS = ('lefthand_kpts', 'righthand_kpts')
_PARTS = {
    'keypoints_foot': ('foot_kpts',),
    'keypoints_face': ('face_kpts',),
    'keypoints_lefthand': _HANDS[:1],
    'keypoints_righthand': _HANDS[1:],
    'keypoints_wholebody': ('keypoints', 'foot_kpts', 'face_kpts', *_HANDS),
}
# Share of a box that a person's area is taken to be where it is not known.
_AREA_OF_BOX = 0.53
# Bounds of the crowd index of easy, medium and hard images of CrowdPose.
_CROWD_BOUNDS = (0.2, 0.8)


class COCO(coco.COCO):
    """Annotations of a file, as ``xtcocotools.coco.COCO``.

    Args:
        annotation_file: The file; None makes an empty object.
        test_index: The keypoints to keep of each annotation, by their numbers.
        ann_data: The file's content, where it has been read already.
    """

    def __init__(
        self,
        annotation_file: str | None = None,
        test_index: Any = None,
        ann_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(None if ann_data else annotation_file)
        if ann_data:
            self.dataset = ann_data
            self.createIndex()
        self.anno_file = [annotation_file]
        self.test_index = test_index
        for annotation in self.dataset.get('annotations', []):
            annotation.setdefault('iscrowd', False)
            if test_index is not None:
                points = np.array(annotation['keypoints']).reshape(-1, 3)
                annotation['keypoints'] = points[test_index].ravel().tolist()

    def loadRes(self, resFile: Any, resData: list | None = None) -> COCO:  # noqa: N802, N803
        """Results of a file, or given as a list, also as an empty one."""
        if len(self.anno_file) == 1:
            self.anno_file.append(resFile)
        results = resFile if resData is None else resData
        if isinstance(results, str):
            with open(results) as file:  # noqa: PTH123  (any path that it takes)
                results = json.load(file)
        if not isinstance(results, list) or results:
            loaded = super().loadRes(results)
            found, index = COCO(), ('dataset', 'anns', 'imgs', 'cats')
            for name in (*index, 'imgToAnns', 'catToImgs'):
                setattr(found, name, getattr(loaded, name))
            return found
        images = list(self.dataset['images'])
        return COCO(ann_data=dict(images=images, annotations=[]))


class COCOeval(cocoeval.COCOeval):
    """Keypoint AP and AR, as ``xtcocotools.cocoeval.COCOeval``.

    Args:
        cocoGt: Annotations.
        cocoDt: Results, of ``cocoGt.loadRes``.
        iouType: ``'keypoints'``, ``'keypoints_crowd'``, a part of the body such as
            ``'keypoints_face'`` or ``'keypoints_wholebody'``.
        sigmas: Of each keypoint; those of COCO's 17 by default.
        use_area: Whether annotations have an ``area``; else it is taken from the box.
    """

    evalImgs: Any  # noqa: N815  (of the base, which has no types)
    eval: Any
    stats: Any

    def __init__(
        self,
        cocoGt: COCO | None = None,  # noqa: N803
        cocoDt: COCO | None = None,  # noqa: N803
        iouType: str = 'keypoints',  # noqa: N803
        sigmas: Any = None,
        use_area: bool = True,
    ) -> None:
        self.is_keypoints = iouType.startswith('keypoints')
        super().__init__(cocoGt, cocoDt, 'keypoints' if self.is_keypoints else iouType)
        self.kind = iouType
        self.fields = _PARTS.get(iouType, ('keypoints',))
        part = iouType.removeprefix('keypoints_')
        self.score_key = f'{part}_score' if iouType in _PARTS else 'score'
        self.use_area = use_area
        if sigmas is not None:
            self.params.kpt_oks_sigmas = np.asarray(sigmas)

    def _prepare(self) -> None:
        """Copies of annotations and results in which each field is COCO's own."""
        if not self.is_keypoints:
            super()._prepare()
            return
        truths = self._chosen(self.cocoGt)
        found = [one for one in self._chosen(self.cocoDt) if self._visible(one)]
        if truths and any(self.score_key not in one for one in found):
            warnings.warn(
                f"'{self.score_key}' not found, use 'score' instead.", stacklevel=2
            )
        score_key = self.score_key if truths else 'score'
        self._gts, self._dts = defaultdict(list), defaultdict(list)
        # Ids begin with 1: pycocotools takes 0 for "no match".
        for number, one in enumerate(truths, start=1):
            copied = dict(
                one,
                id=number,
                keypoints=self._points(one),
                area=self._area(one),
                ignore=self._is_ignored(one),
            )
            self._gts[one['image_id'], one['category_id']].append(copied)
        for number, one in enumerate(found, start=1):
            score = one.get(score_key, one['score'])
            copied = dict(one, id=number, keypoints=self._points(one), score=score)
            self._dts[one['image_id'], one['category_id']].append(copied)
        self.evalImgs, self.eval = defaultdict(list), {}

    def _chosen(self, source: Any) -> list[dict[str, Any]]:
        categories = self.params.catIds if self.params.useCats else []
        ids = source.getAnnIds(imgIds=self.params.imgIds, catIds=categories)
        return source.loadAnns(ids)

    def _points(self, annotation: dict[str, Any]) -> list[float]:
        return [value for field in self.fields for value in annotation[field]]

    def _visible(self, annotation: dict[str, Any]) -> int:
        return int(np.count_nonzero(np.array(self._points(annotation)[2::3]) > 0))

    def _area(self, annotation: dict[str, Any]) -> float:
        if self.use_area:
            return annotation['area']
        return annotation['bbox'][3] * annotation['bbox'][2] * _AREA_OF_BOX

    def _is_ignored(self, annotation: dict[str, Any]) -> bool:
        is_crowd = self.kind == CROWD
        count = annotation['num_keypoints'] if is_crowd else self._visible(annotation)
        return count == 0 or bool(annotation.get('iscrowd'))

    def summarize(self) -> None:
        """Compute ``stats``; of CrowdPose AP, AR and the AP of easy to hard images."""
        super().summarize()
        if self.kind == CROWD:
            chosen = [0, 1, 2, 5, 6, 7]  # no AP and AR by area
            self.stats = np.array([*self.stats[chosen], *self._crowd_precisions()])

    def _crowd_precisions(self) -> list[float]:
        """AP of easy, medium and hard images, to 4 digits."""
        images = self.cocoGt.dataset['images']
        levels = np.digitize([one['crowdIndex'] for one in images], _CROWD_BOUNDS)
        precisions = []
        for level in range(3):
            pairs = zip(images, levels, strict=True)
            self.params.imgIds = [one['id'] for one, own in pairs if own == level]
            with contextlib.redirect_stdout(io.StringIO()):
                self.evaluate()
                self.accumulate()
            precision = np.mean(self.eval['precision'][:, :, :, 0, :])
            precisions.append(round(float(precision), 4))
        return precisions


class StandInModule(ModuleType):
    """A module that is not on the disk."""

    def __init__(self, name: str, content: dict[str, Any]) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, loader=None, is_package='.' not in name)
        self.__path__: list[str] = []
        vars(self).update(content)


def install() -> None:
    """Let ``import xtcocotools`` and its parts give this module's classes."""
    parts: dict[str, dict[str, Any]] = dict(
        coco=dict(COCO=COCO),
        cocoeval=dict(COCOeval=COCOeval),
        mask={k: v for k, v in vars(mask).items() if not k.startswith('_')},
    )
    modules = {k: StandInModule(f'{NAME}.{k}', v) for k, v in parts.items()}
    sys.modules[NAME] = StandInModule(NAME, dict(modules))
    sys.modules.update({module.__name__: module for module in modules.values()})
