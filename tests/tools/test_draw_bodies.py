"""tools/draw_bodies.py: labels and predictions over photographs, or on white."""

import json
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmpose.apis import init_model

from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config

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


def test_pictures_of_one_name_do_not_replace_each_other(
    main, arguments, body_root, tmp_path
):
    file = body_root / 'annotations/coco_wholebody_val_v1.0_head_pose.json'
    content = json.loads(file.read_text())
    for folder, image in zip('ab', content['images'], strict=True):
        place = body_root / 'val2017' / folder
        place.mkdir()
        (body_root / 'val2017' / image['file_name']).rename(place / 'sheet.png')
        image['file_name'] = f'{folder}/sheet.png'
    file.write_text(json.dumps(content))
    main(arguments)
    drawn = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert drawn == ['sheet.png', 'sheet_2.png', 'sheet_3.png']


def test_people_of_a_detector_have_no_labels(main, arguments, tmp_path):
    boxes = tmp_path / 'boxes.json'
    box = dict(image_id=1, category_id=1, bbox=[20, 15, 100, 200], score=0.9)
    boxes.write_text(json.dumps([box]))
    config = tmp_path / 'detected.py'
    config.write_text(
        f'_base_ = {CONFIG!r}\n'
        f'test_dataloader = dict(dataset=dict(bbox_file={str(boxes)!r}))\n'
    )
    main([str(config), *arguments[1:]])
    assert (tmp_path / 'out' / '000000000001.jpg').is_file()


def test_bodies_of_a_mixed_set(main, arguments, body_root, tmp_path):
    for name in ('pointing04', 'genki4k'):
        folder = body_root.parent / name
        folder.mkdir()
        cv2.imwrite(str(folder / 'face.png'), np.zeros((90, 90, 3), np.uint8))
        rows = 'image,pitch,yaw,roll,subject,split\nface.png,10,20,30,a,test\n'
        (folder / 'annotations.csv').write_text(rows)
    config = CONFIG.replace('coco-head_', 'coco-head-mix_')
    main([config, *arguments[1:]])
    drawn = sorted(path.name for path in (tmp_path / 'out').iterdir())
    assert drawn == ['000000000001.jpg', '000000000002.jpg', 'sheet.png']


def test_models_of_heads_alone_are_refused(main):
    with pytest.raises(ValueError, match='expected a model of bodies and heads'):
        main([str(shipped_config()), str(shipped_checkpoint())])


def test_no_image_is_asked_for(main, arguments, capsys):
    with pytest.raises(SystemExit):
        main([*arguments, '--images', '0'])
    assert '--images: expected 1 or more, got 0' in capsys.readouterr().err


def test_missing_photograph_is_named(main, arguments, body_root):
    (body_root / 'val2017' / '000000000002.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='000000000002.jpg: expected an image'):
        main(arguments)


def test_no_photograph_is_written_over(main, arguments, body_root, tmp_path):
    photo = body_root / 'val2017' / '000000000002.jpg'
    before = photo.read_bytes()
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / '000000000001.jpg').hardlink_to(photo)
    with pytest.raises(ValueError, match='000000000001.jpg would overwrite an input'):
        main([*arguments, '--images', '1'])
    assert photo.read_bytes() == before
