"""The demo trains a whole schedule, and never removes what it did not make."""

import importlib.util
from pathlib import Path

import pytest
from mmengine.config import Config, DictAction

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


def test_learning_rate_falls_to_the_end_of_the_training(demo, tmp_path, monkeypatch):
    commands = []
    monkeypatch.setattr(demo, 'run', lambda _, *words, **_log: commands.append(words))
    demo.train_and_test(tmp_path, 7, tmp_path / 'results.csv')
    words = [str(word) for word in commands[0]]
    options = words[words.index('--cfg-options') + 1 :]
    config = Config.fromfile(demo.CONFIG)
    pairs = (option.split('=', 1) for option in options)
    config.merge_from_dict({k: DictAction._parse_iterable(v) for k, v in pairs})
    assert config.train_cfg.max_epochs == config.param_scheduler[-1].T_max == 7
