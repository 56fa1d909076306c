"""What a config's data sets hold."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.logging import MMLogger
from mmpose.registry import DATASETS
from numpy.typing import NDArray

from bernoulli_mmpose.browsing import build_dataset

_DRAWN = '://'  # of a picture that is no file
_FAULTS = (OSError, ValueError, AssertionError)  # the last one of MMPose's data sets


@dataclass
class Contents:
    """What the records of a data set hold.

    Attributes:
        count: Number of records.
        paths: Pictures, each once, P.
        people: Folder and name of each person who is told apart.
        angles: (pitch, yaw, roll) of heads in degrees, NaN where unknown, (N, 3).
        boxes: (x1, y1, x2, y2) of heads without margin, or of people, pixels, (M, 4).
        box_paths: The picture of each box, M.
    """

    count: int
    paths: list[str]
    people: set[tuple[str, str]]
    angles: NDArray[np.float64]
    boxes: NDArray[np.float64]
    box_paths: list[str]


def parts_of(dataset: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Configs of the data sets that a wrapper joins; its own config if it is none."""
    inner = dataset.get('datasets') or [dataset.get('dataset')]
    for part in inner:
        if part is None:
            yield dataset
        else:
            yield from parts_of(part)


def build_part(part: Mapping[str, Any]) -> tuple[Any, list[str], Exception | None]:
    """Build a data set as a training does; then, if that fails, without bad labels.

    Returns:
        The data set, None if it cannot be built; what it warns of; and the error that
        would stop a training, None if there is none.
    """
    logger = MMLogger.get_current_instance()
    logger.handlers = [told := _Warnings()]
    try:
        return DATASETS.build(part), told.lines, None
    except _FAULTS as error:
        try:
            return build_dataset(part), told.lines, error
        except _FAULTS:
            return None, told.lines, error


class _Warnings(logging.Handler):
    """Keeps what a data set warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += record.getMessage().splitlines()


def read_contents(dataset: Any) -> Contents:
    """Go through the records of a built data set, without its pictures."""
    records = [dataset.get_data_info(index) for index in range(len(dataset))]
    heads = [one for one in records if 'head_absent' not in one]
    angles = [_angles(one) for one in heads if 'head_angles' in one]
    boxes = [np.reshape(one['bbox'], (-1, 4)) for one in heads if 'bbox' in one]
    paths = dict.fromkeys(one['img_path'] for one in records)
    return Contents(
        count=len(records),
        paths=[path for path in paths if _DRAWN not in path],
        people={
            (str(dataset.data_root), one['subject'])
            for one in records
            if one.get('subject')
        },
        angles=np.concatenate([np.empty((0, 3)), *angles]),
        boxes=_without_margin(np.concatenate([np.empty((0, 4)), *boxes]), dataset),
        box_paths=[
            one['img_path']
            for one in heads
            if 'bbox' in one
            for _ in np.reshape(one['bbox'], (-1, 4))
        ],
    )


def _angles(record: Mapping[str, Any]) -> NDArray[np.float64]:
    known = np.asarray(record['head_angles_valid']) > 0
    return np.where(known, record['head_angles'], np.nan).reshape(-1, 3)


def _without_margin(boxes: NDArray[np.float64], dataset: Any) -> NDArray[np.float64]:
    margin = getattr(dataset, 'margin', 0.0)
    side = (boxes[:, 2:] - boxes[:, :2]) * margin / (1 + 2 * margin)
    return boxes + np.concatenate([side, -side], axis=1)
