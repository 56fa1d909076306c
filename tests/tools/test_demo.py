"""The demo never removes what it did not make."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / 'tools' / 'demo.py'


@pytest.fixture(scope='module')
def demo():
    spec = importlib.util.spec_from_file_location('demo', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_folder_of_the_user_is_not_touched(demo, tmp_path):
    (tmp_path / 'frame_00003_rgb.png').touch()
    with pytest.raises(SystemExit, match='not touched'):
        demo.clear_sample(tmp_path)
    assert (tmp_path / 'frame_00003_rgb.png').exists()


def test_rendered_sample_is_removed(demo, tmp_path):
    folder = tmp_path / 'biwi'
    demo.clear_sample(folder)  # nothing there: nothing to do
    folder.mkdir()
    (folder / 'README.txt').write_text('rendered stand-in, not BIWI\n')
    demo.clear_sample(folder)
    assert not folder.exists()
