"""Keypoints of the body sets: MMPose's own, and the head centre as one more."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import mmpose

HEAD_CENTER = 'head_center'
_BLUE = [51, 153, 255]  # as COCO's eyes and ears


class BodyMetainfo:
    """METAINFO of a data set: an MMPose file's keypoints and the head centre.

    The file is read when it is asked for, so that an MMPose without its configs does
    what needs no body. It is read by its full path: MMPose's own ``from_file`` is
    resolved by base name in the working folder first, and can become another file.

    Args:
        source: Name of a file of MMPose's ``configs/_base_/datasets``.
        dataset_name: Of the data set.
    """

    def __init__(self, source: str, dataset_name: str) -> None:
        self._source, self._dataset_name = source, dataset_name

    def __get__(self, instance: Any, owner: type) -> dict[str, Any]:
        info = runpy.run_path(str(find_metainfo(self._source)))['dataset_info']
        count = len(info['keypoint_info'])
        head = dict(name=HEAD_CENTER, id=count, type='upper', swap='')
        return dict(
            dataset_name=self._dataset_name,
            keypoint_info={**info['keypoint_info'], count: dict(head, color=_BLUE)},
            skeleton_info=info['skeleton_info'],
            joint_weights=[*info['joint_weights'], 1.0],
            sigmas=[*info['sigmas'], 0.05],
        )


def find_metainfo(source: str) -> Path:
    """MMPose's file of a data set's keypoints.

    Raises:
        FileNotFoundError: If this MMPose was installed without its configs.
    """
    package = Path(mmpose.__file__).resolve().parent
    for folder in (package / '.mim', package.parent):  # wheel, clone
        path = folder / 'configs' / '_base_' / 'datasets' / f'{source}.py'
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"configs/_base_/datasets/{source}.py: expected MMPose's configs in "
        f'{package / ".mim"} or beside {package}, got none; install mmpose from its '
        'wheel or its clone'
    )
