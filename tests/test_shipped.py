"""The models that come with the package: index, metafile, names, missing files."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import torch
from mmengine.config import Config
from mmengine.infer import BaseInferencer
from mmengine.runner import CheckpointLoader
from mmpose.registry import MODELS

from bernoulli_mmpose import shipped

MODELS_LISTED = list(shipped.read_models())
NAMES = shipped.model_names()


def test_names_are_unique():
    assert len(set(NAMES)) == len(NAMES)
    assert {'head-pose', 'head-pose-fast'} <= set(NAMES)


@pytest.mark.parametrize('name', [*NAMES, 'Head-Pose'])
def test_every_name_gives_files(name):
    config, checkpoint = shipped.resolve_model(name)
    assert config.suffix == '.py'
    assert config.is_file()
    assert checkpoint.suffix == '.pth'
    assert checkpoint.stat().st_size < 20e6


@pytest.mark.parametrize('model', MODELS_LISTED, ids=lambda model: model['Name'])
def test_metafile_tells_the_truth(model):
    config, checkpoint = shipped.resolve_model(model['Name'])
    assert config.stem == checkpoint.stem == model['Name']
    network = MODELS.build(Config.fromfile(config).model)
    numbers = sum(weight.numel() for weight in network.parameters())
    assert model['Metadata']['Parameters'] == numbers
    for result in model['Results']:
        assert {'Task', 'Dataset', 'Metrics'} == set(result)
        assert all(value > 0 for value in result['Metrics'].values())


@pytest.mark.parametrize('model', MODELS_LISTED, ids=lambda model: model['Name'])
def test_weights_are_those_of_the_config(model):
    config, checkpoint = shipped.resolve_model(model['Name'])
    made = torch.load(checkpoint, weights_only=True)
    assert set(made) == {'meta', 'state_dict'}
    MODELS.build(Config.fromfile(config).model).load_state_dict(made['state_dict'])
    trained = Config.fromstring(made['meta']['cfg'], '.py')
    assert trained.codec == Config.fromfile(config).codec


def test_the_shipped_model_is_the_one_with_the_short_name():
    files = (shipped.shipped_config(), shipped.shipped_checkpoint())
    assert files == shipped.resolve_model('head-pose')


def test_mmengine_reads_the_same_index():
    folder = BaseInferencer._get_repo_or_mim_dir('bernoulli_mmpose')
    assert list(BaseInferencer._get_models_from_metafile(folder)) == MODELS_LISTED


def test_a_config_file_comes_without_weights():
    config = shipped.shipped_config()
    assert shipped.resolve_model(config) == (config, None)


def test_a_file_goes_before_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'head-pose').mkdir()
    assert shipped.resolve_model('head-pose')[1] == shipped.shipped_checkpoint()
    (tmp_path / 'mine.py').touch()
    assert shipped.resolve_model('mine.py')[1] is None


@pytest.mark.parametrize('wrong', ['hed-pose', 'configs/no_such.py', ''])
def test_an_unknown_name_lists_the_known(wrong):
    expected = f"one of {', '.join(NAMES)}; got '{wrong}'"
    with pytest.raises(ValueError, match=re.escape(expected)):
        shipped.resolve_model(wrong)


def test_weights_are_no_config():
    with pytest.raises(
        ValueError, match=r'expected a config \(.py, .+got the file .+pth'
    ):
        shipped.resolve_model(shipped.shipped_checkpoint())


MINE = "_base_ = __import__('bernoulli_mmpose').config_path('{}')\nwork_dir = 'mine'\n"


@pytest.mark.parametrize('name', ['bernoulli_hrnet_biwi', '_base_/default_runtime.py'])
def test_a_config_of_ones_own_stands_on_ours(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'mine.py').write_text(MINE.format(name))
    config = Config.fromfile('mine.py')
    assert config.work_dir == 'mine'
    ours = Config.fromfile(shipped.config_path(name))
    assert config.to_dict() == {**ours.to_dict(), 'work_dir': 'mine'}


def test_mmengine_reads_such_a_config_before_the_package_is_imported(tmp_path):
    (tmp_path / 'mine.py').write_text(MINE.format('rotation_hrnet-small_head'))
    script = (
        'import sys\nfrom mmengine.config import Config\n'
        'assert "bernoulli_mmpose" not in sys.modules\n'
        'print(Config.fromfile("mine.py").model.type)'
    )
    done = subprocess.run(
        [sys.executable, '-c', script],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(shipped.PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[-1:] == ['TopdownHeadPoseEstimator'], done.stderr


@pytest.mark.parametrize('name', ['no_such', ''])
def test_an_unknown_config_lists_the_known(name):
    with pytest.raises(
        ValueError, match=rf'one of .*bernoulli_hrnet_biwi, .* {name!r}'
    ):
        shipped.config_path(name)


def test_a_network_begins_with_the_shipped_weights_in_any_folder(tmp_path, monkeypatch):
    path = shipped.config_path('checks/coco-head_joint')
    monkeypatch.chdir(tmp_path)
    backbone = MODELS.build(Config.fromfile(path).model.backbone)
    backbone.init_weights()
    _, checkpoint = shipped.resolve_model('rotation_hrnet-small_head')
    weights = torch.load(checkpoint, weights_only=True)
    expected = weights['state_dict']['backbone.conv1.weight']
    torch.testing.assert_close(backbone.conv1.weight.data, expected, rtol=0, atol=0)


def test_no_config_names_a_file_of_the_folder_that_one_is_in():
    """Weights and the like; data roots are the user's."""
    folder = shipped.index_folder() / 'configs'
    for path in folder.rglob('*.py'):
        text = path.read_text()
        assert not re.search(r"'[^':]*(bernoulli_mmpose|checkpoints)/", text), path


