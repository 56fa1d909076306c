"""tools/check_dataset.py: what is wrong with a folder, in words, before a training."""

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger

ROOT = Path(__file__).parents[2]
TOOL = ROOT / 'tools' / 'check_dataset.py'
CONFIG = ROOT / 'configs' / 'bernoulli_hrnet-small_genki4k.py'
HEADER = 'image,x,y,w,h,pitch,yaw,roll,subject,split'


class Table:
    """GENKI-4K's folder: twelve heads to train on, four to test on."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.rows = []
        for i in range(16):
            picture = np.full((90, 120, 3), 10 * i, np.uint8)
            cv2.imwrite(str(folder / f'{i}.png'), picture)
            split = 'test' if i >= 12 else 'train'
            self.rows.append(f'{i}.png,30,20,40,50,{i - 5},{10 * i - 70},,s{i},{split}')
        self.write()

    def write(self) -> None:
        (self.folder / 'annotations.csv').write_text('\n'.join([HEADER, *self.rows]))

    def change(self, row: int, old: str, new: str) -> None:
        self.rows[row] = self.rows[row].replace(old, new)
        self.write()


@pytest.fixture
def table(tmp_path, monkeypatch) -> Table:
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(tmp_path / 'data'))
    return Table(tmp_path / 'data' / 'genki4k')


@pytest.fixture
def check(capsys, monkeypatch):
    """Run the tool here; gives its exit code, what it says, and its error."""
    # Its handler may write to the captured stream of an earlier test.
    monkeypatch.setattr(MMLogger.get_current_instance(), 'handlers', [])
    from check_dataset import main

    from bernoulli_headpose.terminal import run_command

    def run(*options: str) -> tuple[int, str, str]:
        code = run_command(lambda: main([str(CONFIG), *options]))
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_a_good_folder_is_described(check, table):
    before = sorted(path.name for path in table.folder.iterdir())
    code, told, error = check()
    assert (code, error) == (0, '')
    assert f'train: genki4k, HeadPoseTableDataset, {table.folder}' in told
    assert '12 records, 12 pictures, 12 people' in told
    assert 'boxes of 45 to 45 pixels, median 45' in told  # sqrt(40 * 50) = 44.7
    assert '180   -5 to 6, median 0, 12 known' in told
    assert 'roll   not known of any of 12 heads' in told
    assert 'test: the same data as val' in told
    assert 'no picture and no person on both sides' in told
    assert told.endswith('No problem found.\n')
    assert sorted(path.name for path in table.folder.iterdir()) == before


@pytest.mark.usefixtures('table')
def test_the_histogram_has_a_bar_for_15_degrees(check):
    _, told, _ = check('--split', 'train')
    (line,) = [line for line in told.splitlines() if line.strip().startswith('yaw')]
    bars = line.split('|')[1]
    assert len(bars) == 24
    counts = np.histogram(range(-70, 41, 10), range(-180, 181, 15))[0]
    assert [bar != ' ' for bar in bars] == [count > 0 for count in counts]
    assert [bar == '█' for bar in bars] == [count == 2 for count in counts]


def change(row: int, old: str, new: str):
    return lambda table: table.change(row, old, new)


def break_picture(table: Table) -> None:
    whole = (table.folder / '3.png').read_bytes()
    (table.folder / '3.png').write_bytes(whole[: len(whole) // 2])


def same_roll(table: Table) -> None:
    table.rows = [row.replace(',,s', ',0,s') for row in table.rows]
    table.write()


@pytest.mark.parametrize(
    ('damage', 'expected'),
    [
        (change(2, '2.png', 'no.png'), 'row 4: .*no.png: expected a file, found no'),
        (change(2, ',30,20,', ',130,20,'), 'expected a head box inside the image'),
        (change(2, ',30,20,', ',95,60,'), '1 of the boxes lie mostly outside'),
        (change(2, ',-50,', ',east,'), "column 'yaw': expected a number"),
        (change(13, 's13', 's2'), 'train and val: 1 of the people on both sides: s2'),
        (change(13, '13.png', '2.png'), 'train and val: 1 of the pictures on both'),
        (break_picture, '1 of the pictures cannot be read: .*3.png'),
        (same_roll, 'roll is 0 of every head; leave it empty if it is unknown'),
    ],
)
def test_what_is_wrong_is_the_last_line(check, table, damage, expected):
    damage(table)
    code, told, error = check()
    assert code == 1
    assert error.count('\n') == 1
    assert 'PROBLEM: ' in told
    assert re.match(f'error: .*{expected}', error), error


def test_all_pictures_are_read_if_asked_for(check, table):
    break_picture(table)
    assert '5 of 12 pictures read' in check('--split', 'train', '--pictures', '5')[1]
    code, told, _ = check('--split', 'train', '--pictures', '0', '--all')
    assert code == 1
    assert '11 of 12 pictures read' in told


def test_bad_labels_are_counted_after_the_first(check, table):
    for row in (2, 4):
        table.change(row, ',30,20,', ',130,20,')
    table.change(6, ',1,', ',up,')
    code, told, _ = check('--split', 'train')
    assert code == 1
    assert '3 bad labels are left out' in told
    assert '9 records, 9 pictures' in told


def test_a_missing_folder_ends_with_one_line_that_names_the_page(tmp_path):
    environment = {
        **os.environ,
        'BERNOULLI_DATA_ROOT': str(tmp_path / 'none'),
        'PYTHONPATH': str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, TOOL, CONFIG, '--split', 'train'],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith('error: 1 problem: train: genki4k: data_root of Head')
    assert f'expected a folder, got {tmp_path}/none/genki4k' in last
    assert last.endswith('docs/datasets.md shows the folders of each data set')
    assert 'Traceback' not in done.stderr


def test_a_data_set_of_mmpose_that_is_missing_is_told(tmp_path, capsys):
    from check_dataset import main

    from bernoulli_headpose.terminal import run_command

    config = tmp_path / 'bodies.py'
    config.write_text(
        "train_dataloader = dict(dataset=dict(type='CocoDataset', data_mode='topdown', "
        "data_root='none', ann_file='people.json'))"
    )
    assert run_command(lambda: main([str(config), '--split', 'train'])) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('error: 1 problem: train: CocoDataset: ')
    assert 'none/people.json' in line


def test_number_of_pictures_below_zero_is_refused(check, capsys):
    with pytest.raises(SystemExit):
        check('--pictures', '-1')
    assert '--pictures: expected 0 or more, got -1' in capsys.readouterr().err
