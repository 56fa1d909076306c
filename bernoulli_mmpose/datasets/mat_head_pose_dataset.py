"""What AFLW2000-3D and 300W-LP share: an image and a ``.mat`` file a head."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat

from .file_index import read_indexed
from .head_pose_dataset import HeadLabels, HeadPoseDataset, list_files
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
    try:
        content = loadmat(path, variable_names=['Pose_Para', 'pt2d'])
    except Exception as error:
        raise ValueError(f'{path}: expected a MATLAB file, got: {error}') from error
    for name in ('Pose_Para', 'pt2d'):
        if name not in content:
            raise ValueError(f'{path}: expected a variable {name!r}, found none')
    pose = np.asarray(content['Pose_Para'], dtype=np.float64).ravel()
    if len(pose) < 3 or not np.isfinite(pose[:3]).all():
        raise ValueError(
            f'{path}: expected Pose_Para = [pitch, yaw, roll, ...] in radians, '
            f'got {pose}'
        )
    if np.abs(pose[:3]).max() > 2 * math.pi:
        raise ValueError(
            f'{path}: expected Pose_Para in radians, got {pose[:3]}, which look like '
            'degrees'
        )
    points = np.asarray(content['pt2d'], dtype=np.float64)
    visible = points[:, (points > 0).all(axis=0)] if points.ndim == 2 else points
    if visible.ndim != 2 or len(visible) != 2 or visible.shape[1] < 2:
        raise ValueError(
            f'{path}: expected pt2d of shape (2, n) with two visible points or more, '
            f'got shape {points.shape}'
        )
    size = known_size(path.with_suffix('.jpg'))
    return [*np.rad2deg(pose[:3]), *visible.min(axis=1), *visible.max(axis=1), *size]


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
        return list(root.glob('*.mat'))

    def load_labels(self) -> HeadLabels:
        """Read all ``.mat`` files, through the index."""
        files = list_files(Path(self.data_root), self.find_files, self.LAYOUT)
        name = str(self.METAINFO['dataset_name'])
        images = [file.with_suffix('.jpg') for file in files]
        table = read_indexed(name, files, read_mat, self.index_dir, also=images)
        return HeadLabels(
            img_path=[str(image) for image in images],
            angles=table[:, :3],
            box=table[:, 3:7],
            center=(table[:, 3:5] + table[:, 5:7]) / 2,
            image_size=table[:, 7:9],
            subject=[''] * len(files),
        )
