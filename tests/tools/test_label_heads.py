"""tools/label_heads.py: angles of a model that is sure, in a copy of a table."""

import csv
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

TOOL = Path(__file__).parents[2] / 'tools' / 'label_heads.py'
HEADER = 'image,x,y,w,h,kind'


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(TOOL))['main']


@pytest.fixture
def table(tmp_path, rendered_head) -> Path:
    folder = tmp_path / 'photos'
    folder.mkdir()
    cv2.imwrite(str(folder / 'a.png'), rendered_head)
    (folder / 'heads.csv').write_text(
        f'{HEADER}\na.png,28,28,72,72,bare\na.png,50,50,8,8,mask\n'
    )
    return folder / 'heads.csv'


def labelled(main, table, *options):
    out = table.parents[1] / 'made' / 'heads.csv'
    main([str(table), str(out), *options])
    with out.open(newline='') as stream:
        rows = [*csv.DictReader(stream)]
    for row in rows:
        assert (out.parent / row['image']).resolve() == table.parent / 'a.png'
    return rows


def test_sure_heads_get_angles_and_small_ones_none(main, table, capsys):
    first, second = labelled(main, table, '--largest-std', '90')
    assert abs(float(first['yaw'])) < 90
    assert first['kind'] == 'bare'
    assert [second[name] for name in ('pitch', 'yaw', 'roll')] == ['', '', '']
    assert '1 of 2 heads have angles' in capsys.readouterr().out


def test_a_limit_of_deviation(main, table):
    assert labelled(main, table, '--largest-std', '0.01')[0]['yaw'] == ''


def test_angles_that_are_there_stay(main, table):
    table.write_text('image,x,y,w,h,pitch,yaw,roll\na.png,28,28,72,72,,7.5,\n')
    (row,) = labelled(main, table, '--largest-std', '90')
    assert [row[name] for name in ('pitch', 'yaw', 'roll')] == ['', '7.5', '']


def test_bad_input(main, table):
    with pytest.raises(ValueError, match='would overwrite an input'):
        main([str(table), str(table)])
    table.write_text(f'{HEADER}\na.png,28,x,72,72,bare\n')
    with pytest.raises(ValueError, match=r"row 2, 'y': expected a number, got 'x'"):
        labelled(main, table)
    table.write_text(f'{HEADER}\na.png,28,28,72,72,bare,9\n')
    with pytest.raises(ValueError, match='row 2: expected a cell for each column'):
        labelled(main, table)
    table.write_text('x,y,w,h\n28,28,72,72\n')
    with pytest.raises(ValueError, match=r"the columns \['image'\]"):
        labelled(main, table)


def test_rows_keep_their_order_and_columns(main, table, rendered_head):
    cv2.imwrite(str(table.parent / 'b.png'), rendered_head)
    rows = ('a.png,28,28,72,72,1', 'b.png,28,28,72,72,2', 'a.png,50,50,8,8,3')
    table.write_text('\n'.join(['image,x,y,w,h,box', *rows]))
    out = table.parents[1] / 'heads.csv'
    main([str(table), str(out)])
    with out.open(newline='') as stream:
        found = [(Path(r['image']).name, r['box']) for r in csv.DictReader(stream)]
    assert found == [('a.png', '1'), ('b.png', '2'), ('a.png', '3')]


def test_heads_that_the_table_lacks_are_added_to_be_ignored(main, table, rendered_head):
    picture = np.full((240, 400, 3), 90, np.uint8)
    picture[60:188, 20:148] = picture[60:188, 240:368] = rendered_head
    cv2.imwrite(str(table.parent / 'a.png'), picture)
    table.write_text(f'{HEADER}\na.png,51,105,70,70,bare\n')
    first, missing = labelled(main, table, '--missing', '0.5')
    assert first['ignored'] == ''
    assert missing['ignored'] == '1'
    assert float(missing['x']) == pytest.approx(51 + 220, abs=12)
    assert missing['yaw'] == missing['kind'] == ''


def test_a_picture_that_cannot_be_read_loses_nothing(main, table, capsys):
    (table.parent / 'b.png').write_bytes(b'no picture')
    with table.open('a') as file:
        file.write('b.png,1,2,30,40,bare\n')
    out = table.parents[1] / 'heads.csv'
    with pytest.raises(ValueError, match='1 pictures could not be read'):
        main([str(table), str(out), '--largest-std', '90'])
    assert 'b.png: expected an image' in capsys.readouterr().err
    with out.open(newline='') as stream:
        first, _, last = csv.DictReader(stream)
    assert first['yaw']
    assert last['yaw'] == ''
    assert last['x'] == '1'


@pytest.mark.parametrize('options', ['--missing nan', '--missing 3', '--model heads'])
def test_what_cannot_label(main, table, options):
    with pytest.raises(ValueError, match='missing: expected a score|single heads'):
        main([str(table), str(table.parent / 'b.csv'), *options.split()])
