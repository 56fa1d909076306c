"""What all head-pose data sets share."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from numpy.typing import NDArray

from bernoulli_headpose import rotation
from bernoulli_headpose.boxes import check_margin

from .bad_labels import LARGEST_PIXEL, BadLabels, LabelError
from .file_index import Reader, read_indexed
from .picture_dataset import PictureDataset


@dataclass
class HeadLabels:
    """Labels of N heads, one an image, before crops are made of them.

    Attributes:
        img_path: Image files, N.
        angles: (pitch, yaw, roll) in degrees, NaN where unknown, (N, 3).
        box: Head boxes (x1, y1, x2, y2) in image pixels, (N, 4).
        center: Head centres (x, y) in image pixels, (N, 2).
        image_size: (w, h) of the images, (N, 2).
        subject: Names of the people, N; empty where unknown.
        values: Further values, NaN where unknown, (N, V); None where there are none.
        value_names: Their names, V.
    """

    img_path: list[str]
    angles: NDArray[np.float64]
    box: NDArray[np.float64]
    center: NDArray[np.float64]
    image_size: NDArray[np.float64]
    subject: list[str]
    values: NDArray[np.float64] | None = None
    value_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.img_path)

    def any_known(self) -> bool:
        """Whether any angle or further value is known."""
        parts = (self.angles, self.values)
        return any(part is not None and np.isfinite(part).any() for part in parts)

    def select(self, keep: NDArray[np.bool_]) -> HeadLabels:
        """The heads where ``keep``, (N,), is true."""
        index = np.flatnonzero(keep)
        return HeadLabels(
            [self.img_path[i] for i in index],
            self.angles[index],
            self.box[index],
            self.center[index],
            self.image_size[index],
            [self.subject[i] for i in index],
            None if self.values is None else self.values[index],
            self.value_names,
        )


class HeadPoseDataset(PictureDataset):
    """Base of the head-pose data sets: crops, filters, checks, records.

    A subclass reads its files in :meth:`load_labels`. Each record holds one head:
    ``img_path``, ``bbox`` (1, 4) of the crop, ``keypoints`` (1, 1, 2) with the head
    centre, ``head_rotation`` (1, 3, 3), ``head_angles`` (1, 3) in degrees and
    ``head_angles_valid`` (1, 3) (:mod:`bernoulli_headpose.rotation` states the
    convention; an unknown angle counts as 0 in the rotation), and ``subject``; where
    there are further values also ``head_values``, ``head_values_valid`` and
    ``head_value_names``, (1, V).

    An image that cannot be read is skipped in training, with one counted warning, and
    is an error in testing, see :class:`PictureDataset`. Inside MMPose's
    ``CombinedDataset`` that needs ``LoadImage`` in this data set's own pipeline.

    Args:
        data_root: Folder of the data set.
        margin: Share of the head box's width and height added on each side.
        region: ``'head'`` crops the box with its margin, ``'image'`` takes the whole
            image (the paper's "with background").
        max_abs_angle: Heads with a known angle beyond it, in degrees, are left out;
            one number, or one an angle with None for no limit.
        index_dir: Folder for the index, see
            :func:`bernoulli_mmpose.datasets.file_index.cache_folder`.
        bad_labels: ``'error'``: a label that is not what it should be is an error.
            ``'skip'``: it is left out, and one warning counts them by what is wrong.
        **kwargs: Arguments of MMPose's ``BaseCocoStyleDataset``, but for those that
            only a COCO file gives a sense (``UNUSED_ARGUMENTS``).

    Raises:
        FileNotFoundError: If the data root is missing or nothing is found in it.
        ValueError: If an argument or a label is not what it should be, no label is
            left, or, in testing, no angle is known.
    """

    METAINFO: dict = dict(
        dataset_name='head_pose',
        keypoint_info={0: dict(name='head_center', id=0, type='upper', swap='')},
        skeleton_info={},
        joint_weights=[1.0],
        sigmas=[0.05],
    )

    UNUSED_ARGUMENTS: tuple[str, ...] = ('bbox_file', 'data_prefix', 'ann_file')
    TESTS_ANGLES = True  # whether a test without any known angle is an error

    def __init__(
        self,
        data_root: str,
        margin: float = 0.0,
        region: str = 'head',
        max_abs_angle: float | Sequence[float | None] | None = None,
        index_dir: str | None = None,
        bad_labels: str = 'error',
        **kwargs: Any,
    ) -> None:
        if region not in ('head', 'image'):
            raise ValueError(f"region: expected 'head' or 'image', got {region!r}")
        unused = sorted(set(self.UNUSED_ARGUMENTS) & set(kwargs))
        if unused:
            raise ValueError(f'{type(self).__name__} takes no {unused}, got {kwargs}')
        self.max_abs_angle = _as_limits(max_abs_angle)
        self.margin = check_margin(margin)
        self.region = region
        self.index_dir = index_dir
        self.bad_labels = BadLabels(bad_labels)
        super().__init__(data_root=data_root, **kwargs)

    @abstractmethod
    def load_labels(self) -> HeadLabels:
        """Read the labels of the chosen part of the data set."""

    def load_data_list(self) -> list[dict]:
        """Check, filter and crop the labels; see the class for a record."""
        root = Path(self.data_root)
        if not root.is_dir():
            raise FileNotFoundError(
                f'data_root of {type(self).__name__}: expected a folder, got {root} '
                f'(from {Path.cwd()})'
            )
        labels = self.load_labels()
        labels = labels.select(self._judge_places(labels))
        self.bad_labels.close(f'{type(self).__name__} in {root}', len(labels))
        beyond = np.any(np.abs(labels.angles) > self.max_abs_angle, axis=1)
        labels = labels.select(~beyond)
        if not len(labels):
            raise ValueError(
                f'{type(self).__name__} in {root}: expected heads within '
                f'{self.max_abs_angle} degrees, got none'
            )
        if not labels.any_known():
            is_bad = self.test_mode and self.TESTS_ANGLES
            tell_no_angles(f'{type(self).__name__} in {root}', is_bad)
        return self.make_records(labels)[:: self.sample_interval]

    def make_records(self, labels: HeadLabels) -> list[dict]:
        """Records of labels that are right; see the class for one."""
        return _make_records(labels, self._crop_boxes(labels))

    def read_files(
        self,
        name: str,
        files: Sequence[Path],
        read: Reader,
        width: int,
        also: Sequence[Path] = (),
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Numbers of files, by way of the index; bad files are judged.

        Args:
            name: See :func:`.file_index.read_indexed`.
            files: N files.
            read: Gives a file's numbers.
            width: How many they are, C.
            also: See :func:`.file_index.read_indexed`.

        Returns:
            Which of the files are good, (M,), and their numbers, (M, C).
        """
        skip = self.bad_labels.skip

        def read_or_none(file: Path) -> Any:
            try:
                return read(file)
            except (OSError, ValueError):
                if not skip:
                    raise
                return [np.nan] * width

        table = read_indexed(name, files, read_or_none, self.index_dir, also, skip)
        for i in np.flatnonzero(np.isnan(table).all(axis=1)):  # told at each start
            numbers = self.bad_labels.judge(read, files[i])
            table[i] = np.nan if numbers is None else numbers
        good = np.flatnonzero(~np.isnan(table).all(axis=1))
        return good, table[good]

    def _judge_places(self, labels: HeadLabels) -> NDArray[np.bool_]:
        """Which boxes hold a pixel of their image, and centres are in it, (N,)."""
        box, size, center = labels.box, labels.image_size, labels.center
        known_size = (size > 0).all(axis=1)  # else the image is unreadable
        empty = ~(box[:, 2:] > box[:, :2]).all(axis=1)
        outside = ((box[:, 2:] <= 0) | (box[:, :2] >= size)).any(axis=1) & known_size
        astray = ((center < 0) | (center > size)).any(axis=1) & known_size
        checks = (
            (_is_absurd(box), 'a head box within a million pixels', box),
            (empty, 'a head box of positive size', box),
            (outside, 'a head box inside the image', box),
            (_is_absurd(center), 'a head centre within a million pixels', center),
            (astray, 'a head centre inside the image', center),
        )
        good = np.ones(len(labels), dtype=bool)
        for bad, what, values in checks:
            for i in np.flatnonzero(bad & good):
                place = [round(value, 2) for value in values[i].tolist()]
                got = f'{place} in {size[i, 0]:g}x{size[i, 1]:g} pixels'
                if not self.bad_labels.skip:
                    got += f' ({int((bad & good).sum())} of them)'
                self.bad_labels.report(LabelError(labels.img_path[i], what, got))
            good &= ~bad
        return good

    def _crop_boxes(self, labels: HeadLabels) -> NDArray:
        if self.region == 'image':
            return whole_image(labels.image_size)
        size = labels.box[:, 2:] - labels.box[:, :2]
        grow = np.concatenate([-size, size], axis=1) * self.margin
        return labels.box + grow


def whole_image(size: NDArray) -> NDArray:
    """Boxes (x1, y1, x2, y2) of whole images of size (N, 2); 1x1 where unknown."""
    return np.concatenate([np.zeros_like(size), np.maximum(size, 1)], axis=1)


def list_files(
    root: Path, find: Callable[[Path], list[Path]], layout: str
) -> list[Path]:
    """Files found below a root, sorted.

    Raises:
        FileNotFoundError: If there are none; it tells the layout expected.
    """
    files = sorted(find(root))
    if not files:
        raise FileNotFoundError(f'{root}: expected {layout}, found none')
    return files


def _as_limits(max_abs_angle: Any) -> NDArray[np.float64]:
    limits = np.array(max_abs_angle, dtype=np.float64)
    if limits.shape not in ((), (3,)) or (limits <= 0).any():
        raise ValueError(
            'max_abs_angle: expected None, a positive number of degrees, or three '
            f'for (pitch, yaw, roll), got {max_abs_angle}'
        )
    limits = np.broadcast_to(limits, (3,))
    return np.where(np.isnan(limits), np.inf, limits)


def _is_absurd(places: NDArray) -> NDArray[np.bool_]:
    """Which rows are beyond what single precision and any picture hold, NaN too."""
    return ~(np.abs(places) <= LARGEST_PIXEL).all(axis=1)


def tell_no_angles(source: object, is_test: bool) -> None:
    """Say that no angle of a data set is known.

    Raises:
        ValueError: If it is a test, which would have nothing to measure.
    """
    message = f'{source}: expected heads with a known pitch, yaw or roll, got none'
    if is_test:
        raise ValueError(f'{message}; a test has nothing to measure without')
    print_log(
        f'{message}; only head centres are learnt from it',
        logger='current',
        level=logging.WARNING,
    )


def _make_records(labels: HeadLabels, boxes: NDArray) -> list[dict]:
    valid = np.isfinite(labels.angles)
    known = np.where(valid, labels.angles, 0.0)
    columns = (
        boxes.astype(np.float32)[:, None],
        labels.center.astype(np.float32)[:, None, None],
        rotation.euler_to_matrix(known).astype(np.float32)[:, None],
        known.astype(np.float32)[:, None],
        valid.astype(np.float32)[:, None],
    )
    further = _further_fields(labels)
    one = np.ones((1,), dtype=np.float32)
    return [
        dict(
            img_path=labels.img_path[i],
            img_id=i,
            id=i,
            bbox=columns[0][i],
            bbox_score=one,
            keypoints=columns[1][i],
            keypoints_visible=one[None],
            head_rotation=columns[2][i],
            head_angles=columns[3][i],
            head_angles_valid=columns[4][i],
            subject=labels.subject[i],
            **{name: rows[i] for name, rows in further.items()},
        )
        for i in range(len(labels))
    ]


def _further_fields(labels: HeadLabels) -> dict[str, NDArray]:
    """``head_values``, validity and names, (N, 1, V); nothing where there are none."""
    if labels.values is None:
        return {}
    valid = np.isfinite(labels.values)
    known = np.where(valid, labels.values, 0.0)
    return dict(
        head_values=known.astype(np.float32)[:, None],
        head_values_valid=valid.astype(np.float32)[:, None],
        head_value_names=np.array([[labels.value_names]] * len(labels)),
    )
