"""tools/robustness.py: what it writes and says, on a few made heads, and bad input."""

import csv
import runpy
from pathlib import Path

import cv2
import pytest

from bernoulli_mmpose.shipped import SHIPPED, shipped_checkpoint, shipped_config

TOOL = Path(__file__).parents[2] / 'tools' / 'robustness.py'

CONFIG = """\
_base_ = {base!r}
test_dataloader = dict(dataset=dict(
    _delete_=True, type='HeadPoseTableDataset', data_root={root!r}, margin=0.4,
    ann_file='heads.csv', test_mode=True, pipeline=_base_.val_pipeline))
"""


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(TOOL))['main']


@pytest.fixture
def config(tmp_path, rendered_head) -> Path:
    """The shipped model's config with a test set of three heads."""
    rows = ['image,x,y,w,h,pitch,yaw,roll']
    for number in range(3):
        cv2.imwrite(str(tmp_path / f'{number}.png'), rendered_head)
        rows.append(f'{number}.png,28,28,72,72,0,{5 * number},0')
    (tmp_path / 'heads.csv').write_text('\n'.join(rows))
    path = tmp_path / 'config.py'
    path.write_text(CONFIG.format(base=str(shipped_config()), root=str(tmp_path)))
    return path


def run(main, config, out, *words):
    command = [str(config), str(shipped_checkpoint()), '--out', str(out), *words]
    main([*command, '--limit', '2'])


@pytest.mark.slow
def test_writes_tables_and_plots(main, config, tmp_path, capsys):
    run(main, config, tmp_path / 'out')
    files = {'moved_boxes.png', 'score_and_deviation.png'}
    tables = {'robustness.csv', 'robustness.md'}
    assert {path.name for path in (tmp_path / 'out').iterdir()} == files | tables
    with (tmp_path / 'out' / 'robustness.csv').open(newline='') as stream:
        rows = {row['condition']: row for row in csv.DictReader(stream)}
    assert rows['as they are']['n'] == rows['mask']['n'] == '2'
    assert float(rows['as they are']['ratio']) == 1
    assert (
        float(rows['as they are']['score_5'])
        > 0.5
        > float(rows['no head, black']['score_95'])
    )
    text = (tmp_path / 'out' / 'robustness.md').read_text()
    assert all(f'({name})' in text for name in files)
    assert 'Boxes moved by 15 % and scaled by 0.8 to 1.25' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--limit', '0'], '--limit: expected 1 or more'),
        (['--score', '2'], '--score: expected 0 to 1'),
        (['--seed', '-1'], '--seed: expected 0 to'),
    ],
)
def test_bad_words_are_refused(main, capsys, words, message):
    with pytest.raises(SystemExit):
        main(['a.py', 'b.pth', '--out', 'c', *words])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ('test_dataloader=None', 'expected a test_dataloader, found none'),
        ('model.head.in_channels=16', 'expected .* it is of another model'),
        ('test_dataloader.dataset.pipeline=[]', 'pipeline: expected one of crops'),
    ],
)
def test_bad_configs_are_refused(main, config, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        run(main, config, tmp_path / 'out', '--cfg-options', options)
    assert not (tmp_path / 'out').exists()


def test_a_device_that_is_not_there(main, tmp_path):
    with pytest.raises(ValueError, match="device: expected one that is here, .*'tpu'"):
        run(main, SHIPPED, tmp_path / 'out', '--device', 'tpu')


@pytest.mark.parametrize('name', ['moved_boxes.png', 'robustness.csv'])
def test_no_input_is_written_over(main, config, tmp_path, name):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / name).hardlink_to(tmp_path / '1.png')
    with pytest.raises(ValueError, match=f'{name} would overwrite an input'):
        run(main, config, tmp_path / 'out')
