"""The folder of a run: what it goes on with, what it refuses, and that it is alone."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bernoulli_headpose.batch.folder import RunFolder
from bernoulli_headpose.batch.tables import PICTURES

MANIFEST = dict(version='1', paths=3, list='abc', bbox_thr=None)


@pytest.fixture
def folder(tmp_path) -> RunFolder:
    folder = RunFolder(tmp_path / 'new' / 'out')
    with folder.lock():
        folder.begin(MANIFEST)
    return folder


def test_the_same_run_goes_on(folder):
    heads, pictures, _ = folder.files(12)
    for path in (heads, pictures, folder.files(7)[0]):
        path.touch()
    folder.begin(MANIFEST)
    assert folder.done(13) == {12}
    assert folder.done(12) == set()


def test_copies_among_the_results_are_passed_over(folder):
    table = pa.Table.from_pylist([{'n_heads': 2}], PICTURES)
    names = ('000000', '000000 (copy)', '000000x', '0', '1', '²', '000007', 'notes')
    for name in names:
        for place in folder.files(0)[:2]:
            pq.write_table(table, place.with_stem(name))
    assert folder.done(3) == {0}
    assert folder.finish(1).pictures == 1


@pytest.mark.parametrize(
    ('other', 'told'),
    [
        (dict(list='abd'), 'list abc, now abd'),
        (dict(paths=4, bbox_thr=0.5), 'paths 3, now 4; bbox_thr None, now 0.5'),
        (dict(smooth=True), 'smooth None, now True'),
    ],
)
def test_another_run_is_refused(folder, other, told):
    with pytest.raises(ValueError, match=f'run.json: expected .* it has {told}; give'):
        folder.begin({**MANIFEST, **other})


def test_other_results_are_refused(folder):
    (folder.path / 'run.json').unlink()
    with pytest.raises(ValueError, match='expected an empty folder or one with a run'):
        folder.begin(MANIFEST)


def test_one_run_at_a_time(folder):
    with folder.lock(), pytest.raises(OSError, match='expected no other run'):  # noqa: SIM117
        with RunFolder(folder.path).lock():
            pass
    with folder.lock():
        pass


@pytest.mark.parametrize('out', ['file', 'file/below'])
def test_a_file_in_its_place_is_told(tmp_path, out):
    (tmp_path / 'file').touch()
    error = f'--out: expected a folder, got a file, {tmp_path / "file"}$'
    with pytest.raises(NotADirectoryError, match=error):  # noqa: SIM117
        with RunFolder(tmp_path / out).lock():
            pass
