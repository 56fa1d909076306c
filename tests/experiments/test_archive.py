"""The archive of logged runs: what it holds, and folders made of it again."""

import io
import json
import lzma
import tarfile
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from bernoulli_mmpose.datasets.test_parts import build_test_parts
from bernoulli_mmpose.evaluation import HeadPoseMetric, HeadPoseResults
from bernoulli_mmpose.evaluation.head_pose_metric import as_sample
from bernoulli_mmpose.experiments import catalogue, records, suites, training
from bernoulli_mmpose.experiments.archive import archived_tests, pack, restore
from bernoulli_mmpose.experiments.runs import Run
from bernoulli_mmpose.experiments.selection import compose_runs

ROOT = Path(__file__).parents[2]
TESTS = 'results.csv', 'results_shift-0.1_0.csv'


def configs_in(folder, iterations=2):
    """Of two runs and the landmarks."""
    init_default_scope('mmpose')
    suite, runs = suites.SUITES['sample'], [Run(), Run(seed=1)]
    configs = compose_runs(suite, runs, folder, ROOT / 'configs', iterations)
    return configs | {folder / catalogue.LANDMARKS: configs[folder / Run().name]}


def write_results(config, path, rng):
    """What a network of float32 might have said, or a fit of float64."""
    exact = np.float64 if path.parent.name == catalogue.LANDMARKS else np.float32
    metric = HeadPoseMetric(dump_file=str(path))
    for dataset in build_test_parts(config):
        name = dataset.metainfo['dataset_name']
        for index in range(len(dataset)):
            angles = rng.normal(0, 30, 3).astype(exact)
            record = dataset.get_data_info(index)
            metric.process(None, [as_sample(record, name, angles, 0.5)])
    metric.evaluate(0)


@pytest.fixture(scope='module')
def formatted():
    """Texts of configs, each of which MMEngine takes seconds to format."""
    return {}


def write_config(config, path, place, formatted):
    name = path.parent.name
    if name not in formatted:
        formatted[name] = config.pretty_text.replace(str(place), '{place}')
    path.write_text(formatted[name].replace('{place}', str(place)))


@pytest.fixture
def runs(tiny, tmp_path, formatted):  # noqa: ARG001  (its data)
    """Three finished runs, the first of which was also tested on shifted heads."""
    found, rng = [], np.random.default_rng(1)
    configs = configs_in(tmp_path / 'runs')
    for folder, config in configs.items():
        folder.mkdir(parents=True)
        used = Config({**config.to_dict(), 'work_dir': str(folder)})
        write_config(used, folder / 'config.py', tmp_path, formatted)
        write_results(config, folder / TESTS[0], rng)
        log = f'read from {tmp_path}\n11/23 - INFO - Iter(train) [ 50/1500] lr: 1\n'
        (folder / 'train.log').write_text(log)
        (folder / 'iter_2.pth').write_text('weights')
        found.append(records.write_record(folder, checkpoint='iter_2.pth', seed=0))
    write_results(configs[found[0].folder], moved_test(found[0]), rng)
    (found[0].folder / 'results_old.csv').write_text('something else')
    return found


def moved_test(run):
    return run.folder / TESTS[1]


@pytest.fixture
def archived(runs, tmp_path):
    pack(runs, tmp_path / 'docs' / 'runs.tar.xz')
    return tmp_path / 'docs' / 'runs.tar.xz'


def texts_of(path):
    with tarfile.open(path) as archive:
        return {m.name: archive.extractfile(m).read().decode() for m in archive}


def write_archive(path, texts):
    with tarfile.open(path, 'w:xz') as archive:
        for name, text in texts.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))


def test_a_folder_is_made_again(runs, archived, tmp_path):
    configs = configs_in(tmp_path / 'again')
    assert restore(archived, configs) == list(configs)
    left_out = {'iter_2.pth', 'results_old.csv'}
    for (folder, config), run in zip(configs.items(), runs, strict=True):
        found = records.find_run(folder, config)
        assert found.record == run.record
        names = {path.name for path in folder.iterdir()}
        assert names == {path.name for path in run.folder.iterdir()} - left_out
        for path in folder.glob('results*.csv'):
            before, after = run.results(path.name), found.results(path.name)
            assert (before.img_path, before.dataset) == (after.img_path, after.dataset)
            assert before.subject == after.subject
            for column in ('predicted', 'labels', 'bbox'):
                expected = getattr(before, column)
                np.testing.assert_array_equal(expected, getattr(after, column))
            # A landmark fit's angles have more digits than the results.
            error = 1e-6 if folder.name == catalogue.LANDMARKS else 0
            assert before.geodesic == pytest.approx(
                after.geodesic, rel=0, abs=error, nan_ok=True
            )
    assert not list((tmp_path / 'again').glob('.*'))


