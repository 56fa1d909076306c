"""What AFLW2000-3D and 300W-LP share: an image and a ``.mat`` file a head."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from bernoulli_headpose.files import check_file, is_system_file

from .bad_labels import LabelError
from .head_pose_dataset import HeadLabels, HeadPoseDataset, list_files
from .mat_file import read_mat_arrays
from .picture_dataset import known_size


def read_mat(path: Path) -> list[float]:
    """Pose, box and image size of one file.

    ``Pose_Para`` holds pitch, yaw, roll (radians), translation and scale; ``pt2d``
    landmarks, negative where one is not visible. The box is that of the visible
    landmarks.

    Returns:
        pitch, yaw, roll in degrees; x1, y1, x2, y2 and w, h in pixels.

    Raises:
        ValueError: If the file is no ``.mat`` file or its content is not that.
    """
    content = read_mat_arrays(path, ('Pose_Para', 'pt2d'))
    for name in ('Pose_Para', 'pt2d'):
        if name not in content:
            raise LabelError(path, f'a variable {name!r}', 'none')
    pose, points = content['Pose_Para'].ravel()[:3], content['pt2d']
    if len(pose) < 3 or not np.isfinite(pose).all():
        what = 'Pose_Para = [pitch, yaw, roll, ...] in radians'
        raise LabelError(path, what, pose)
    if np.abs(pose).max() > 2 * math.pi:
        got = f'{pose}, which look like degrees'
        raise LabelError(path, 'Pose_Para in radians', got)
    visible = points[:, (points > 0).all(axis=0)] if points.ndim == 2 else points
    if visible.ndim != 2 or len(visible) != 2 or visible.shape[1] < 2:
        what = 'pt2d of shape (2, n) with two visible points or more'
        raise LabelError(path, what, f'shape {points.shape}')
    size = known_size(path.with_suffix('.jpg'))
    return [*np.rad2deg(pose), *visible.min(axis=1), *visible.max(axis=1), *size]


class MatHeadPoseDataset(HeadPoseDataset):
    """Base of AFLW2000-3D and 300W-LP.

    The head centre is that of the visible landmarks' box, the centre of FSA-Net's
    crop. The defaults are FSA-Net's as well: a margin of 0.6 on each side, and no
    angle beyond 99 degrees, which of AFLW2000's 2,000 images leaves 1,969.

    Args:
        data_root: Folder of the data set.
        margin: See :class:`HeadPoseDataset`.
        max_abs_angle: See :class:`HeadPoseDataset`.
        **kwargs: Arguments of :class:`HeadPoseDataset`.
    """

    LAYOUT = 'NAME.jpg and NAME.mat'

    def __init__(
        self,
        data_root: str,
        margin: float = 0.6,
        max_abs_angle: Any = 99.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            data_root, margin=margin, max_abs_angle=max_abs_angle, **kwargs
        )

    def find_files(self, root: Path) -> list[Path]:
        """The ``.mat`` files below the root."""
        return [file for file in root.glob('*.mat') if not is_system_file(file)]

    def load_labels(self) -> HeadLabels:
        """Read all ``.mat`` files, through the index."""
        files = list_files(Path(self.data_root), self.find_files, self.LAYOUT)
        name = str(self.METAINFO['dataset_name'])
        images = [file.with_suffix('.jpg') for file in files]
        good, table = self.read_files(name, files, _read_head, 9, also=images)
        return HeadLabels(
            img_path=[str(images[i]) for i in good],
            angles=table[:, :3],
            box=table[:, 3:7],
            center=(table[:, 3:5] + table[:, 5:7]) / 2,
            image_size=table[:, 7:9],
            subject=[''] * len(good),
        )


def _read_head(path: Path) -> list[float]:
    """:func:`read_mat` of a file whose image is there."""
    check_file(path.with_suffix('.jpg'))
    return read_mat(path)
