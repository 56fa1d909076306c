"""tools/publish_checkpoint.py: what stays, what goes, what is refused."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer

TOOL = Path(__file__).parents[2] / 'tools' / 'publish_checkpoint.py'
CONFIG = """
default_scope = 'mmpose'
model = dict(type='TopdownPoseEstimator')
data_root = '/home/me/data'
loader = dict(datasets=[dict(data_root='/home/me/data/genki4k')])
work_dir = '/home/me/work'
load_from = '/home/me/other.pth'
resume = True
"""


@pytest.fixture(scope='module')
def main():
    return runpy.run_path(str(TOOL))['main']


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A checkpoint as a Runner leaves it; the names of changed parts are arguments."""
    for name in ('BERNOULLI_DATA_ROOT', 'BERNOULLI_MADE_ROOT'):
        monkeypatch.delenv(name, raising=False)

    def write(weight=None, cfg=CONFIG):
        weight = torch.linspace(-1, 1, 12).reshape(3, 4) if weight is None else weight
        log = HistoryBuffer([1.0], [1])
        checkpoint = dict(
            state_dict={'conv': weight, 'bn': torch.full((3,), 1e5)},
            optimizer=dict(state={0: torch.ones(3, 4)}),
            message_hub=dict(log_scalars={'loss': log}),
            meta=dict(
                epoch=7,
                cfg=cfg,
                experiment_name='secret_run',
                dataset_meta=dict(flip_indices=[0], sigmas=np.array([0.05])),
            ),
        )
        torch.save(checkpoint, tmp_path / 'epoch_7.pth')
        return str(tmp_path / 'epoch_7.pth')

    return write


REPLACE = ('--replace', '/home/me/data/=data')


def test_weights_and_needed_meta_stay_and_the_rest_goes(main, trained, tmp_path):
    out = tmp_path / 'new' / 'small.pth'
    main([trained(), str(out), *REPLACE])
    made = torch.load(out, weights_only=True)
    assert set(made) == {'state_dict', 'meta'}
    assert set(made['meta']) == {'epoch', 'cfg', 'dataset_meta'}
    assert made['meta']['epoch'] == 7
    assert made['meta']['dataset_meta']['flip_indices'] == [0]
    weight = torch.linspace(-1, 1, 12).reshape(3, 4)
    torch.testing.assert_close(made['state_dict']['conv'], weight, rtol=0, atol=0)
    content = out.read_bytes()
    assert not [word for word in (b'/home', b'secret', b'work') if word in content]
    config = Config.fromstring(made['meta']['cfg'], '.py')
    assert config.data_root == 'data'
    assert config.loader.datasets[0].data_root == 'data/genki4k'


def test_same_checkpoint_gives_same_bytes(main, trained, tmp_path, capsys):
    outs = [tmp_path / name for name in ('a.pth', 'another_name.pth')]
    for out in outs:
        main([trained(), str(out), *REPLACE])
    assert outs[0].read_bytes() == outs[1].read_bytes()
    first, second = capsys.readouterr().out.split('sha256 ')[1:]
    assert first[:64] == second[:64]


@pytest.mark.parametrize('name', ['BERNOULLI_DATA_ROOT', 'BERNOULLI_MADE_ROOT'])
def test_roots_of_the_environment_are_replaced(
    main, trained, tmp_path, monkeypatch, name
):
    monkeypatch.setenv(name, '/home/me/data')
    main([trained(), str(tmp_path / 'a.pth')])
    assert b'/home' not in (tmp_path / 'a.pth').read_bytes()


def test_the_longest_beginning_of_a_path_counts(main, trained, tmp_path, monkeypatch):
    monkeypatch.setenv('BERNOULLI_DATA_ROOT', '/home/me')
    monkeypatch.setenv('BERNOULLI_MADE_ROOT', '/home/me/heads')
    config = "a = ['/home/me/heads/x', '/home/me/y', '/home/me/heads2']"
    for options, made in (([], 'data/made'), (['--replace', '/home/me/heads=m'], 'm')):
        main([trained(cfg=config), str(tmp_path / 'a.pth'), *options])
        meta = torch.load(tmp_path / 'a.pth', weights_only=True)['meta']
        paths = Config.fromstring(meta['cfg'], '.py').a
        assert paths == [f'{made}/x', 'data/y', 'data/heads2']


def test_half_keeps_what_float16_cannot_hold(main, trained, tmp_path):
    main([trained(), str(tmp_path / 'a.pth'), '--half', *REPLACE])
    weights = torch.load(tmp_path / 'a.pth', weights_only=True)['state_dict']
    assert weights['conv'].dtype == torch.float16
    assert weights['bn'].tolist() == [1e5] * 3