def test_weights_of_a_name_that_is_none(monkeypatch):
    with pytest.raises(ValueError, match='one of rotation_hrnet-small_head'):
        CheckpointLoader.load_checkpoint('bernoulli_mmpose://no_such')
    monkeypatch.setattr(shipped, 'resolve_model', lambda _: (None, None))
    with pytest.raises(ValueError, match='a model that comes with weights'):
        CheckpointLoader.load_checkpoint('bernoulli_mmpose://head-pose')


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """An installation with the index and the metafile, and nothing else."""
    package = tmp_path / 'bernoulli_mmpose'
    metafile = package / '.mim' / 'configs' / 'metafile.yml'
    metafile.parent.mkdir(parents=True)
    folder = shipped.index_folder()
    shutil.copy(folder / 'model-index.yml', package / '.mim')
    shutil.copy(folder / 'configs' / 'metafile.yml', metafile)
    monkeypatch.setattr(shipped, 'PACKAGE', package)
    return package


def test_an_installation_is_read_from_its_mim_folder(installed):
    config = installed / '.mim' / 'configs' / f'{shipped.SHIPPED}.py'
    weights = installed / 'checkpoints' / f'{shipped.SHIPPED}.pth'
    weights.parent.mkdir()
    config.touch()
    weights.touch()
    assert shipped.resolve_model('head-pose') == (config, weights)


@pytest.mark.parametrize(
    ('removed', 'missing'),
    [
        ('.mim/model-index.yml', r'model-index.yml was expected in .+ \(a clone\)'),
        ('.mim/configs/metafile.yml', 'metafile.yml is listed in model-index.yml'),
        (f'.mim/configs/{shipped.SHIPPED}.py', 'py is listed in'),
        (f'checkpoints/{shipped.SHIPPED}.pth', 'pth is listed in'),
    ],
)
def test_an_incomplete_installation_is_named(installed, removed, missing):
    for name in ('.mim/configs/', 'checkpoints/'):
        (installed / name).mkdir(exist_ok=True)
    for name in ('.mim/configs/x.py', 'checkpoints/x.pth'):
        (installed / name.replace('x', shipped.SHIPPED)).touch()
    (installed / removed).unlink()
    with pytest.raises(FileNotFoundError, match=missing):
        shipped.shipped_checkpoint()
