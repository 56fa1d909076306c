"""The command that renders a sample."""

import importlib.util

import pytest

from bernoulli_headpose.terminal import run_command
from bernoulli_mmpose.rendering import biwi_sample
from bernoulli_mmpose.rendering.biwi_layout import SEQUENCES, SIZE


@pytest.fixture(scope='module')
def tool(project_root):
    path = project_root / 'tools' / 'render_biwi_sample.py'
    spec = importlib.util.spec_from_file_location('render_biwi_sample', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_command_renders_and_says_what_it_is(tool, tmp_path, capsys):
    root = tmp_path / 'sample'
    options = ['--frames-per-sequence', '1', '--sequences', '4', '6']
    assert tool.main([str(root), *options, '--size', '160', '120']) is None
    printed = capsys.readouterr().out
    assert 'rendered stand-in, not BIWI' in printed
    assert '2 frames in' in printed
    assert sorted(path.name for path in root.iterdir()) == ['04', '06', 'README.txt']


def test_all_sequences_in_the_size_of_biwi_are_the_default(tool, tmp_path, monkeypatch):
    given = {}

    def keep(_root, settings, sequences, *_, **__):
        given.update(size=settings.size, sequences=sequences)

    monkeypatch.setattr(biwi_sample, 'render_sample', keep)
    tool.main([str(tmp_path)])
    assert given == dict(size=SIZE, sequences=SEQUENCES)


def test_command_prints_errors(tool, tmp_path, capsys):
    (tmp_path / 'photo.jpg').write_bytes(b'mine')
    assert run_command(lambda: tool.main([str(tmp_path)])) == 1
    assert 'expected an absent or empty folder' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['photo.jpg']