@pytest.mark.parametrize('root', ['{}', '{}/', './{}', '{}/../moved'])
def test_a_folder_made_again_is_packed_the_same(archived, tmp_path, monkeypatch, root):
    before = archived.read_bytes()
    (tmp_path / 'data').rename(tmp_path / 'moved')
    monkeypatch.chdir(tmp_path)
    relative = root.startswith('.')
    place = root.format('moved' if relative else tmp_path / 'moved')
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', place)
    configs = configs_in(tmp_path / 'again')
    again = restore(archived, configs)
    read = [records.find_run(folder, configs[folder]) for folder in again]
    assert Path(read[0].results().img_path[0]).is_file()
    pack(read, archived)
    assert archived.read_bytes() == before


def test_it_holds_neither_labels_nor_weights_nor_where_things_are(archived, tmp_path):
    texts = texts_of(archived)
    assert {name.split('/')[1] for name in texts} == {
        *('config.py', 'train.log', 'run.json', 'heads.sha256'),
        *('predictions.csv', 'predictions_shift-0.1_0.csv'),
    }
    assert not any(str(tmp_path) in text for text in texts.values())
    name = Run().name
    assert texts[f'{name}/train.log'].startswith('11/23 - INFO - Iter(train)')
    assert "'data_root': 'pointing04'" in texts[f'{name}/config.py']
    header, *rows = texts[f'{name}/predictions.csv'].splitlines()
    assert header == 'dataset,pitch,yaw,roll'
    assert [row.split(',')[0] for row in rows] == 3 * ['genki4k'] + 3 * ['pointing04']
    assert '.png' not in ''.join(texts.values())


def test_tests_under_another_name_of_the_data_are_packed(runs, tmp_path):
    results = HeadPoseResults.read(moved_test(runs[0]))
    moved = [path.replace('data/', 'moved/') for path in results.img_path]
    results.img_path[:] = moved
    results.write(moved_test(runs[0]))
    pack(runs, tmp_path / 'runs.tar.xz')
    assert (tmp_path / 'runs.tar.xz').is_file()


def test_tests_of_other_heads_are_not_packed(runs, tmp_path):
    results = HeadPoseResults.read(moved_test(runs[0]))
    results.labels[0] += 1
    results.write(moved_test(runs[0]))
    with pytest.raises(ValueError, match=r'shift-0\.1_0\.csv: expected the heads of'):
        pack(runs, tmp_path / 'to' / 'runs.tar.xz')
    assert not (tmp_path / 'to').exists()


def test_folders_with_anything_in_them_are_left_alone(archived, tmp_path):
    again = tmp_path / 'again'
    first, second, third = configs_in(again)
    for folder in (first, second):
        folder.mkdir(parents=True)
    (first / 'train.log').write_text('of a training that runs')
    assert restore(archived, configs_in(again)) == [second, third]
    assert [path.name for path in first.iterdir()] == ['train.log']
    assert restore(archived, configs_in(again)) == []


def test_runs_of_another_config_are_refused(archived, tmp_path):
    configs = configs_in(tmp_path / 'again', iterations=3)
    with pytest.raises(
        ValueError, match=f'{Run().name}: expected a run of this config'
    ):
        restore(archived, configs)
    assert not list((tmp_path / 'again').iterdir())
    landmarks = tmp_path / 'again' / catalogue.LANDMARKS  # are not trained
    only = {landmarks: configs[landmarks]}
    assert restore(archived, only) == [landmarks]


@pytest.mark.parametrize(
    'line', ["custom_imports = {'imports': ['evil']}", "_base_ = 'evil.py'"]
)
def test_code_of_strangers_is_refused(archived, tmp_path, line):
    texts = texts_of(archived)
    texts[f'{Run().name}/config.py'] += f'{line}\n'
    write_archive(archived, texts)
    with pytest.raises(ValueError, match='expected a run of this config, its code dif'):
        restore(archived, configs_in(tmp_path / 'again'))


@pytest.mark.parametrize(
    ('old', 'new'), [('7.png', '6.png'), ('18,-30', '-18,30'), ('18,-30', '18,-30.01')]
)
def test_other_heads_or_labels_are_refused(archived, tmp_path, old, new):
    table = tmp_path / 'data' / 'genki4k' / 'annotations.csv'
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(ValueError, match='expected the heads that it was tested on'):
        restore(archived, configs_in(tmp_path / 'again'))
    assert not list((tmp_path / 'again').iterdir())


