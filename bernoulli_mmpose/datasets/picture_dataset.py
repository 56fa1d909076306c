"""What all data sets with heads share: their pictures, and what is kept of a record."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmpose.datasets import BaseCocoStyleDataset
from mmpose.datasets.transforms import LoadImage
from numpy.typing import NDArray
from torch.utils.data import get_worker_info

from bernoulli_headpose.drawing.canvas import MAX_SIDE
from bernoulli_headpose.files import list_images, read_image, read_size

from ..codecs import HEAD_INSTANCE_MAPPING

LAYOUTS = 'docs/datasets.md shows the folders of each data set'


class PictureDataset(BaseCocoStyleDataset):
    """Reads the pictures of records, so that one that cannot be read stops nothing.

    Where the pipeline has MMPose's ``LoadImage``, a record without a picture comes to
    it with one, of :func:`bernoulli_headpose.files.read_image`. One that cannot be
    read, or has a side that is too long to be warped, is skipped in training, with one
    counted warning, and is an error in testing; also where the pipeline has another
    loader. It comes before the data set's own class among the bases.

    Args:
        *args: Of the data set, see ``BaseCocoStyleDataset``.
        **kwargs: Of the data set.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A count for each of the loader's workers, in memory that they share.
        self._unreadable = torch.zeros(256, dtype=torch.int64).share_memory_()
        super().__init__(*args, **kwargs)

    def full_init(self) -> None:
        """Read the labels.

        Raises:
            FileNotFoundError: If a file or folder is missing; it names the page that
                shows what belongs where.
        """
        try:
            super().full_init()
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{error}; {LAYOUTS}') from None

    def get_data_info(self, idx: int) -> dict:
        """A record, with what ``PackPoseInputs`` is to keep of it."""
        info = super().get_data_info(idx)
        info['instance_mapping_table'] = HEAD_INSTANCE_MAPPING
        return info

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline; None for an unreadable picture in training.

        Raises:
            OSError: If the picture cannot be read and this is a test.
        """
        info = self.get_data_info(idx)
        loads = any(_loads_picture(step) for step in self.pipeline.transforms)
        if loads and 'img' not in info:
            try:
                info['img'] = _read_warpable(info['img_path'])
            except (OSError, ValueError) as error:
                return self._tell_unreadable(error)
        info['dataset'] = self  # as the parent does, for transforms that mix pictures
        path, is_read = info['img_path'], 'img' in info
        try:
            return self.pipeline(info)
        except Exception:
            if is_read:
                raise
            try:  # is it the picture?
                _read_warpable(path)
            except (OSError, ValueError) as error:
                return self._tell_unreadable(error)
            raise

    def _tell_unreadable(self, error: Exception) -> None:
        if self.test_mode:
            raise OSError(str(error)) from error
        self._count_unreadable(str(error))

    def _count_unreadable(self, message: str) -> None:
        worker = get_worker_info()
        self._unreadable[0 if worker is None else worker.id % 256] += 1
        count = int(self._unreadable.sum())
        if str(count).strip('0') == '1':  # 1, 10, 100 ...: one warning, counted on
            print_log(
                f'{message}; another sample takes its place. Unreadable images met '
                f'so far: {count}',
                logger='current',
                level=logging.WARNING,
            )


def list_pictures(folder: Path) -> list[Path]:
    """All pictures below a folder, sorted.

    Raises:
        FileNotFoundError: If there are none.
    """
    found = list_images(folder, below=True)
    if not found:
        raise FileNotFoundError(f'expected pictures in {folder}, got none')
    return found


def known_size(path: Path) -> tuple[int, int]:
    """(w, h) of a picture; (0, 0) if it is unreadable.

    That is no reason not to start: it is met, and counted, later.
    """
    try:
        return read_size(path)
    except (OSError, ValueError):
        return 0, 0


def _loads_picture(step: Any) -> bool:
    """Whether a transform reads the picture of a record, in colour, from a file."""
    is_plain = isinstance(step, LoadImage) and not step.backend_args
    return is_plain and step.color_type == 'color'


def _read_warpable(path: str) -> NDArray[np.uint8]:
    image = read_image(path)
    if max(image.shape) > MAX_SIDE:
        raise ValueError(
            f'{path}: expected an image with sides of at most {MAX_SIDE} pixels, got '
            f'{image.shape[1]}x{image.shape[0]}'
        )
    return image
