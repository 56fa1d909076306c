"""Fixtures shared by all tests."""

import gc
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from baselines.mediapipe_landmarks import IBUG
from mmengine.registry import init_default_scope
from rendering.sequence import build_scene

import bernoulli_mmpose  # noqa: F401  (registers the components; before mmpose)
from bernoulli_headpose.rotation import IMAGE_TO_CAMERA, euler_to_matrix
from bernoulli_mmpose.landmarks.mean_face import MEAN_FACE

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_finish() -> None:
    """MMEngine collects garbage for each data set: not what was imported, too."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _seeded() -> None:
    np.random.seed(0)  # noqa: NPY002  (MMPose's transforms draw from it)
    torch.manual_seed(0)
    init_default_scope('mmpose')


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch) -> None:
    """Keep the data set indices of tests out of the user's cache."""
    monkeypatch.setenv('BERNOULLI_CACHE_DIR', str(tmp_path_factory.mktemp('cache')))


@pytest.fixture(scope='session')
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of the real data sets; tests that need it skip without it."""
    folder = Path(
        os.environ.get('BERNOULLI_DATA_ROOT', ROOT.parent / 'shared' / 'data')
    )
    if not folder.is_dir():
        pytest.skip(f'real data not found in {folder} (set BERNOULLI_DATA_ROOT)')
    return folder


@pytest.fixture(scope='session')
def rendered_head() -> np.ndarray:
    """A crop of a head in which the shipped model finds one, (128, 128, 3) BGR."""
    scene = build_scene(8, n_frames=1, size=(320, 240))
    frame, camera = scene.frame(0), scene.calibration
    place = camera.intrinsics @ (camera.rotation @ frame.centre + camera.translation)
    (x, y), half = place[:2] / place[2], 140 * camera.intrinsics[0, 0] / place[2]
    scale = 64 / half
    crop = np.array([[scale, 0, 64 - x * scale], [0, scale, 64 - y * scale]])
    return cv2.warpAffine(frame.image, crop, (128, 128))


# A face, always the same, in pictures that are light and have no red of 255.
MEDIAPIPE = """
from pathlib import Path
from types import SimpleNamespace
import numpy as np

class FaceMesh:
    def __init__(self, static_image_mode):
        print('these words are no answer')

    def process(self, rgb):
        red = rgb[rgb.shape[0] // 2, rgb.shape[1] // 2, 0]
        if red == 255:
            raise RuntimeError('a red light')
        points = np.load(Path(__file__).with_name('mesh.npy'))
        face = [SimpleNamespace(x=x, y=y, z=z) for x, y, z in points]
        faces = [SimpleNamespace(landmark=face)] if red > 99 else None
        return SimpleNamespace(multi_face_landmarks=faces)
"""


@pytest.fixture
def mediapipe_mesh(tmp_path, monkeypatch) -> np.ndarray:
    """A stand-in for MediaPipe where a new Python looks; the mesh that it finds.

    Shares of the picture's side, (468, 3), of a face with pitch 10, yaw 20, roll -5.
    """
    solutions = tmp_path / 'packages' / 'mediapipe' / 'python' / 'solutions'
    solutions.mkdir(parents=True)
    for folder in (solutions, *list(solutions.parents)[:2]):
        (folder / '__init__.py').touch()
    (solutions / 'face_mesh.py').write_text(MEDIAPIPE)
    for name in (
        'face_detection/face_detection_short_range',
        'face_landmark/face_landmark',
    ):
        path = solutions.parents[1] / 'modules' / f'{name}.tflite'
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(600_000))
    mesh = np.zeros((468, 3))
    turned = MEAN_FACE @ euler_to_matrix([10, 20, -5]).T * IMAGE_TO_CAMERA
    mesh[IBUG] = turned / 300 + [0.5, 0.5, 0]
    np.save(solutions / 'mesh.npy', mesh)
    monkeypatch.setenv('PYTHONPATH', str(tmp_path / 'packages'))
    return mesh


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 100 kB; who may not mount one skips the test."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip('no file system may be mounted here')
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=False)


@pytest.fixture
def free_port() -> int:
    """A port of this machine that is free now, for two talking processes."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def person(number: int, rng: np.random.Generator, **fields) -> dict:
    """A COCO-WholeBody annotation, all of its keypoints seen, in image 1 or 2."""
    x, y = 20 + 150 * (number % 2), 15
    parts = dict(
        keypoints=17, foot_kpts=6, face_kpts=68, lefthand_kpts=21, righthand_kpts=21
    )
    points = {}
    for name, count in parts.items():
        rows = np.full((count, 3), 2.0)
        rows[:, :2] = rng.uniform((x, y), (x + 100, y + 200), (count, 2)).round(1)
        points[name] = rows.ravel().tolist()
    valid = {f'{k}_valid': True for k in ('foot', 'face', 'lefthand', 'righthand')}
    box = dict(bbox=[x, y, 100, 200], area=9000.0, segmentation=[])
    ids = dict(id=number, image_id=1 + number // 2, category_id=1, iscrowd=0)
    return {**ids, **box, **points, **valid, 'num_keypoints': 17, **fields}


@pytest.fixture
def body_root(tmp_path) -> Path:
    """COCO-WholeBody with heads, in COCO's layout: two images and four people.

    Person 0 has a head with angles, 1 a head without, 2 neither, and 3 no labelled
    keypoint at all.
    """
    root = tmp_path / 'data' / 'coco'
    rng = np.random.default_rng(0)
    people = [
        person(0, rng, head_center=[70.5, 40.25], head_angles=[10.0, -20.0, 30.0]),
        person(1, rng, head_center=[220.0, 41.0], head_bbox=[205.0, 25.0, 30.0, 32.0]),
        person(2, rng),
        person(3, rng, num_keypoints=0),
    ]
    for name, value in people[3].items():
        if name == 'keypoints' or name.endswith('_kpts'):
            people[3][name] = [0] * len(value)
    images = [
        dict(id=i, file_name=f'{i:012d}.jpg', width=320, height=240) for i in (1, 2)
    ]
    categories = [dict(id=1, name='person')]
    content = dict(images=images, annotations=people, categories=categories)
    (root / 'annotations').mkdir(parents=True)
    for split in ('train', 'val'):
        file = root / 'annotations' / f'coco_wholebody_{split}_v1.0_head_pose.json'
        file.write_text(json.dumps(content))
        (root / f'{split}2017').mkdir()
        for image in images:
            pixels = rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)
            cv2.imwrite(str(root / f'{split}2017' / image['file_name']), pixels)
    return root
