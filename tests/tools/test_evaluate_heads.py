"""tools/evaluate_heads.py: tables of heads that are found, on a few pictures."""

import runpy
from pathlib import Path

import cv2
import pytest
import torch
from benchmarks import whole_pictures
from mmpose.apis import init_model
from seen_discs import draw_discs, see_discs

TOOL = Path(__file__).parents[2] / 'tools' / 'evaluate_heads.py'
MODEL = Path(__file__).parents[2] / 'configs' / 'rotation_hrnet-small_heads.py'
DISCS = [(60, 60, 40), (160, 80, 14)]
CONFIG = """\
_base_ = {base!r}
test_dataloader = dict(dataset=dict(
    _delete_=True, type='TableHeadsDataset', data_root={root!r}, ann_file='heads.csv',
    test_mode=True, pipeline=_base_.val_pipeline))
"""


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(TOOL))['main']


@pytest.fixture
def command(tmp_path, monkeypatch) -> list[str]:
    """Arguments for a model that sees discs, and pictures of two of these."""
    rows = ['image,x,y,w,h,pitch,yaw,roll']
    for number in range(3):
        name = f'{number}.png'
        cv2.imwrite(str(tmp_path / name), draw_discs((240, 160), DISCS))
        rows += [
            f'{name},{x - d / 2},{y - d / 2},{d},{d},10,-20,30' for x, y, d in DISCS
        ]
    rows.append('0.png,200,20,30,30,,,')  # which is never found
    (tmp_path / 'heads.csv').write_text('\n'.join(rows))
    config, weights = tmp_path / 'config.py', tmp_path / 'untrained.pth'
    config.write_text(CONFIG.format(base=str(MODEL), root=str(tmp_path)))
    network = init_model(str(config), device='cpu')
    torch.save({'state_dict': network.state_dict()}, weights)
    load = whole_pictures.load_model

    def load_seeing(model, *args, **kwargs):
        network = load(model, *args, **kwargs)
        if model != 'head-pose':
            see_discs(network)
        return network

    monkeypatch.setattr(whole_pictures, 'load_model', load_seeing)
    return [str(config), '--weights', str(weights)]


def test_tables(main, command, tmp_path, capsys):
    main([*command, '--out', str(tmp_path / 'heads.md'), '--threads', '1'])
    text = (tmp_path / 'heads.md').read_text()
    assert text in capsys.readouterr().out
    rows = [line.strip('| ').split(' | ') for line in text.splitlines()]
    cells = {row[0]: row[1:] for row in rows}
    assert cells['20+'][:2] == ['4', '1.000 / 0.750 / 0.750']
    assert cells['8-16'][:2] == ['3', '1.000 / 1.000 / 1.000']
    assert cells['one pass'][1] == '-'  # in the last table: no crops
    assert 'one pass | 6 | 0.00 | 0.00 | 0.00 | 0.00' in text


def test_false_alarms(main, command, tmp_path):
    folder = tmp_path / 'empty'
    folder.mkdir()
    cv2.imwrite(str(folder / 'disc.png'), draw_discs((240, 160), DISCS[:1]))
    cv2.imwrite(str(folder / 'dark.png'), draw_discs((240, 160), []))
    main([*command, '--out', str(tmp_path / 'a.md'), '--empty', str(folder)])
    text = (tmp_path / 'a.md').read_text()
    assert 'in 2 pictures without anybody' in text
    assert '| one pass | 1 | 0.500 |' in text


def test_a_broken_picture_without_anybody_is_named_first(main, command, tmp_path):
    folder = tmp_path / 'empty'
    folder.mkdir()
    (folder / 'broken.png').write_bytes(b'no picture')
    (tmp_path / 'heads.csv').unlink()  # which nothing comes to read
    with pytest.raises(ValueError, match='broken.png: expected an image'):
        main([*command, '--out', str(tmp_path / 'a.md'), '--empty', str(folder)])


def test_a_model_of_single_heads_is_refused(main, tmp_path):
    with pytest.raises(ValueError, match='expected one that finds heads itself'):
        main(['head-pose', '--out', str(tmp_path / 'heads.md')])


@pytest.mark.parametrize(
    ('options', 'message'),
    [('--limit 0', 'expected 1 or more'), ('--score 1', 'expected 0 to below 1')],
)
def test_bad_options(main, tmp_path, options, message, capsys):
    with pytest.raises(SystemExit):
        main(['heads', '--out', str(tmp_path / 'a.md'), *options.split()])
    assert message in capsys.readouterr().err
