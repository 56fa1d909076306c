"""A file that is not there is named before anything is imported that takes seconds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG, CHECKPOINT = 'a config', 'a checkpoint'
HEAD, FOLDER = 'a morphable head (.npz)', 'a file or a folder'
# A module that is None cannot be imported.
RUN = """
import os, runpy, sys
del sys.argv[0]
sys.path.insert(0, os.path.dirname(sys.argv[0]))  # as for a script
sys.modules.update(dict.fromkeys(['torch', 'mmpose', 'matplotlib', 'onnx']))
runpy.run_path(sys.argv[0], run_name='__main__')
"""


@pytest.mark.parametrize(
    ('words', 'expected'),
    [
        ('browse_dataset no.py --out out', CONFIG),
        ('check_dataset no.py', CONFIG),
        ('draw_bodies no.py here.pth', CONFIG),
        ('draw_bodies here.py no.pth', CHECKPOINT),
        ('export_onnx no.py here.pth out.onnx', CONFIG),
        ('export_onnx rotation_hrnet-small_head no.pth out.onnx', CHECKPOINT),
        ('feature_maps no.py here.pth here.png --out out.png', CONFIG),
        ('feature_maps here.py no.pth here.png --out out.png', CHECKPOINT),
        ('feature_maps here.py here.pth no.png --out out.png', 'an image'),
        ('landmark_baseline no.py out.csv', CONFIG),
        ('landmarks_to_head_pose convert no.json out.json', FOLDER),
        ('landmarks_to_head_pose measure no', FOLDER),
        ('make_heads render no.npz out', HEAD),
        ('make_heads profile here.npz out no.csv', 'a CSV file'),
        ('publish_checkpoint no.pth out.pth', CHECKPOINT),
        ('render_biwi_sample out --head-model no.npz', HEAD),
        ('robustness no.py here.pth --out out', CONFIG),
        ('robustness here.py no.pth --out out', CHECKPOINT),
        ('summarize here.csv no.csv --out out', 'a results file'),
    ],
)
def test_missing_file_is_named_at_once(tmp_path, words, expected):
    tool, *arguments = words.split()
    there = [word for word in arguments if word.startswith('here')]
    for name in there:
        (tmp_path / name).touch()
    missing = next(word for word in arguments if word.split('.')[0] == 'no')
    done = subprocess.run(
        [sys.executable, '-c', RUN, ROOT / 'tools' / f'{tool}.py', *arguments],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
    )
    found = 'found none' if expected == FOLDER else 'found no such file'
    assert done.stderr == f'error: {missing}: expected {expected}, {found}\n'
    assert done.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(there)
