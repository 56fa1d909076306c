"""What is imported before a command answers: nothing that takes seconds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = sorted(path.name for path in (ROOT / 'tools').glob('*.py'))
HEAVY = {
    *('torch', 'torchvision', 'mmengine.runner', 'mmcv', 'mmdet', 'mmpose'),
    *('bernoulli_mmpose', 'scipy', 'matplotlib', 'pandas', 'onnx', 'onnxruntime'),
    *('gradio', 'facenet_pytorch'),
}
# Runs a command and prints, as the last line, its exit code and what it has imported.
RUN = """
import json, runpy, sys
kind, name, *sys.argv = sys.argv[1:]
sys.path.insert(0, 'tools')  # where Python itself looks for a tool's modules
try:
    getattr(runpy, f'run_{kind}')(name, run_name='__main__')
    code = 0
except SystemExit as stop:
    code = stop.code
print()
print(json.dumps([code, sorted(sys.modules)]))
"""


def run(kind: str, name: str, *arguments: str) -> tuple[int, set[str], str]:
    """Exit code, modules and output of a command that runs in a process of its own."""
    done = subprocess.run(
        [sys.executable, '-c', RUN, kind, name, name, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    output, _, last = done.stdout.rstrip().rpartition('\n')
    code, modules = json.loads(last)
    return code, set(modules), output + done.stderr


@pytest.mark.parametrize(
    ('arguments', 'code', 'said'),
    [
        (['--help'], 0, 'examples:'),
        (['--version'], 0, 'head-pose 0.2'),
        (['--wrong', 'photo.jpg'], 2, 'unrecognized arguments: --wrong'),
        (['photo.jpg', '--boxes', '1', '2', 'x', '4'], 2, '--boxes'),
        (['missing.jpg'], 1, "error: 'missing.jpg': expected an image"),
        (['missing.jpg', 'missing.mp4'], 1, 'missing.mp4: expected a video'),
        (['tests'], 1, 'tests: expected images'),
        (['README.md', '--weights', 'no.pth'], 1, 'no.pth: expected a checkpoint'),
        (['README.md', '--model', 'no.py'], 1, 'no.py: expected a config'),
        (['README.md', '--out', 'setup.py/out'], 1, 'setup.py'),
    ],
)
def test_head_pose_answers_without_torch(arguments, code, said):
    got, modules, output = run('module', 'bernoulli_headpose', *arguments)
    assert (got, modules & (HEAVY | {'mmengine'})) == (code, set())
    assert said in output


def test_the_page_explains_itself_without_torch():
    code, modules, output = run('module', 'bernoulli_headpose.page', '--help')
    assert (code, modules & (HEAVY | {'mmengine'})) == (0, set())
    assert '--port' in output


@pytest.mark.parametrize('tool', TOOLS)
def test_tools_explain_themselves_without_torch(tool):
    code, modules, output = run('path', f'tools/{tool}', '--help')
    assert (code, modules & HEAVY) == (0, set())
    assert 'usage:' in output


def test_the_light_package_imports_nothing_heavy():
    names = [
        '.'.join(path.relative_to(ROOT).with_suffix('').parts)
        for path in (ROOT / 'bernoulli_headpose').rglob('*.py')
        # The page's, of gradio, and what needs Ray and pyarrow.
        if path.name != 'layout.py' and path.parent.name != 'batch'
    ]
    assert names
    code = f'import json, sys\nfor name in {names}: __import__(name)\n'
    code += 'print(json.dumps(sorted(sys.modules)))'
    done = subprocess.check_output([sys.executable, '-c', code], cwd=ROOT)
    assert not set(json.loads(done)) & (HEAVY | {'mmengine'})


@pytest.mark.slow
def test_the_plugin_imports_no_more_than_mmpose_does():
    code = """
import json, sys, types
alone = sys.modules['bernoulli_mmpose'] = types.ModuleType('bernoulli_mmpose')
alone.__path__ = ['bernoulli_mmpose']
import bernoulli_mmpose.compat  # without the rest of the package
import mmpose.apis
before = set(sys.modules)
del sys.modules['bernoulli_mmpose']
import bernoulli_mmpose
print(json.dumps(sorted(set(sys.modules) - before)))
"""
    done = subprocess.check_output([sys.executable, '-c', code], cwd=ROOT)
    added = {name.split('.')[0] for name in json.loads(done.splitlines()[-1])}
    assert added == {'bernoulli_headpose', 'bernoulli_mmpose'}
