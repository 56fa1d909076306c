"""tools/landmark_baseline.py: failures and figures printed, results written."""

import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bernoulli_mmpose.evaluation.results import PREDICTED, read_results

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs' / 'bernoulli_hrnet-small_genki4k.py'


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(ROOT / 'tools' / 'landmark_baseline.py'))['main']


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Two blank test images, where the config looks for GENKI-4K."""
    folder = tmp_path / 'data' / 'genki4k'
    folder.mkdir(parents=True)
    rows = ['image,x,y,w,h,pitch,yaw,roll,subject,split']
    for index in range(2):
        blank = np.full((90, 120, 3), 99, np.uint8)
        cv2.imwrite(str(folder / f'{index}.png'), blank)
        rows.append(f'{index}.png,30,20,50,50,5,{10 * index},,,test')
    (folder / 'annotations.csv').write_text('\n'.join(rows) + '\n')
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(folder.parent))


@pytest.mark.usefixtures('data')
def test_nothing_is_found_in_blank_images(main, tmp_path, capsys):
    pytest.importorskip('dlib')
    out = tmp_path / 'landmarks.csv'
    main([str(CONFIG), str(out), '--detect', '--guess', '5', '4', '0'])
    printed = capsys.readouterr().out
    assert '0 of 2 heads have a pose, 2 count with a guess' in printed
    assert '2 without: no landmarks found' in printed
    # Yaws are 0 and 10, the guess is 4.
    assert '2 all heads: MAE in degrees, pitch 0.00, yaw 5.00' in printed
    assert 'heads with a pose:' not in printed
    np.testing.assert_allclose(read_results(out)[PREDICTED], [[5, 4, 0]] * 2)


@pytest.mark.usefixtures('data', 'mediapipe_mesh')
def test_heads_by_the_face_mesh_and_those_without(main, tmp_path, capsys):
    light = np.full((90, 120, 3), 200, np.uint8)
    cv2.imwrite(str(tmp_path / 'data' / 'genki4k' / '0.png'), light)
    config = tmp_path / 'with_headless.py'
    config.write_text(f"""
_base_ = {str(CONFIG)!r}
parts = [_base_.test_dataloader.dataset, dict(type='HeadlessDataset', drawn=3)]
test_dataloader = dict(
    dataset=dict(_delete_=True, type='CombinedHeadPoseDataset', datasets=parts))
""")
    out = tmp_path / 'mesh.csv'
    words = ['--finder', 'mediapipe', '--python', sys.executable]
    main([str(config), str(out), *words])
    printed = capsys.readouterr().out
    assert '1 of 2 heads have a pose, 1 count with a guess' in printed
    # Labels are (5, 0) and (5, 10); the face is (10, 20).
    for figures in (
        'head_pose, 2 all heads: MAE in degrees, pitch 5.00, yaw 15.00',
        'head_pose, 1 heads with a pose: MAE in degrees, pitch 5.00, yaw 20.00',
        'pitch less its mean offset of +0.00 5.00',
        'pitch less its mean offset of +5.00 0.00',
    ):
        assert figures in printed
    results = read_results(out)
    np.testing.assert_allclose(results[PREDICTED], [[10, 20, -5], [0] * 3], atol=1e-4)
    assert results['score'].tolist() == [1, 0]


def test_other_data_sets_are_refused(main, body_root, tmp_path, monkeypatch):
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(body_root.parent))
    config = ROOT / 'configs' / 'bernoulli_hrnet-small_coco-head_256x192.py'
    with pytest.raises(ValueError, match='expected data sets of head poses, got Coco'):
        main([str(config), str(tmp_path / 'a.csv')])


@pytest.mark.usefixtures('data')
def test_the_labels_are_not_written_over(main, tmp_path):
    labels = tmp_path / 'data' / 'genki4k' / 'annotations.csv'
    before = labels.read_bytes()
    link = tmp_path / 'out.csv'
    link.symlink_to(labels)
    for out in (labels, link):
        with pytest.raises(ValueError, match='would overwrite an input'):
            main([str(CONFIG), str(out)])
    assert labels.read_bytes() == before


def test_a_config_without_a_test_set_is_refused(main, tmp_path):
    config = tmp_path / 'empty.py'
    config.write_text('test_dataloader = None\n')
    with pytest.raises(ValueError, match=r'empty\.py: expected a test_dataloader'):
        main([str(config), str(tmp_path / 'out.csv')])


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['landmarks.txt'], 'expected a .csv file, got landmarks.txt'),
        (['a.csv', '--detect', '--finder', 'mediapipe'], 'with dlib, got mediapipe'),
    ],
)
def test_bad_words_are_refused(main, capsys, words, message):
    with pytest.raises(SystemExit):
        main([str(CONFIG), *words])
    assert message in capsys.readouterr().err
