"""A small model with seeded random weights, and images to run it on."""

import cv2
import numpy as np
import pytest
import torch
from mmpose.apis import init_model

import bernoulli_mmpose  # noqa: F401  (before mmpose)

pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')


@pytest.fixture(scope='session')
def config(project_root):
    return project_root / 'configs' / 'bernoulli_hrnet-small_pointing04_genki4k.py'


def random_model(config, **options):
    """The config's network whose maps are as large as a trained one's."""
    torch.manual_seed(0)
    model = init_model(str(config), device='cpu', cfg_options=options or None)
    torch.nn.init.normal_(model.head.final_layer.weight, std=1.0)
    keypoints = model.head.num_keypoints
    model.dataset_meta = dict(flip_indices=list(range(keypoints)))
    return model


@pytest.fixture
def build_model(config):
    return lambda **options: random_model(config, **options)


@pytest.fixture(scope='session')
def checkpoint(config, tmp_path_factory):
    model = random_model(config)
    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    meta = dict(dataset_meta=model.dataset_meta)
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return path


def soft_images(number, size, seed=0):
    """Blurred noise, uint8 BGR of shape (H, W, 3), for a size (w, h)."""
    rng = np.random.default_rng(seed)
    for _ in range(number):
        small = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        yield cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope='session')
def image_folder(tmp_path_factory):
    """Twelve images of 100x80 pixels, and a table of boxes in them."""
    folder = tmp_path_factory.mktemp('images')
    lines = ['image,x,y,w,h,pitch,yaw,roll,subject,split']
    for index, image in enumerate(soft_images(12, (100, 80))):
        cv2.imwrite(str(folder / f'{index:02}.png'), image)
        split = 'train' if index < 8 else 'test'
        lines.append(f'{index:02}.png,{20 + index},25,40,30,{index},-20,30,,{split}')
    (folder / 'heads.csv').write_text('\n'.join(lines) + '\n')
    return folder


@pytest.fixture(scope='session')
def normalized():
    """Twelve normalised crops, (12, 3, 64, 64)."""
    images = np.stack(list(soft_images(12, (64, 64), seed=1))).astype(np.float32)
    return ((images - 118) / 58).transpose(0, 3, 1, 2).copy()
