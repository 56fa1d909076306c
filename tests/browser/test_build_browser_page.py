"""tools/build_browser_page.py: what it refuses, and what it writes."""

import json
import re

import onnx
import pytest
from browser_page.runtime import VERSION
from build_browser_page import main

from bernoulli_headpose.estimation.picture_parts import TILE
from bernoulli_headpose.onnx import OnnxModel, find_model


@pytest.fixture
def runtime(tmp_path):
    """A folder that looks like the unpacked package."""
    folder = tmp_path / 'runtime'
    (folder / 'dist').mkdir(parents=True)
    manifest = dict(name='onnxruntime-web', version=VERSION)
    (folder / 'package.json').write_text(json.dumps(manifest))
    for name in ('ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'):
        (folder / 'dist' / name).write_text(name)
    return folder


def test_all_that_the_page_asks_for_is_there(runtime, tmp_path, capsys):
    out = tmp_path / 'page'
    for _ in range(2):  # again over the same
        main([str(out), '--runtime', str(runtime)])
        printed = capsys.readouterr().out
    count = sum(path.is_file() for path in out.rglob('*'))
    assert printed.startswith(f'{out}: {count} files, ')
    settings = json.loads((out / 'settings.json').read_text())
    assert settings['pyramid']['tile'] == TILE
    for kind, name in (('model', 'head-pose'), ('finder', 'heads')):
        info = settings[kind]
        assert (out / info.pop('file')).read_bytes() == find_model(name).read_bytes()
        assert info == OnnxModel(find_model(name)).info
    script = (out / 'runtime' / 'onnxruntime.js').read_text()
    assert script == 'ort.wasm.bundle.min.mjs'


def test_a_model_that_finds_heads_needs_no_other(runtime, tmp_path):
    main([str(tmp_path / 'page'), '--runtime', str(runtime), '--model', 'heads'])
    settings = json.loads((tmp_path / 'page' / 'settings.json').read_text())
    assert settings['finder'] is None
    assert [p.name for p in (tmp_path / 'page').glob('*.onnx')] == ['heads.onnx']


def refuse(expected, *words):
    """See that the tool ends with an error that says what it expected."""
    with pytest.raises((ValueError, OSError), match=re.escape(expected)):
        main([*map(str, words)])


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        (('--model', 'no.onnx'), 'no.onnx: expected a model'),
        (('--finder', 'no.onnx'), 'no.onnx: expected a model'),
        (('--finder', 'head-pose'), 'finder: expected a model that finds all heads'),
        (
            ('--model', 'heads', '--finder', 'heads'),
            'finder: expected none with a model that finds heads itself, got heads',
        ),
    ],
)
def test_wrong_models(tmp_path, options, expected):
    refuse(expected, tmp_path / 'page', *options)
    assert not (tmp_path / 'page').exists()


def test_a_model_of_people_is_refused(tmp_path):
    model = onnx.load(find_model('head-pose'))
    for entry in model.metadata_props:
        if entry.key == 'of_faces':
            entry.value = 'false'
    onnx.save(model, tmp_path / 'people.onnx')
    expected = 'people.onnx: expected a model of heads and their angles alone'
    refuse(expected, tmp_path / 'page', '--model', tmp_path / 'people.onnx')


def test_other_files_stay(runtime, tmp_path):
    out = tmp_path / 'page'
    out.mkdir()
    (out / 'thesis.txt').write_text('mine')
    refuse('or one of this page, got thesis.txt', out, '--runtime', runtime)
    assert [path.name for path in out.iterdir()] == ['thesis.txt']
    refuse('got a file', out / 'thesis.txt', '--runtime', runtime)


def test_no_runtime(runtime, tmp_path):
    out = tmp_path / 'page'
    refuse('expected an unpacked copy of onnx', out, '--runtime', tmp_path)
    (runtime / 'package.json').write_text('{"name": "other", "version": "1"}')
    refuse(f'onnxruntime-web {VERSION}, got other 1', out, '--runtime', runtime)
    assert not out.exists()


def fake_npm(folder, script):
    """A PATH on which npm is a script."""
    folder.mkdir()
    (folder / 'npm').write_text(f'#!/bin/sh\n{script}\n')
    (folder / 'npm').chmod(0o755)
    return f'{folder}:/usr/bin:/bin'


def test_npm_that_does_not_help(tmp_path, monkeypatch):
    monkeypatch.setenv('BERNOULLI_CACHE_DIR', str(tmp_path / 'cache'))
    out = tmp_path / 'page'
    monkeypatch.setenv('PATH', '')
    refuse('npm: expected it on the PATH', out)
    fails = fake_npm(tmp_path / 'fails', 'echo ENOTFOUND >&2; exit 1')
    monkeypatch.setenv('PATH', fails)
    refuse('of it, got: ENOTFOUND; is there a network?', out)
    # 'npm pack NAME --pack-destination FOLDER'
    lies = fake_npm(tmp_path / 'lies', f'echo x > "$4/onnxruntime-web-{VERSION}.tgz"')
    monkeypatch.setenv('PATH', lies)
    refuse('.tgz of sha512 ', out)
    assert not out.exists()
    assert not [*(tmp_path / 'cache').iterdir()]
