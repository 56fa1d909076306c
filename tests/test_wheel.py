"""An installation from a wheel, without the clone: what is in it, and that it runs."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from mmpose.apis import inference_topdown, init_model

from bernoulli_mmpose.shipped import read_models, shipped_checkpoint, shipped_config

PACKAGES = ('bernoulli_headpose', 'bernoulli_mmpose')
SOURCES = (*PACKAGES, 'configs', 'tools', 'setup.py', 'pyproject.toml')
TEXTS = ('MANIFEST.in', 'model-index.yml', 'README.md', 'CHANGELOG.md', 'LICENSE')
# Pictures, tables and archives would be data.
ALLOWED = {'.py', '.typed', '.pth', '.yml', '.md', '.txt', '.css', '.html', '.onnx', ''}
PIP = (sys.executable, '-m', 'pip', '--disable-pip-version-check', '-q')
# Runs where neither the clone nor the network can be reached.
SCRIPT = """
import json, socket, sys
from pathlib import Path
clone = Path(sys.argv[1])
sys.path = [entry for entry in sys.path if Path(entry).resolve() != clone]
sys.meta_path = [f for f in sys.meta_path if 'editable' not in f.__module__]
def refuse(*_): raise OSError('no network in this test')
socket.socket.connect = refuse
import bernoulli_mmpose
from bernoulli_mmpose.shipped import resolve_model
from mmpose.apis import inference_topdown, init_model
import numpy as np
config, checkpoint = resolve_model('head-pose')
model = init_model(str(config), str(checkpoint), device='cpu')
(sample,) = inference_topdown(model, np.load(sys.argv[2]))
head = sample.pred_instances
from mmengine.config import Config
Path('mine.py').write_text("_base_ = __import__('bernoulli_mmpose').config_path("
                           "'rotation_hrnet-small_heads')")
mine = Config.fromfile('mine.py')
from mmpose.registry import MODELS
MODELS.build(mine.model.backbone).init_weights()  # from the shipped weights
files = [bernoulli_mmpose.__file__, config, checkpoint]
print(json.dumps([[str(file) for file in files], head.head_angles.tolist()]))
"""

pytestmark = pytest.mark.slow


def run(*command, cwd, **environment):
    """Run a command, and give what it printed."""
    names = ('BERNOULLI_DATA_ROOT', 'PYTHONPATH')
    inherited = {key: value for key, value in os.environ.items() if key not in names}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-5000:]
    return done.stdout


@pytest.fixture(scope='module')
def wheel(tmp_path_factory, project_root):
    """A wheel of the source distribution of a copy of the clone."""
    source = tmp_path_factory.mktemp('source')
    ignored = shutil.ignore_patterns('__pycache__', '.mim')
    for name in SOURCES + TEXTS:
        path = project_root / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=ignored)
        else:
            shutil.copy(path, source)
    run(sys.executable, 'setup.py', '-q', 'sdist', cwd=source)
    (archive,) = (source / 'dist').glob('*.tar.gz')
    options = ('--no-deps', '--no-index', '--no-build-isolation', '-w', source)
    run(*PIP, 'wheel', *options, archive, cwd=source)
    return next(source.glob('*.whl'))


@pytest.fixture(scope='module')
def site(wheel, tmp_path_factory):
    """A folder that the wheel is installed in."""
    folder = tmp_path_factory.mktemp('site')
    run(*PIP, 'install', '--no-deps', '--target', folder, wheel, cwd=folder)
    return folder


def test_wheel_holds_what_is_needed_and_no_data(wheel, project_root):
    assert wheel.stat().st_size < 36e6
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = {name for name in names if name.split('/')[0] in PACKAGES}
    (info,) = {name.split('/')[0] for name in names - package}
    assert any(Path(name).name == 'LICENSE' for name in names - package)
    assert f'{info}/entry_points.txt' in names
    ours = (project_root / 'configs').rglob('*.py')
    expected = {path.relative_to(project_root).as_posix() for path in ours}
    assert {f'bernoulli_mmpose/.mim/{name}' for name in expected} <= package
    tools = {
        name for name in package if name.startswith('bernoulli_mmpose/.mim/tools/')
    }
    assert {Path(name).stem for name in tools} == {
        *('browse_dataset', 'check_dataset', 'contents', 'findings'),
        *('draw_bodies', 'export_onnx', 'feature_maps', '__init__'),
        *('landmarks_to_head_pose', 'publish_checkpoint', 'summarize'),
    }
    assert 'bernoulli_mmpose/.mim/model-index.yml' in package
    assert 'bernoulli_mmpose/.mim/configs/metafile.yml' in package
    weights = {name for name in package if name.endswith('.pth')}
    assert weights == {model['Weights'] for model in read_models()}
    assert {f'{name}/py.typed' for name in PACKAGES} <= package
    assert {Path(name).suffix for name in package} <= ALLOWED


def test_a_package_index_takes_both_archives(wheel):
    pytest.importorskip('twine')
    archives = [wheel, *wheel.parent.glob('dist/*.tar.gz')]
    assert len(archives) == 2
    run(sys.executable, '-m', 'twine', 'check', '--strict', *archives, cwd=wheel.parent)


def test_installed_model_gives_the_angles_of_the_clone(site, tmp_path, project_root):
    image = np.random.default_rng(0).integers(0, 256, (96, 80, 3), np.uint8)
    np.save(tmp_path / 'image.npy', image)
    command = (sys.executable, '-c', SCRIPT, project_root, tmp_path / 'image.npy')
    output = run(*command, cwd=tmp_path, PYTHONPATH=str(site))
    files, angles = json.loads(output.splitlines()[-1])
    assert all(Path(file).is_relative_to(site) for file in files)

    model = init_model(str(shipped_config()), str(shipped_checkpoint()), device='cpu')
    (sample,) = inference_topdown(model, image)
    assert np.shape(angles) == (1, 3)
    np.testing.assert_allclose(angles, sample.pred_instances.head_angles, atol=1e-3)


def test_mim_finds_the_model(site, tmp_path):
    mim = Path(sys.executable).with_name('mim')
    found = tmp_path / 'found.json'
    search = ('search', 'bernoulli_mmpose', '--config', 'rotation_hrnet-small_head')
    run(mim, *search, '--json', found, cwd=tmp_path, PYTHONPATH=str(site))
    config = {'rotation_hrnet-small_head': 'configs/rotation_hrnet-small_head.py'}
    assert json.loads(found.read_text())['config'] == config
