"""Files of BIWI and of 300W-LP and AFLW2000, as tests need them."""

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

from bernoulli_headpose import rotation


def write_pose(path: Path, angles, center=(50.0, 60.0, 1000.0)) -> None:
    pose = rotation.matrix_to_biwi_pose(rotation.euler_to_matrix(angles))
    rows = [' '.join(f'{value:.9f}' for value in row) for row in pose]
    path.write_text('\n'.join([*rows, '', ' '.join(map(str, center))]) + '\n')


def write_head(folder: Path, name: str, degrees, points=None, **changes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / f'{name}.jpg'), np.full((450, 450, 3), 99, np.uint8))
    if points is None:
        points = np.array([[100.0, 300.0, -1.0], [150.0, 250.0, -1.0]])
    content = dict(
        Pose_Para=np.array([[*np.deg2rad(degrees), 1.0, 2.0, 3.0, 1e-3]]), pt2d=points
    )
    content.update(changes)
    savemat(folder / f'{name}.mat', {k: v for k, v in content.items() if v is not None})