def test_a_damaged_archive_is_named(archived, tmp_path):
    configs = configs_in(tmp_path / 'again')
    content = archived.read_bytes()
    for damaged in (b'', b'no archive', content[: len(content) // 2]):
        archived.write_bytes(damaged)
        with pytest.raises(ValueError, match=r'runs\.tar\.xz: expected an archive'):
            restore(archived, configs)
    with pytest.raises(FileNotFoundError):
        restore(archived.with_name('none'), configs)


@pytest.mark.parametrize(
    ('name', 'text', 'message'),
    [
        ('predictions.csv', '', r'predictions\.csv: expected the columns dataset'),
        ('predictions.csv', 'dataset,pitch,yaw,roll\n', 'a row for each of 6 heads'),
        ('predictions.csv', 6 * 'x,1,2\n', 'expected the columns'),
        ('config.py', 'import os', r'config\.py: expected a config of literals'),
        ('config.py', 'model = (', r'config\.py: expected a config of literals'),
        ('config.py', 'model = 1', r'config\.py: expected that of a run'),
        ('run.json', '{', 'Expecting property name'),
        ('iter_2.pth', 'weights', r'got .*/iter_2\.pth in it'),
        ('../x.log', '', r'got .*\.\./x\.log in it'),
    ],
)
def test_damaged_files_in_it_are_named(archived, tmp_path, name, text, message):
    run = Run().name
    write_archive(archived, texts_of(archived) | {f'{run}/{name}': text})
    with pytest.raises(ValueError, match=message) as found:
        restore(archived, configs_in(tmp_path / 'again'))
    assert str(found.value).startswith(str(archived))
    assert run in str(found.value)
    assert not list(tmp_path.glob('again/*'))


def write_tar(path, **fields):
    """An archive of one file whose header says what is not so."""
    info = tarfile.TarInfo('run/a.log')
    for name, value in fields.items():
        setattr(info, name, value)
    blocks = info.tobuf(tarfile.GNU_FORMAT) + bytes(3 * 512)
    path.write_bytes(lzma.compress(blocks))


@pytest.mark.parametrize(
    'fields',
    [
        {'size': 6 * 2**30},
        {'size': 2**80},
        {'size': -(2**80)},
        {'size': 2**80, 'type': tarfile.XHDTYPE},
        {'size': 2**80, 'type': tarfile.GNUTYPE_LONGNAME},
        {'type': tarfile.GNUTYPE_SPARSE},
        {'type': tarfile.FIFOTYPE},
        {'type': tarfile.LNKTYPE, 'linkname': '/etc/passwd'},
    ],
)
def test_headers_that_lie_are_named(tmp_path, fields):
    path = tmp_path / 'runs.tar.xz'
    write_tar(path, **fields)
    with pytest.raises(ValueError, match=r'runs\.tar\.xz: expected an archive of runs'):
        archived_tests(path)


def test_an_archive_that_unpacks_to_gigabytes_is_refused(tmp_path):
    """15 kB of 100 MB: what comes after is not unpacked."""
    packer = lzma.LZMACompressor(preset=0)
    path = tmp_path / 'runs.tar.xz'
    with path.open('wb') as file:
        for _ in range(11):
            file.write(packer.compress(bytes(10_000_000)))
        file.write(packer.flush())
    assert path.stat().st_size < 100_000
    with pytest.raises(ValueError, match=r'runs\.tar\.xz: .*of more than 100 MB'):
        archived_tests(path)


def test_words_for_angles_are_named(archived, tmp_path):
    texts = texts_of(archived)
    name = f'{Run().name}/predictions.csv'
    first, *others = texts[name].splitlines()[1].split(',')
    texts[name] = texts[name].replace(','.join(others), 'left,0,0', 1)
    write_archive(archived, texts)
    with pytest.raises(ValueError, match=r"expected angles, .*'left'") as found:
        restore(archived, configs_in(tmp_path / 'again'))
    assert Run().name in str(found.value)


def test_an_incomplete_run_is_named(archived, tmp_path):
    texts = texts_of(archived)
    del texts[f'{Run().name}/run.json']
    write_archive(archived, texts)
    with pytest.raises(ValueError, match=rf'{Run().name}: expected also run\.json'):
        restore(archived, configs_in(tmp_path / 'again'))


def test_a_run_made_again_tells_that_it_has_no_weights(archived, tmp_path):
    folder, *_ = restore(archived, configs_in(tmp_path / 'again'))
    run = records.read_run(folder)
    assert json.loads((folder / 'run.json').read_text())['heads_tested'] == 6
    with pytest.raises(FileNotFoundError, match='expected the weights, found none'):
        training.retest(Config(), tmp_path / 'other', run)
    assert not (tmp_path / 'other').exists()
