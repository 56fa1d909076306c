"""tools/benchmark_inference.py: one round of it, and its sums."""

import runpy
import sys
import time

import numpy as np
import pytest
from benchmarks import inference, timing


@pytest.fixture
def tool(project_root):
    return runpy.run_path(str(project_root / 'tools' / 'benchmark_inference.py'))


def test_fast_calls_are_repeated():
    def call():
        time.sleep(0.005)

    seconds = timing.timed({'slow': lambda: time.sleep(0.08), 'fast': call}, 2)
    assert {name: len(values) for name, values in seconds.items()} == {
        'fast': 2, 'slow': 2
    }  # fmt: skip
    assert all(0.005 <= value < 0.05 for value in seconds['fast'])
    assert all(value >= 0.08 for value in seconds['slow'])


def test_spread():
    assert timing.spread([3.0, 1.0, 2.0], '.1f') == '2.0 (1.0-3.0)'


def test_a_picture_without_a_face_for_mediapipe_is_told():
    class Blind:
        def find(self, picture):
            assert picture.shape == (256, 256, 3)

    view = (np.zeros((90, 90, 3), np.uint8), np.array([[10, 10, 60, 60]]))
    with pytest.raises(ValueError, match='expected a face for MediaPipe'):
        inference.mesh_call(Blind(), view, 1)


def test_speeds_are_compared_with_those_that_are_there():
    weights = {inference.OURS: 5_300_000, inference.MESH_IN_VIDEO: 1_500_000}
    ways = {name: lambda: time.sleep(0.06) for name in weights}
    table = inference.speed_table({1: ways}, weights, 1)
    names = [column.header for column in table.columns]
    assert names[1:3] + names[4:] == [
        'MB',
        'batch',
        'of PyTorch',
        'of MediaPipe, video',
    ]
    assert list(table.columns[1].cells) == ['5.3', '1.5']


@pytest.mark.slow
@pytest.mark.usefixtures('mediapipe_mesh')
def test_prints_all_tables(tool, config, checkpoint, capsys):
    words = ['--rounds', '1', '--batches', '1', '--frames', '4', '--threads', '1']
    words += ['--mediapipe', sys.executable]
    tool['main']([str(config), str(checkpoint), *words])
    printed = capsys.readouterr().out
    for text in (
        'MMPose HRNet-W32',
        'MediaPipe',
        'onnxruntime int8',
        'decode + drawing',
        'frames/s',
    ):
        assert text in printed
    assert 'of 4; decode' in ' '.join(printed.split())  # the console wraps


@pytest.mark.parametrize('words', [['only.py'], ['--rounds', '0'], ['--frames', '-1']])
def test_bad_words_are_refused(tool, capsys, words):
    with pytest.raises(SystemExit):
        tool['parse_args'](words)
    assert 'expected' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['no.py', 'no.pth'], r'no\.py: expected a config, found no such file'),
        (['CONFIG', 'no.pth'], r'no\.pth: expected a checkpoint, found no such file'),
    ],
)
def test_a_missing_file_is_told(tool, config, words, message):
    with pytest.raises(FileNotFoundError, match=message):
        tool['main']([str(config) if word == 'CONFIG' else word for word in words])
