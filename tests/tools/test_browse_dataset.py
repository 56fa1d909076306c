"""tools/browse_dataset.py: pictures of a config's samples."""

import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs' / 'bernoulli_hrnet-small_genki4k.py'


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(ROOT / 'tools' / 'browse_dataset.py'))['main']


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Five images with labels, where the config looks for GENKI-4K."""
    folder = tmp_path / 'data' / 'genki4k'
    folder.mkdir(parents=True)
    rows = ['image,x,y,w,h,pitch,yaw,roll,subject,split']
    rng = np.random.default_rng(0)
    for index in range(5):
        pixels = rng.integers(0, 255, (90, 120, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{index}.png'), pixels)
        split = 'train' if index < 4 else 'test'
        rows.append(f'{index}.png,30,20,50,50,5,{10 * index},,s{index},{split}')
    (folder / 'annotations.csv').write_text('\n'.join(rows) + '\n')
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(folder.parent))
    return folder


def test_training_samples_with_their_maps(main, data, tmp_path):
    out = tmp_path / 'out'
    main([str(CONFIG), '--out', str(out), '--number', '3'])
    sheet = cv2.imread(str(out / 'train_sheet.png'))
    assert sheet.shape == (3 * 240 + 2 * 4, 6 * 240 + 5 * 4, 3)
    assert len(list(out.glob('train_0000*.png'))) == 3
    assert len(list(data.iterdir())) == 6  # nothing is written beside the data


def test_the_same_seed_gives_the_same_pictures(main, data, tmp_path):  # noqa: ARG001
    sheets = []
    for name in ('first', 'second'):
        main([str(CONFIG), '--out', str(tmp_path / name), '--number', '4'])
        sheets.append((tmp_path / name / 'train_sheet.png').read_bytes())
    assert sheets[0] == sheets[1]


def test_test_samples_and_options(main, data, tmp_path, capsys):  # noqa: ARG001
    out = tmp_path / 'out'
    options = ['--cfg-options', 'test_dataloader.dataset.split=train']
    main([str(CONFIG), '--out', str(out), '--split', 'test'])
    assert '1 of 1 test samples' in capsys.readouterr().out
    main([str(CONFIG), '--out', str(out), '--split', 'test', *options])
    assert '4 of 4 test samples' in capsys.readouterr().out
    assert cv2.imread(str(out / 'test_000003.png')).shape == (240, 484, 3)


def test_number_below_one_is_refused(main, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(CONFIG), '--out', str(tmp_path), '--number', '0'])
    assert '--number: expected 1 or more, got 0' in capsys.readouterr().err


def test_bad_labels_are_left_out_and_counted(main, data, tmp_path, capsys):
    table = data / 'annotations.csv'
    table.write_text(table.read_text() + '3.png,900,20,50,50,5,0,,s9,train\n')
    main([str(CONFIG), '--out', str(tmp_path / 'out')])
    assert '4 of 4 train samples' in capsys.readouterr().out
    strict = ['--cfg-options', 'train_dataloader.dataset.bad_labels=error']
    with pytest.raises(ValueError, match='expected a head box inside the image'):
        main([str(CONFIG), '--out', str(tmp_path / 'out'), *strict])


@pytest.mark.parametrize('target', ['3.png', 'annotations.csv'])
def test_no_data_is_written_over(main, data, tmp_path, target):
    before = (data / target).read_bytes()
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'train_000002.png').hardlink_to(data / target)
    with pytest.raises(ValueError, match='train_000002.png would overwrite an input'):
        main([str(CONFIG), '--out', str(tmp_path / 'out'), '--number', '4'])
    assert (data / target).read_bytes() == before
