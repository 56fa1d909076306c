"""The archive of logged runs: what it holds, and folders made of it again."""

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from mmengine.registry import init_default_scope

from bernoulli_mmpose.datasets.config_parts import build_test_parts
from bernoulli_mmpose.evaluation import HeadPoseMetric, HeadPoseResults
from bernoulli_mmpose.evaluation.head_pose_metric import as_sample
from bernoulli_mmpose.experiments import suites, training
from bernoulli_mmpose.experiments.archive import pack, restore
from bernoulli_mmpose.experiments.runs import Run
from bernoulli_mmpose.experiments.selection import compose_runs

ROOT = Path(__file__).parents[2]


def configs_in(folder):
    init_default_scope('mmpose')
    runs = [Run(), Run(seed=1)]
    return compose_runs(suites.SUITES['sample'], runs, folder, ROOT / 'configs', 2)


def write_results(config, path, rng):
    """What a network of float32 might have said."""
    metric = HeadPoseMetric(dump_file=str(path))
    for dataset in build_test_parts(config):
        name = dataset.metainfo['dataset_name']
        for index in range(len(dataset)):
            angles = rng.normal(0, 30, 3).astype(np.float32)
            record = dataset.get_data_info(index)
            metric.process(None, [as_sample(record, name, angles, 0.5)])
    metric.evaluate(0)


@pytest.fixture
def runs(tiny, tmp_path):  # noqa: ARG001  (its data)
    """Two finished runs, the second of which was also tested on shifted heads."""
    found, rng = [], np.random.default_rng(1)
    for folder, config in configs_in(tmp_path / 'runs').items():
        folder.mkdir(parents=True)
        config.dump(folder / training.CONFIG)
        write_results(config, folder / training.RESULTS, rng)
        (folder / 'train.log').write_text(
            f'read from {tmp_path}\n11/23 - INFO - Iter(train) [ 50/1500] lr: 1\n'
        )
        (folder / 'iter_2.pth').write_text('weights')
        found.append(training.write_record(folder, checkpoint='iter_2.pth', seed=0))
    write_results(config, folder / 'results_shift-0.1_0.csv', rng)
    return found


@pytest.fixture
def archived(runs, tmp_path):
    pack(runs, tmp_path / 'docs' / 'runs.tar.xz')
    return tmp_path / 'docs' / 'runs.tar.xz'


def test_a_folder_is_made_again(runs, archived, tmp_path):
    configs = configs_in(tmp_path / 'again')
    assert restore(archived, configs) == list(configs)
    for (folder, config), run in zip(configs.items(), runs, strict=True):
        found = training.find_run(folder, config)
        assert found.record == run.record
        names = {path.name for path in folder.iterdir()}
        assert names == {path.name for path in run.folder.iterdir()} - {'iter_2.pth'}
        for path in folder.glob('results*.csv'):
            before, after = run.results(path.name), found.results(path.name)
            assert (before.img_path, before.dataset) == (after.img_path, after.dataset)
            assert before.subject == after.subject
            np.testing.assert_array_equal(before.predicted, after.predicted)
            np.testing.assert_array_equal(before.labels, after.labels)
            np.testing.assert_array_equal(before.bbox, after.bbox)
            np.testing.assert_allclose(before.geodesic, after.geodesic, atol=1e-6)


def test_a_folder_made_again_is_packed_the_same(archived, tmp_path):
    before = archived.read_bytes()
    again = restore(archived, configs_in(tmp_path / 'again'))
    pack([training.read_run(folder) for folder in again], archived)
    assert archived.read_bytes() == before


def test_it_holds_neither_labels_nor_weights_nor_where_the_data_is(archived, tmp_path):
    with tarfile.open(archived) as archive:
        texts = {m.name: archive.extractfile(m).read().decode() for m in archive}
    assert {name.split('/')[1] for name in texts} == {
        *('config.py', 'train.log', 'run.json'),
        *('predictions.csv', 'predictions_shift-0.1_0.csv'),
    }
    assert not any(str(tmp_path) in text for text in texts.values())
    name = Run().name
    assert texts[f'{name}/train.log'].startswith('11/23 - INFO - Iter(train)')
    assert "'data/pointing04'" in texts[f'{name}/config.py']
    header, *rows = texts[f'{name}/predictions.csv'].splitlines()
    assert header == 'dataset,image,pitch,yaw,roll'
    assert [row.split(',')[:2] for row in rows] == [
        [dataset, f'{i}.png']
        for dataset in ('genki4k', 'pointing04')
        for i in (5, 6, 7)
    ]


def test_the_same_runs_give_the_same_bytes(runs, archived):
    before = archived.read_bytes()
    pack(runs, archived)
    assert archived.read_bytes() == before
    assert not list(archived.parent.glob('*.part'))


def test_a_finished_run_is_left_alone(archived, tmp_path):
    configs = configs_in(tmp_path / 'runs')
    first, second = configs
    (first / training.RECORD).write_text('its own')
    (second / training.RECORD).unlink()
    assert restore(archived, configs) == [second]
    assert (first / training.RECORD).read_text() == 'its own'
    assert json.loads((second / training.RECORD).read_text())['heads_tested'] == 6


def test_other_data_is_refused(archived, tmp_path):
    table = tmp_path / 'data' / 'genki4k' / 'annotations.csv'
    table.write_text(table.read_text().replace('7.png', '6.png'))
    configs = configs_in(tmp_path / 'again')
    with pytest.raises(
        ValueError, match=r'predictions\.csv: expected predictions of the 6 heads'
    ):
        restore(archived, configs)
    assert not list((tmp_path / 'again').rglob('run.json'))


def test_a_damaged_archive_is_named(archived, tmp_path):
    configs = configs_in(tmp_path / 'again')
    content = archived.read_bytes()
    for damaged in (b'', b'no archive', content[: len(content) // 2]):
        archived.write_bytes(damaged)
        with pytest.raises(ValueError, match=r'runs\.tar\.xz: expected an archive'):
            restore(archived, configs)
    with pytest.raises(FileNotFoundError):
        restore(archived.with_name('none'), configs)


def test_results_of_other_images_are_not_packed(runs, tmp_path):
    results = HeadPoseResults.read(runs[0].folder / training.RESULTS)
    results.img_path[0] = '/elsewhere/5.png'
    results.write(runs[0].folder / training.RESULTS)
    run = training.read_run(runs[0].folder)
    with pytest.raises(ValueError, match='/elsewhere/5.png: expected an image below'):
        pack([run], tmp_path / 'runs.tar.xz')
    assert not (tmp_path / 'runs.tar.xz').exists()
