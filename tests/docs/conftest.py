"""The folder of a reader: pictures, a film, and a table of heads."""

import csv
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from pages import DOCS, ROOT
from skimage.data import astronaut

from bernoulli_headpose import HeadPose

# What a reader in a clone has beside.
OF_CLONE = ('bernoulli_mmpose', 'configs', 'docs', 'tools')
TABLE_ROWS = 10


def write_film(path: Path, image: np.ndarray) -> None:
    """A second in which the picture moves to the right."""
    size = image.shape[1::-1]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'mp4v'), 25, size)
    for shift in range(25):
        move = np.array([[1.0, 0, shift], [0, 1, 0]])
        writer.write(cv2.warpAffine(image, move, size, borderMode=cv2.BORDER_REPLICATE))
    writer.release()


def write_table(path: Path, image: np.ndarray, estimate: HeadPose) -> None:
    """A table of the head, turned a little in each picture; the first rows train."""
    center = image.shape[1] / 2, image.shape[0] / 2
    rows = []
    for number in range(TABLE_ROWS):
        turn = cv2.getRotationMatrix2D(center, 4 * number - 18, 1)
        turned = cv2.warpAffine(image, turn, image.shape[1::-1])
        name = f'heads/{number}.jpg'
        cv2.imwrite(str(path.parent / name), turned)
        (head,) = estimate(turned)
        x1, y1, x2, y2 = (round(value, 1) for value in head.box)
        angles = [round(value, 1) for value in (head.pitch, head.yaw, head.roll)]
        split = 'train' if number < TABLE_ROWS - 3 else 'test'
        rows.append([name, x1, y1, x2 - x1, y2 - y1, *angles, split])
    with path.open('w', newline='') as file:
        names = ('image', 'x', 'y', 'w', 'h', 'pitch', 'yaw', 'roll', 'split')
        csv.writer(file).writerows([names, *rows])


def cut_face(image: np.ndarray, box: tuple[float, ...]) -> np.ndarray:
    """The face with the margin of the models' training, 0.4 of it on each side."""
    x1, y1, x2, y2 = box
    x, y = 0.4 * (x2 - x1), 0.4 * (y2 - y1)
    top, left = max(int(y1 - y), 0), max(int(x1 - x), 0)
    return image[top : int(y2 + y), left : int(x2 + x)]


@pytest.fixture(scope='session')
def pictures(tmp_path_factory) -> Path:
    """What the pages name: photo.jpg, group.jpg, face.jpg, film.mp4 and so on."""
    folder = tmp_path_factory.mktemp('pictures')
    image = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    estimate = HeadPose()
    (head,) = estimate(image)
    for name in ('holiday', 'heads'):
        (folder / name).mkdir()
    found = {
        'photo.jpg': image,
        'holiday/beach.jpg': image[:, ::-1],
        'holiday/hills.jpg': cv2.resize(image, None, fx=0.8, fy=0.8),
        'face.jpg': cut_face(image, head.box),
    }
    for name, pixels in found.items():
        cv2.imwrite(str(folder / name), pixels)
    shutil.copy(DOCS / 'many_heads.jpg', folder / 'group.jpg')
    write_film(folder / 'film.mp4', image)
    write_table(folder / 'table.csv', image, estimate)
    return folder


@pytest.fixture
def reader_folder(pictures, tmp_path, monkeypatch) -> Path:
    """The folder in which the code of one page runs."""
    folder = tmp_path / 'reader'
    shutil.copytree(pictures, folder)
    for name in OF_CLONE:
        (folder / name).symlink_to(ROOT / name)
    monkeypatch.chdir(folder)
    return folder
