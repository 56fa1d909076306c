"""The list of a run: what is taken of folders, lists and tables, and the shards."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bernoulli_headpose.batch.inputs import Shard, cut, list_paths


def test_a_folder_with_all_below_it(collection):
    (collection / '._0.png').touch()  # of macOS
    (collection / 'notes.md').touch()
    names = ['below/film.avi', '0.png', '1.png', '2.jpg', 'below/3.png']
    wanted = [str(collection / name) for name in names]
    assert [*list_paths([str(collection)], 'path')] == wanted
    twice = [str(collection), wanted[1], str(collection)]
    assert [*list_paths(twice, 'path')] == wanted


def test_pictures_that_are_not_read_are_told(collection, capsys):
    for name in (
        'a.HEIC',
        'below/b.avif',
        'below/c.gif',
        'd.gif',
        '._e.gif',
        'notes.md',
    ):
        (collection / name).touch()
    assert len(list_paths([str(collection)], 'path')) == 5
    told = f'note: {collection}: 4 files left out (.avif, .gif, .heic)\n'
    assert capsys.readouterr().err == told
    list_paths([str(collection / '0.png')], 'path')
    assert not capsys.readouterr().err


def test_a_place_is_that_in_the_list_as_given(tmp_path):
    paths = ['b.jpg', 'x.mp4', 'b.jpg', 'a.jpg', 'y.mp4', 'x.mp4', 'c.jpg']
    pq.write_table(pa.table({'path': paths}), tmp_path / 'paths.parquet')
    places = list_paths([str(tmp_path / 'paths.parquet')], 'path')
    assert all(paths[place] == path for path, place in places.items())
    assert cut(places, 2) == [
        Shard(0, [1], ['x.mp4']),
        Shard(1, [4], ['y.mp4']),
        Shard(2, [0, 3], ['b.jpg', 'a.jpg']),
        Shard(3, [6], ['c.jpg']),
    ]


def test_a_list_is_not_looked_into(tmp_path):
    path = tmp_path / 'paths.txt'
    path.write_bytes(b'b.jpg\r\n\na b.png\n\xff.jpg\nx.MP4\nhashed-name')
    paths = ['x.MP4', 'b.jpg', 'a b.png', '\udcff.jpg', 'hashed-name']
    assert [*list_paths([str(path)], 'path')] == paths


@pytest.mark.parametrize(
    'kind', [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
)
def test_tables_of_paths(tmp_path, kind):
    folder = tmp_path / 'paths.parquet'
    folder.mkdir()
    for name, paths in (('b', ['3.jpg']), ('a', ['1.jpg', '2.jpg']), ('_c', ['x'])):
        table = pa.table({'id': [*map(len, paths)], 'file': pa.array(paths).cast(kind)})
        pq.write_table(table, folder / f'{name}.parquet')
    assert [*list_paths([str(folder)], 'file')] == ['1.jpg', '2.jpg', '3.jpg']
    file = str(folder / 'b.parquet')
    assert [*list_paths([file], 'file')] == ['3.jpg']
    expected = r"column 'path', got columns id \(int64\), file"
    with pytest.raises(ValueError, match=rf'b\.parquet: expected text .*{expected}'):
        list_paths([file], 'path')


@pytest.mark.parametrize(
    ('given', 'error'),
    [
        ('missing', 'missing: expected an image, a folder, a video or a list'),
        ('missing.parquet', 'missing.parquet: expected a Parquet file'),
        ('damaged.parquet', r'damaged.parquet: Parquet magic bytes'),
        ('empty.txt', 'empty.txt: expected images or videos, found none'),
        ('none', 'none: expected images or videos, found none'),
        (
            'null.parquet',
            r'null.parquet: expected a path in each row, got None after 1',
        ),
        ('nul.txt', r"nul.txt: expected a path in each row, got 'a\\x00b' after 0"),
        ('rtsp://camera', 'inputs: expected files, got rtsp://camera'),
    ],
)
def test_inputs_that_are_none(tmp_path, monkeypatch, given, error):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'none').mkdir()
    (tmp_path / 'empty.txt').write_text('\n')
    (tmp_path / 'nul.txt').write_text('a\0b')
    (tmp_path / 'damaged.parquet').write_text('no table, but some text of some length')
    pq.write_table(pa.table({'path': ['a', None]}), tmp_path / 'null.parquet')
    with pytest.raises((ValueError, FileNotFoundError), match=error):
        list_paths([given], 'path')


def test_shards_cover_the_list():
    pictures = {f'{i}.jpg': i for i in range(5)}
    shards = cut(pictures, 2)
    assert [shard.number for shard in shards] == [0, 1, 2]
    assert [shard.places for shard in shards] == [[0, 1], [2, 3], [4]]
    assert [path for shard in shards for path in shard.paths] == [*pictures]
    assert cut({'a.mp4': 0}, 2) == [Shard(0, [0], ['a.mp4'])]


def test_order_does_not_depend_on_the_file_system(collection, monkeypatch):
    wanted = list_paths([str(collection)], 'path')
    walk = os.walk

    def backwards(folder):
        for place, folders, names in walk(folder):
            folders.reverse()
            yield place, folders, names[::-1]

    monkeypatch.setattr(os, 'walk', backwards)
    assert list_paths([str(collection)], 'path') == wanted
