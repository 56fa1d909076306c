"""A small collection: pictures with a head and without, a broken file, a video."""

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip('pyarrow', reason="the extra 'batch' is not installed")


@pytest.fixture(scope='session')
def photo(rendered_head) -> np.ndarray:
    image = np.full((240, 320, 3), 90, np.uint8)
    image[60:188, 100:228] = rendered_head
    return image


@pytest.fixture
def collection(photo, tmp_path) -> Path:
    """Pictures 0 to 3 below a folder (2 is broken, 3 empty), and a film of 4 frames."""
    folder = tmp_path / 'collection'
    (folder / 'below').mkdir(parents=True)
    for i in range(2):
        cv2.imwrite(str(folder / f'{i}.png'), np.roll(photo, 9 * i, axis=1))
    (folder / '2.jpg').write_bytes(b'no picture')
    cv2.imwrite(str(folder / 'below' / '3.png'), np.zeros_like(photo))
    write_film(folder / 'below' / 'film.avi', photo)
    return folder


def write_film(path: Path, photo: np.ndarray, n_frames: int = 4) -> None:
    size = photo.shape[1], photo.shape[0]
    film = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 20, size)
    for shift in range(n_frames):
        film.write(np.roll(photo, shift, axis=1))
    film.release()
