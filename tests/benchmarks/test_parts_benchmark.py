"""tools/benchmark_training.py: the parts of a training, and what each takes."""

import cv2
import numpy as np
import pytest
from benchmark_training import main
from benchmarks import parts
from mmengine.config import Config


@pytest.fixture
def config(tmp_path, monkeypatch, project_root):
    folder = tmp_path / 'genki4k'
    folder.mkdir()
    cv2.imwrite(str(folder / '0.png'), np.zeros((60, 80, 3), np.uint8))
    rows = ['0.png,10,10,30,40,5,10,0,ann,train'] * 8
    header = 'image,x,y,w,h,pitch,yaw,roll,subject,split'
    (folder / 'annotations.csv').write_text('\n'.join([header, *rows]))
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', str(tmp_path))
    path = tmp_path / 'config.py'
    base = project_root / 'configs' / 'bernoulli_hrnet-small_genki4k.py'
    path.write_text(f'_base_ = {str(base)!r}\ntrain_dataloader = dict(batch_size=4)\n')
    return path


def test_each_part_is_told(config, capsys):
    main([str(config), '--rounds', '2', '--threads', '1'])
    printed = capsys.readouterr().out
    for part in (parts.LOADER, '  GenerateTarget', parts.TRAIN, parts.TEST):
        assert f' {part} ' in printed
    assert 'A worker gives ' in printed
    assert 'cpu, 1 threads' in printed


def test_the_steps_of_a_worker_add_up(config):
    steps, seconds, batches = parts.loader_times(Config.fromfile(config), 2)
    total = np.sum([*steps.values()], axis=0)
    np.testing.assert_allclose(total, seconds, rtol=1e-6)
    assert [len(batch['data_samples']) for batch in batches] == [4, 4]
    assert min(steps['  TopdownAffine']) > 0


def test_bad_words(config):
    with pytest.raises(SystemExit):
        main([str(config), '--rounds', '0'])
    with pytest.raises(ValueError, match='device: expected'):
        main([str(config), '--device', 'abacus'])


def test_a_config_that_trains_nothing_is_named(config):
    none = Config.fromfile(config)
    none.train_dataloader = None
    with pytest.raises(ValueError, match=r'config\.py: expected a train_dataloader'):
        parts.loader_times(none, 1)
