"""What an installation changes, and what the Makefile does to an environment."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bernoulli_mmpose

ROOT = Path(bernoulli_mmpose.__file__).parents[1]
needs_make = pytest.mark.skipif(shutil.which('make') is None, reason='needs make')

# Writes its arguments to a log. What it answers to the two questions of the Makefile
# whose answers matter is set by the test.
FAKE_PYTHON = """#!/bin/sh
echo "$*" >>{log}
case "$*" in
  *'import torch'*) exit {torch} ;;
  *'show -q mmcv'*) exit {mmcv} ;;
esac
"""

# The description of the package for an index, of a README in the same folder.
DESCRIPTION = """
import sys
from unittest.mock import patch
import setuptools
with patch.object(setuptools, 'setup') as setup:
    import setup as _
print(setup.call_args.kwargs['long_description'])
"""
README = """
![Heads](docs/heads.jpg)
<img src="docs/turn.gif" alt="A head" width="300">
[Install](docs/install.md#by-hand), [MMPose](https://github.com), [Angles](#angles)
"""
# What pip has setuptools do for 'pip install -e'.
EDITABLE_BUILD = """
import sys
sys.argv = ['setup.py', '--name']
from setuptools import Distribution
from setup import BuildWithMim
command = BuildWithMim(Distribution())
command.editable_mode = True
command.ensure_finalized()
command.run()
"""


@pytest.fixture(scope='module')
def metadata(tmp_path_factory):
    """The text of PKG-INFO and requires.txt, and the listed files."""
    folder = tmp_path_factory.mktemp('egg')
    subprocess.run(
        [sys.executable, 'setup.py', '-q', 'egg_info', '-e', folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return {path.name: path.read_text() for path in folder.glob('*/*.txt')} | {
        'PKG-INFO': next(folder.glob('*/PKG-INFO')).read_text()
    }


def test_version_is_the_package_version(metadata):
    assert f'\nVersion: {bernoulli_mmpose.__version__}\n' in metadata['PKG-INFO']


def test_installing_changes_nothing_of_an_mmpose_environment(metadata):
    # All but onnxruntime come with MMPose; without bounds they stay as they are.
    required = metadata['requires.txt'].partition('[')[0]
    assert required.split() == ['numpy', 'onnxruntime', 'opencv-python']


def test_extra_all_is_the_sum_of_the_others(metadata):
    sections = metadata['requires.txt'].split('\n[')[1:]
    extras = {name: part for name, _, part in (s.partition(']\n') for s in sections)}
    assert set(extras) == {
        *('all', 'batch', 'demo', 'detector', 'onnx', 'profiling', 'train')
    }
    assert extras.pop('profiling').split() == ['dlib-bin', 'face_recognition_models']
    everything = set(extras.pop('all').split())
    assert everything == {name for part in extras.values() for name in part.split()}


def test_an_editable_installation_links_what_mim_looks_for(tmp_path):
    clone = tmp_path / 'clone'
    package = clone / 'bernoulli_mmpose'
    clone.mkdir()
    shutil.copy(ROOT / 'setup.py', clone)
    for name in ('bernoulli_headpose', 'bernoulli_mmpose'):
        (clone / name).mkdir(exist_ok=True)
        shutil.copy(ROOT / name / '__init__.py', clone / name)
    for name in ('configs', 'tools', 'model-index.yml'):
        (clone / name).symlink_to(ROOT / name)
    for _ in range(2):
        subprocess.run([sys.executable, '-c', EDITABLE_BUILD], cwd=clone, check=True)
    links = {path.name: path.readlink() for path in (package / '.mim').iterdir()}
    assert links == {
        'configs': Path('../../configs'),
        'tools': Path('../../tools'),
        'model-index.yml': Path('../../model-index.yml'),
    }
    assert (package / '.mim' / 'configs' / 'metafile.yml').is_file()


WITH_ADDRESS = """
![Heads](https://example.org/it/raw/main/docs/heads.jpg)
<img src="https://example.org/it/raw/main/docs/turn.gif" alt="A head" width="300">
[Install](https://example.org/it/blob/main/docs/install.md#by-hand), [MMPose]"""
WITHOUT_ADDRESS = """


Install, [MMPose]"""


@pytest.mark.parametrize(
    ('address', 'begin'),
    [('', WITHOUT_ADDRESS), ('https://example.org/it/', WITH_ADDRESS)],
)
def test_an_index_shows_pictures_where_the_repository_has_an_address(
    tmp_path, address, begin
):
    (tmp_path / 'bernoulli_headpose').mkdir()
    for name in ('setup.py', 'bernoulli_headpose/__init__.py'):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / 'README.md').write_text(README)
    done = subprocess.run(
        [sys.executable, '-c', DESCRIPTION],
        cwd=tmp_path,
        env={**os.environ, 'BERNOULLI_REPOSITORY_URL': address, 'PYTHONPATH': ''},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.rstrip() == f'{begin}(https://github.com), [Angles](#angles)'


def test_every_subpackage_is_installed(metadata):
    files = metadata['SOURCES.txt'].split()
    modules = ROOT.glob('bernoulli_*/**/*.py')
    assert {str(path.relative_to(ROOT)) for path in modules} <= set(files)


def without_make():
    """The environment of a shell, also when make runs the tests."""
    return {key: value for key, value in os.environ.items() if 'MAKE' not in key}


def make(venv, *options, cwd=ROOT, target='install'):
    """Run ``make`` as from a shell."""
    return subprocess.run(
        ['make', target, f'VENV={venv}', *options],
        cwd=cwd,
        env=without_make(),
        capture_output=True,
        text=True,
    )


def make_environment(folder, torch=0, mmcv=1):
    """Make an environment whose Python only logs what it is told."""
    log = folder / 'log.txt'
    python = folder / 'venv' / 'bin' / 'python'
    python.parent.mkdir(parents=True)
    python.write_text(
        FAKE_PYTHON.format(log=shlex.quote(str(log)), torch=torch, mmcv=mmcv)
    )
    python.chmod(0o755)
    return folder / 'venv', log


@needs_make
def test_a_python_that_cannot_work_is_named(tmp_path):
    done = make(tmp_path / 'venv', 'PYTHON=false /no/such/python')
    assert done.returncode != 0
    assert 'Python 3.10, 3.11, 3.12 or 3.13 is needed' in done.stderr
    assert 'Tried: false /no/such/python' in done.stderr
    assert not (tmp_path / 'venv').exists()


@needs_make
def test_a_second_call_reuses_the_environment(tmp_path):
    venv, log = make_environment(tmp_path)
    make(venv).check_returncode()
    first = log.read_text()
    assert 'install --no-deps -e .' in first
    make(venv).check_returncode()
    assert log.read_text() == first


@needs_make
def test_a_photograph_needs_the_light_environment_only(tmp_path):
    venv, log = make_environment(tmp_path)
    assert 'PHOTO: expected a picture' in make(venv, target='photo').stderr
    assert not log.exists()
    for _ in range(2):
        make(venv, 'PHOTO=my photo.jpg', target='photo').check_returncode()
    lines = log.read_text()
    assert 'torch' not in lines
    assert lines.count('install -q -c constraints.txt -e .') == 1
    command = '-m bernoulli_headpose --out work_dirs/photo my photo.jpg'
    assert lines.count(command) == 2


@needs_make
def test_the_full_environment_holds_the_light_one(tmp_path):
    venv, log = make_environment(tmp_path)
    make(venv).check_returncode()
    make(venv, 'PHOTO=photo.jpg', target='photo').check_returncode()
    assert 'install -q' not in log.read_text()


@needs_make
@pytest.mark.parametrize(
    'name', ['with space', ' ', 'a:b', 'a%b', 'a;b', 'a|b', 'a"b', 'a`id`b', 'a$b', '']
)
def test_an_environment_that_make_cannot_name_is_refused(tmp_path, name):
    venv = f'{tmp_path}/{name}' if name else ''
    done = make(venv)
    assert done.returncode != 0
    expected = 'VENV: expected a path without spaces and : % ; | " ` ~ $'
    assert f"{expected}, got '{venv}'" in done.stderr
    assert list(tmp_path.iterdir()) == []


@needs_make
@pytest.mark.parametrize('name', ['my clone', "it's, (one)", 'a$b&c'])
def test_a_clone_may_have_any_name(tmp_path, name):
    clone = tmp_path / name
    clone.mkdir()
    for path in ROOT.glob('*'):
        if path.is_file():
            shutil.copy(path, clone)
    _, log = make_environment(clone)
    make('venv', cwd=clone).check_returncode()
    first = log.read_text()
    assert 'install --no-deps -e .' in first
    make('venv', cwd=clone).check_returncode()
    assert log.read_text() == first


@needs_make
def test_an_environment_may_have_signs_of_the_shell(tmp_path):
    venv, log = make_environment(tmp_path / 'a&b')
    make(venv).check_returncode()
    assert 'install --no-deps -e .' in log.read_text()


@needs_make
def test_an_environment_of_another_clone_is_set_up_again(tmp_path):
    venv, log = make_environment(tmp_path)
    (venv / '.bernoulli_mmpose').write_text('/another/clone\n')
    make(venv).check_returncode()
    assert 'install --no-deps -e .' in log.read_text()


@needs_make
@pytest.mark.parametrize(('torch', 'installed'), [(0, False), (3, True)])
def test_a_torch_that_works_is_kept(tmp_path, torch, installed):
    venv, log = make_environment(tmp_path, torch=torch)
    make(venv).check_returncode()
    lines = ' '.join(log.read_text().split())
    assert ('install -c constraints.txt torch==' in lines) is installed


@needs_make
def test_a_torch_without_its_torchvision_stops_the_set_up(tmp_path):
    venv, log = make_environment(tmp_path, torch=1)
    assert make(venv).returncode != 0
    assert 'pip --disable-pip-version-check install' not in log.read_text()


def check_torch(site):
    """What make asks of an environment in which only the packages of a folder are."""
    show = ['make', '--eval', 'show: ; @printf %s "$$CHECK_TORCH"', 'show']
    code = subprocess.check_output(show, cwd=ROOT, env=without_make(), text=True)
    return subprocess.run(
        [sys.executable, '-S', '-c', code, 'torch==2.12.1', 'torchvision==0.27.1'],
        env={'PYTHONPATH': str(site)},
        capture_output=True,
        text=True,
    )


def fake_package(site, name, version, code):
    """A package of one file, and what pip knows of it."""
    (site / name).mkdir()
    (site / name / '__init__.py').write_text(code)
    if version:
        info = site / f'{name}-{version}.dist-info'
        info.mkdir()
        (info / 'METADATA').write_text(f'Name: {name}\nVersion: {version}\n')


WORKING = 'zeros = lambda *_: 0'
VISION = 'from types import SimpleNamespace as S\nops = S(nms=lambda *_: 0)'


@needs_make
@pytest.mark.parametrize(
    ('torch', 'torchvision', 'status', 'said'),
    [
        (None, None, 3, ''),
        ((None, ''), None, 3, ''),  # half unpacked: pip does not know it
        (('2.12.1+cpu', WORKING), None, 3, ''),  # stopped between the two
        (('2.12.1', WORKING), ('0.27.1', VISION), 0, ''),
        (('2.9.0', WORKING), ('0.24.0', VISION), 0, ''),  # one's own
        (('2.9.0', WORKING), None, 1, "No module named 'torchvision'"),
        (('2.9.0', WORKING), ('0.1', 'raise OSError("no libtorch.so")'), 1, 'OSError'),
        (('2.9.0', WORKING), ('0.1', '(('), 1, 'SyntaxError'),
        (('2.9.0', 'raise OSError("libcudart.so.12")'), None, 1, 'libcudart.so.12'),
    ],
)
def test_which_torch_is_kept_completed_or_refused(
    tmp_path, torch, torchvision, status, said
):
    for name, given in (('torch', torch), ('torchvision', torchvision)):
        if given:
            fake_package(tmp_path, name, *given)
    done = check_torch(tmp_path)
    assert done.returncode == status
    assert said in done.stderr
    assert 'Traceback' not in done.stderr
    assert ('Install the torchvision of that torch' in done.stderr) is (status == 1)


@needs_make
@pytest.mark.parametrize('stamped', [True, False])
def test_an_environment_whose_python_has_gone_is_made_anew(tmp_path, stamped):
    venv, log = make_environment(tmp_path)
    (venv / 'bin' / 'python').rename(tmp_path / 'copy')
    (venv / 'bin' / 'python').symlink_to('/no/such/python')
    (venv / 'pyvenv.cfg').touch()
    if stamped:
        (venv / '.bernoulli_mmpose').write_text(f'{ROOT}\n')
    creator = (
        tmp_path / 'python3'
    )  # makes a Python that logs, where 'venv' is asked for
    creator.write_text(
        f'#!/bin/sh\ncase "$*" in *"-m venv --clear"*) rm {venv}/bin/python; '
        f'cp {tmp_path}/copy {venv}/bin/python; touch {venv}/bin/python;; esac\n'
    )
    creator.chmod(0o755)
    make(venv, f'PYTHON={creator}').check_returncode()
    assert 'install --no-deps -e .' in log.read_text()


@needs_make
@pytest.mark.parametrize(('mmcv', 'lite'), [(0, False), (1, True)])
def test_a_full_mmcv_is_kept(tmp_path, mmcv, lite):
    venv, _ = make_environment(tmp_path, mmcv=mmcv)
    make(venv).check_returncode()
    requirements = (venv / 'requirements.txt').read_text()
    assert ('mmcv-lite==' in requirements) is lite
    assert 'mmdet==' in requirements


PYTHON_OF = """#!/bin/sh
[ "$1" = -c ] && exec {real} -c "import sys; sys.version_info = {version}
$2"
"""


def fake_interpreter(folder, version, name='python3'):
    """A Python that says that it is of another version."""
    python = folder / name
    python.write_text(PYTHON_OF.format(real=sys.executable, version=(*version, 0)))
    python.chmod(0o755)
    return python


@needs_make
@pytest.mark.parametrize('version', [(3, 9), (3, 14), (2, 7)])
def test_an_unsupported_python_is_named(tmp_path, version):
    python = fake_interpreter(tmp_path, version)
    done = make(tmp_path / 'venv', f'PYTHON={python}')
    assert done.returncode != 0
    assert 'Python 3.10, 3.11, 3.12 or 3.13 is needed' in done.stderr
    assert not (tmp_path / 'venv').exists()


@needs_make
def test_an_environment_of_an_unsupported_python_is_named(tmp_path):
    venv, _ = make_environment(tmp_path)
    fake_interpreter(venv / 'bin', (3, 9), 'python')
    done = make(venv)
    assert done.returncode != 0
    assert 'Python 3.10, 3.11, 3.12 or 3.13 is needed: name another' in done.stderr


@needs_make
def test_a_python_without_venv_is_told_what_to_install(tmp_path):
    python = tmp_path / 'python3'
    without = "import sys; sys.modules['venv'] = None"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{without}\n$2"\n')
    python.chmod(0o755)
    done = make(tmp_path / 'venv', f'PYTHON={python}')
    assert done.returncode != 0
    assert 'has no venv (on Debian: apt install python3-venv)' in done.stderr


@needs_make
def test_without_a_network_it_says_so_in_a_sentence(tmp_path):
    venv, _ = make_environment(tmp_path, torch=3)
    python = venv / 'bin' / 'python'
    python.write_text(
        python.read_text() + 'case "$*" in *check" "install*) exit 1;; esac\n'
    )
    done = make(venv)
    assert done.returncode != 0
    assert (
        'could not be installed: see above what is missing, the network' in done.stderr
    )
    assert not (venv / '.bernoulli_mmpose').exists()


@needs_make
def test_half_an_environment_of_a_stopped_run_is_completed(tmp_path):
    """No pip in it, and half a torch: exit status 3 of the question."""
    venv, log = make_environment(tmp_path, torch=3)
    python = venv / 'bin' / 'python'
    python.write_text(
        python.read_text() + 'case "$*" in *pip*--version) exit 1;; esac\n'
    )
    make(venv).check_returncode()
    lines = log.read_text()
    assert '-m ensurepip' in lines
    assert 'install -c constraints.txt torch==' in ' '.join(lines.split())


@needs_make
def test_torch_comes_from_the_index_that_is_named(tmp_path):
    venv, log = make_environment(tmp_path, torch=3)
    make(venv, 'TORCH_INDEX=https://example.org/cpu').check_returncode()
    lines = ' '.join(log.read_text().split())
    assert lines.count('--index-url https://example.org/cpu torch==') == 1
