"""tools/draw_bodies.py: labels and predictions over photographs, or on white."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmpose.apis import init_model

ROOT = Path(__file__).parents[2]
CONFIG = str(ROOT / 'configs/bernoulli_hrnet-small_coco-head_256x192.py')


@pytest.fixture
def arguments(body_root, tmp_path, monkeypatch):
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(body_root.parent))
    path = tmp_path / 'untrained.pth'
    model = init_model(CONFIG, device='cpu')
    meta = dict(dataset_meta=model.dataset_meta)
    torch.save(dict(state_dict=model.state_dict(), meta=meta), path)
    return [CONFIG, str(path), '--out', str(tmp_path / 'out')]


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(ROOT / 'tools' / 'draw_bodies.py'))['main']


def test_one_picture_an_image_and_a_sheet(main, arguments, body_root, tmp_path):
    main(arguments)
    drawn = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert drawn == ['000000000001.jpg', '000000000002.jpg', 'sheet.png']
    photo = cv2.imread(str(body_root / 'val2017' / '000000000001.jpg'))
    picture = cv2.imread(str(tmp_path / 'out' / '000000000001.jpg'))
    assert picture.shape == photo.shape
    # Away from the two people the photograph shows, but for what JPEG changes.
    corner = np.abs(picture[:12, -12:].astype(int) - photo[:12, -12:])
    assert corner.mean() < 20


def test_blank_pictures_hold_nothing_of_the_photograph(main, arguments, tmp_path):
    main([*arguments, '--blank', '--images', '1'])
    picture = cv2.imread(str(tmp_path / 'out' / '000000000001.jpg'))
    assert (picture.min(axis=2) > 240).mean() > 0.5
    assert (picture.min(axis=2) < 200).any()


def test_missing_photograph_is_named(main, arguments, body_root):
    (body_root / 'val2017' / '000000000002.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='000000000002.jpg: no readable image'):
        main(arguments)
