"""Keypoints of the body sets: MMPose's own, and the head centre as one more."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
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
        info = read_keypoints(self._source)
        return dict(with_head_center(info), dataset_name=self._dataset_name)


def read_keypoints(source: str, is_own: bool = False) -> dict[str, Any]:
    """Keypoints of a data set, from the file that describes it.

    Args:
        source: Name of a file of MMPose's ``configs/_base_/datasets``, or a path to it.
        is_own: Whether a path that exists is taken as it is.
    """
    path = Path(source)
    if not (is_own and path.is_file()):
        path = find_metainfo(path.stem)
    return runpy.run_path(str(path))['dataset_info']


def with_head_center(info: Mapping[str, Any]) -> dict[str, Any]:
    """Keypoints of a data set, with the head centre as the last.

    Args:
        info: METAINFO of a data set; with the head centre it stays as it is.
    """
    count = len(info['keypoint_info'])
    if info['keypoint_info'][count - 1]['name'] == HEAD_CENTER:
        return dict(info)
    head = dict(name=HEAD_CENTER, id=count, type='upper', swap='', color=_BLUE)
    return dict(
        info,
        keypoint_info={**info['keypoint_info'], count: head},
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