@pytest.mark.parametrize('path', ['/home/me/data', '../data', '~/data', 'a/../../data'])
def test_a_path_of_the_machine_is_refused(main, trained, tmp_path, path):
    checkpoint = trained(cfg=f'a = [dict(root={path!r})]')
    with pytest.raises(ValueError, match=rf'cfg.a\[0\].root: .+ got {path!r}; .*--rep'):
        main([checkpoint, str(tmp_path / 'a.pth')])
    assert not (tmp_path / 'a.pth').exists()


def test_a_file_above_the_limit_is_refused(main, trained, tmp_path):
    checkpoint = trained(torch.zeros(2500, 2100))
    with pytest.raises(ValueError, match=r'a.pth: expected at most 20 MB, got 21.0 MB'):
        main([checkpoint, str(tmp_path / 'a.pth'), *REPLACE])
    assert not (tmp_path / 'a.pth').exists()
    main([checkpoint, str(tmp_path / 'a.pth'), *REPLACE, '--half'])


def test_weights_that_are_not_finite_are_refused(main, trained, tmp_path):
    with pytest.raises(ValueError, match='conv: expected finite numbers'):
        main([trained(torch.full((2, 2), torch.nan)), str(tmp_path / 'a.pth')])


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({'weight': torch.ones(1)}, r"expected 'state_dict' .+ got \['weight'\]"),
        ({'state_dict': torch.ones(1)}, 'state_dict: expected a dict, got tensor'),
        ({'state_dict': {}, 'meta': None}, "expected 'state_dict' .+ with"),
        ({'state_dict': {}, 'meta': {'cfg': 7}}, "expected 'state_dict' .+ with"),
        ({'state_dict': {'a': 1}, 'meta': {'cfg': ''}}, 'a: expected a tensor, got 1'),
        (torch.ones(1), 'plain.pth, which holds a Tensor'),
        (b'text', 'a checkpoint of MMEngine, got .*plain.pth'),
        (b'PK\x03\x04 cut off', 'a checkpoint of MMEngine, got .*plain.pth'),
    ],
)
def test_other_files_are_refused(main, tmp_path, content, message):
    path = tmp_path / 'plain.pth'
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(ValueError, match=message):
        main([str(path), str(tmp_path / 'a.pth')])
    assert not (tmp_path / 'a.pth').exists()


def test_a_path_of_the_machine_in_the_skeleton_is_refused(main, tmp_path):
    meta = dict(cfg='', dataset_meta=dict(from_file='/home/me/head.py'))
    torch.save(dict(state_dict={}, meta=meta), tmp_path / 'b.pth')
    with pytest.raises(ValueError, match=r'dataset_meta.from_file: .+/home/me/head'):
        main([str(tmp_path / 'b.pth'), str(tmp_path / 'a.pth')])


def test_a_config_is_not_run(main, trained, tmp_path):
    marker = tmp_path / 'marker'
    checkpoint = trained(cfg=f'x = [open({str(marker)!r}, "w")]\n{CONFIG}')
    with pytest.raises(
        ValueError, match=r'epoch_7\.pth: expected a config .*line 1 calls'
    ):
        main([checkpoint, str(tmp_path / 'a.pth'), *REPLACE])
    assert not marker.exists()


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['a.pth', './a.pth'], 'expected another file than checkpoint'),
        (['a.pth', 'b.pth', '--replace', '/data'], "expected OLD=NEW, got '/data'"),
    ],
)
def test_bad_words_are_named(main, words, message, capsys):
    with pytest.raises(SystemExit):
        main(words)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('kind', ['symbolic', 'hard'])
def test_the_training_is_not_written_over(main, trained, tmp_path, kind):
    given, out = Path(trained()), tmp_path / 'x.pth'
    before = given.read_bytes()
    make = Path.symlink_to if kind == 'symbolic' else Path.hardlink_to
    make(out, given)
    with pytest.raises((ValueError, SystemExit)):  # the links' target is seen at once
        main([str(given), str(out), *REPLACE])
    assert given.read_bytes() == before


def test_a_full_disk_leaves_no_half_checkpoint(main, trained, small_disk):
    (small_disk / 'full').write_bytes(bytes(97_000))
    given = trained(weight=torch.ones(100, 100))
    with pytest.raises(OSError, match=r'No space left.*x\.pth'):
        main([given, str(small_disk / 'x.pth'), *REPLACE])
    assert [path.name for path in small_disk.iterdir()] == ['full']
