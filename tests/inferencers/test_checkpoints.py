"""Checkpoints of strangers: nothing in them is run, and what is odd is named."""

import copy
import sys
import zipfile

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.apis import init_model

from bernoulli_headpose.files import parse_assignments
from bernoulli_mmpose import HeadPoseInferencer
from bernoulli_mmpose.inferencers.checkpoints import find_checkpoint, read_checkpoint
from bernoulli_mmpose.inferencers.configs import config_margin, inference_config
from bernoulli_mmpose.inferencers.loading import find_model, load_model
from bernoulli_mmpose.shipped import shipped_checkpoint, shipped_config

BACKBONE = "type='ChannelwiseHRNet'"
MODEL = 'model = dict(\n    backbone=dict('
TEST = 'test_dataloader = dict('
TOUCH = "command='touch {marker}'"


@pytest.fixture(scope='module')
def shipped():
    return torch.load(shipped_checkpoint(), weights_only=True)


@pytest.fixture
def marker(tmp_path, monkeypatch):
    """A file that is there as soon as something of the stranger's runs."""
    marker = tmp_path / 'marker'
    (tmp_path / 'evil_module.py').write_text(f'open({str(marker)!r}, "w")\n')
    monkeypatch.syspath_prepend(tmp_path)
    yield marker
    sys.modules.pop('evil_module', None)


def save(shipped, path, cfg=None, **meta):
    made = copy.deepcopy(shipped)
    made['meta'] |= {'cfg': cfg or shipped['meta']['cfg'], **meta}
    torch.save(made, path)
    return path


# Each ran on loading, but for the first, which MMEngine stumbles over.
@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('', 'import os; os.system("touch {marker}")\n', 'line 1 is no assignment'),
        ('', 'x = [open("{marker}", "w")]\n', 'line 1 calls something'),
        (
            '',
            'x = dict(y=__import__("evil_module").dict())\n',
            'line 1 calls something',
        ),
        (BACKBONE, f"type='os.system', {TOUCH}", "a component, got 'os.system'"),
        (BACKBONE, "type='evil_module'", "got 'evil_module'"),
        (BACKBONE, "type='torch.nn.Module'", "got 'torch.nn.Module'"),
        (BACKBONE, "type='mmengine.fileio.load'", "got 'mmengine.fileio.load'"),
        (BACKBONE, "type='mmpose.LoadImage'", "got 'mmpose.LoadImage'"),
        (BACKBONE, 'type=dict', 'malformed node'),
        (BACKBONE, 'type=7', 'got 7'),
        (BACKBONE, f"{BACKBONE}, _scope_='evil_module'", "got 'evil_module'"),
        (BACKBONE, f'{BACKBONE}, norm_cfg=dict(type="evil_module")', 'evil_module'),
        (
            BACKBONE,
            "type='DWPoseDistiller', teacher_cfg='{tmp}/evil_module.py', "
            "student_cfg='{tmp}/evil_module.py'",
            "got 'DWPoseDistiller'",
        ),
        (BACKBONE, f"{BACKBONE}, _base_='{{tmp}}/evil_module.py'", "no '_base_'"),
        (BACKBONE, f"{BACKBONE}, from_file='{{tmp}}/evil_module.py'", "'from_file'"),
    ],
)
def test_a_config_that_asks_for_more_is_refused(
    shipped, tmp_path, marker, old, new, message
):
    new = new.replace('{marker}', str(marker)).replace('{tmp}', str(tmp_path))
    cfg = shipped['meta']['cfg'].replace(old, new, 1)
    assert cfg != shipped['meta']['cfg']
    path = save(shipped, tmp_path / 'made.pth', cfg)
    with pytest.raises(ValueError, match=message) as found:
        HeadPoseInferencer(weights=path, detector='none')
    assert f'weights: {path}: its config cannot be used: ' in str(found.value)
    assert 'given by its path, as the model' in str(found.value)
    assert not marker.exists()


@pytest.mark.parametrize(
    'step',
    [
        "dict(type='evil_module')",
        "dict(type='RandomResize', scale=(1, 1), resize_type='evil_module')",
        "dict(type='Albumentation', transforms=[dict(type='Lambda')])",
    ],
)
def test_steps_of_other_kinds_are_refused(shipped, tmp_path, marker, step):
    steps = f'\ntest_dataloader = dict(dataset=dict(pipeline=[{step}]))\n'
    path = save(shipped, tmp_path / 'made.pth', shipped['meta']['cfg'] + steps)
    with pytest.raises(ValueError, match=r"expected one of \('BottomupResize', .* got"):
        HeadPoseInferencer(weights=path, detector='none')
    assert not marker.exists()


@pytest.mark.parametrize(
    ('old', 'new'),
    [
        ("'bernoulli_mmpose',", "'evil_module',"),
        ("default_scope = 'mmpose'", "default_scope = 'evil_module'"),
        ("dataset_type = 'HeadPoseTableDataset'", "dataset_type = 'evil_module'"),
        (TEST, f"{TEST}collate_fn='evil_module', "),
        ("type='HeadPoseVisualizer'", "type='evil_module'"),
        ('log_level', "_base_ = '{tmp}/evil_module.py'\nlog_level"),
        (MODEL, f"{MODEL}init_cfg=dict(type='Pretrained', checkpoint='gone.pth'), "),
        (MODEL, f"{MODEL}init_cfg=dict(type='evil_module'), "),
    ],
)
def test_what_inference_does_not_need_is_left_out(shipped, tmp_path, marker, old, new):
    cfg = shipped['meta']['cfg'].replace(old, new.replace('{tmp}', str(tmp_path)), 1)
    assert cfg != shipped['meta']['cfg']
    found = HeadPoseInferencer(
        weights=save(shipped, tmp_path / 'made.pth', cfg), detector='none'
    )
    image = np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8)
    (ours,) = HeadPoseInferencer(detector='none').predict(image)
    (theirs,) = found.predict(image)
    assert theirs['yaw'] == pytest.approx(ours['yaw'], abs=1e-3)
    assert not marker.exists()


def test_the_config_of_the_log_is_not_run(shipped, tmp_path, marker):
    """MMEngine takes that of the message hub before that of the meta."""
    hub = {'runtime_info': {'cfg': f'open({str(marker)!r}, "w")'}}
    torch.save({**shipped, 'message_hub': hub}, tmp_path / 'made.pth')
    HeadPoseInferencer(weights=tmp_path / 'made.pth', detector='none')
    assert not marker.exists()


def test_old_checkpoints_are_read(shipped):
    config = inference_config(parse_assignments(shipped['meta']['cfg']))
    assert set(config) == {
        *('model', 'train_dataloader', 'test_dataloader', 'data_mode')
    }
    assert config['model']['head']['decoder']['radius'] == 6
    assert config['test_dataloader']['dataset']['margin'] == 0.4


CONFIGS = [
    path
    for kind in ('bernoulli', 'rotation')
    for path in sorted(shipped_config().parent.rglob(f'{kind}_*.py'))
]


@pytest.mark.parametrize('path', CONFIGS, ids=lambda path: path.stem)
def test_checkpoints_of_every_config_can_be_used(path):
    import mmdet.models  # noqa: F401  (has losses of the same names)

    config = Config.fromfile(path)
    kept = inference_config(config.to_dict())
    assert config_margin(Config(kept)) == config_margin(config)
    assert kept['model']['head'] == config.model.head.to_dict()


def test_the_skeleton_does_not_replace_the_picture(shipped, tmp_path):
    skeleton = shipped['meta']['dataset_meta'] | {'img': None, 'img_path': 'gone.png'}
    path = save(shipped, tmp_path / 'made.pth', dataset_meta=skeleton)
    found = HeadPoseInferencer(weights=path, detector='none')
    assert len(found.predict(np.zeros((80, 80, 3), np.uint8))) == 1


@pytest.mark.parametrize(
    ('dataset', 'expected'),
    [
        ({'margin': 0.25}, 0.25),
        ({}, 0.4),
        ({'datasets': [{'margin': 0.1}, {'margin': 0.2}]}, 0.1),
        ({'region': 'image'}, None),
    ],
)
def test_config_margin(dataset, expected):
    config = Config({'test_dataloader': {'dataset': dataset}})
    assert config_margin(config) == expected
    assert config_margin(Config({})) == 0.4


NO_CONFIG = "expected 'cfg' and 'dataset_meta' in its meta, got none"
ODD_META = {
    'none': (None, NO_CONFIG),
    'empty': ({}, NO_CONFIG),
    'a list': ([], r'meta: expected a dict, got \[\]'),
    'bytes for a config': ({'cfg': b'a = 1', 'dataset_meta': {}}, NO_CONFIG),
    'no skeleton': ({'cfg': 'a = 1'}, NO_CONFIG),
    'a word for a skeleton': ({'cfg': '', 'dataset_meta': 'x'}, 'dataset_meta: exp'),
    'no model': ({'cfg': 'a = 1', 'dataset_meta': {}}, 'no model that works'),
    'a word for a model': ({'cfg': 'model = "x"', 'dataset_meta': {}}, 'cannot be use'),
    'a number for a key': (
        {
            'cfg': 'test_dataloader = {"dataset": {"datasets": {1: 2}}}',
            'dataset_meta': {},
        },
        'its config cannot be used',
    ),
    'a far flip': (
        {'cfg': '', 'dataset_meta': {'flip_indices': [7]}},
        'dataset_meta: expected a dict with keypoints as flip_indices',
    ),
}


@pytest.mark.parametrize('name', ODD_META)
def test_odd_meta_is_named(shipped, tmp_path, name):
    meta, message = ODD_META[name]
    path = tmp_path / 'odd.pth'
    torch.save({**shipped, 'meta': meta}, path)
    with pytest.raises(ValueError, match=message) as found:
        HeadPoseInferencer(weights=path, detector='none')
    assert str(path) in str(found.value)


@pytest.mark.parametrize(
    ('old', 'new'),
    [
        ("arch='w18_small_v1'", 'arch=[]'),
        ("arch='w18_small_v1'", "arch='w18_small_v1', no_such=1"),
        ("arch='w18_small_v1'", 'base_channels=0'),
        ('in_channels=240', 'in_channels=-1'),
        ('in_channels=240', 'in_channels="x"'),
        ('radius=6', 'radius=float'),
        ('flip_test=False,', 'flip_test=True, flip_mode=7,'),
        ('padding=1.0', 'padding="x"'),
        ('padding=1.0', 'no_such=1'),
        ('test_dataloader = dict(', 'test_dataloader = 1\nx = dict('),
        ('num_keypoints=1,', 'num_keypoints=None,'),
    ],
)
def test_configs_that_make_no_model_are_named(shipped, tmp_path, old, new):
    text = shipped['meta']['cfg'].replace(old, new)
    assert text != shipped['meta']['cfg']
    path = save(shipped, tmp_path / 'odd.pth', text)
    with pytest.raises(ValueError, match=r'^weights: .*odd\.pth: its config'):
        HeadPoseInferencer(weights=path, detector='none')


WEIGHT = 'backbone.conv1.weight'
ODD_TENSORS = {
    'nan': (torch.full((32, 3, 3, 3), torch.nan), 'finite numbers, got NaN'),
    'infinity': (torch.full((32, 3, 3, 3), torch.inf), 'finite numbers, got NaN'),
    'another shape': (torch.zeros(3), r'of shape \(.*got \(3,\) in .*it is of another'),
    'text': ('x', "expected a tensor, got 'x'"),
    'a list': ([1.0], r'expected a tensor, got \[1.0\]'),
    'sparse': (torch.zeros(2, 2).to_sparse(), 'expected numbers in the file'),
    'no numbers': (torch.zeros(2, 2, device='meta'), 'expected numbers in the file'),
    'quantised': (
        torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.qint8),
        'expected numbers in the file, got torch.qint8',
    ),
    'complex': (torch.zeros(2, dtype=torch.complex64), 'got torch.complex64'),
    'of 8 bits': (torch.zeros(2).to(torch.float8_e4m3fn), 'got torch.float8_e4m3fn'),
    # 4 bytes in the file, 40 TB in memory.
    'one number': (torch.zeros(1).expand(10**13), 'all its numbers in the file'),
}


@pytest.mark.parametrize('name', ODD_TENSORS)
@pytest.mark.parametrize('load', [HeadPoseInferencer, load_model])
def test_odd_tensors_are_named(shipped, tmp_path, name, load):
    tensor, message = ODD_TENSORS[name]
    path = tmp_path / 'odd.pth'
    assert WEIGHT in shipped['state_dict']
    state = {**shipped['state_dict'], WEIGHT: tensor}
    torch.save({**shipped, 'state_dict': state}, path)
    with pytest.raises(ValueError, match=message) as found:
        load(shipped_config(), path)
    assert str(path) in str(found.value)


@pytest.mark.parametrize('name', [1, None, b'x'])
def test_names_that_are_no_text_are_named(shipped, tmp_path, name):
    state = {**shipped['state_dict'], name: torch.zeros(1)}
    torch.save({**shipped, 'state_dict': state}, tmp_path / 'odd.pth')
    with pytest.raises(ValueError, match=rf'odd\.pth: {name}: expected a tensor'):
        read_checkpoint(tmp_path / 'odd.pth')


def test_a_missing_statistic_is_named(shipped, tmp_path):
    state = dict(shipped['state_dict'])
    del state['backbone.bn1.running_var']
    torch.save({**shipped, 'state_dict': state}, tmp_path / 'odd.pth')
    with pytest.raises(ValueError, match=r'odd\.pth: .*running_var'):
        load_model(shipped_config(), tmp_path / 'odd.pth')


@pytest.mark.parametrize('state', [[], 'x', None, torch.zeros(1)])
def test_odd_weights_are_named(tmp_path, state):
    torch.save({'state_dict': state}, tmp_path / 'odd.pth')
    with pytest.raises(ValueError, match=r'odd\.pth: state_dict: expected a dict'):
        read_checkpoint(tmp_path / 'odd.pth')


def test_a_packed_checkpoint_is_refused(tmp_path):
    """64 MB of zeros in 64 kB."""
    torch.save({'a': torch.zeros(2**24)}, tmp_path / 'plain.pth')
    path = tmp_path / 'packed.pth'
    with (
        zipfile.ZipFile(tmp_path / 'plain.pth') as plain,
        zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    with pytest.raises(ValueError, match=r'packed\.pth, which is none or is damaged'):
        read_checkpoint(path)


def test_an_old_torch_is_named(tmp_path, monkeypatch):
    monkeypatch.delattr(torch.serialization, 'get_unsafe_globals_in_checkpoint')
    (tmp_path / 'a.pth').write_bytes(b'x')
    with pytest.raises(ValueError, match=r'or needs torch 2\.6 to be read safely'):
        read_checkpoint(tmp_path / 'a.pth')


def test_a_checkpoint_of_the_web_is_checked_like_a_file(
    shipped, tmp_path, monkeypatch, marker
):
    cfg = f'open({str(marker)!r}, "w")\n' + shipped['meta']['cfg']
    served = save(shipped, tmp_path / 'served.pth', cfg).read_bytes()
    asked = []

    def download(address, path, progress):  # noqa: ARG001
        asked.append(address)
        with open(path, 'wb') as file:  # noqa: PTH123
            file.write(served)

    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, 'download_url_to_file', download)
    address = 'https://example.org/a/../epoch_1.pth?x=1'
    for _ in range(2):
        with pytest.raises(ValueError, match='line 1 is no assignment'):
            HeadPoseInferencer(weights=address, detector='none')
    assert asked == [address]
    assert not marker.exists()


@pytest.mark.parametrize('address', ['torchvision://resnet50', 'file:///etc/passwd'])
def test_other_addresses_are_refused(address):
    with pytest.raises(ValueError, match=f'a path or a web address, got {address}'):
        find_checkpoint(address)


def test_an_address_that_does_not_answer_is_named(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError('no network')

    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, 'download_url_to_file', refuse)
    with pytest.raises(OSError, match=r'cannot download https://a\.b/c\.pth: no net'):
        find_checkpoint('https://a.b/c.pth')


def test_many_views_of_the_same_numbers_are_refused(shipped, tmp_path):
    """Each would be looked through: 20,000 of them take minutes."""
    numbers = torch.zeros(1_000_000)
    views = {f'w{i}': numbers.view(-1) for i in range(20_000)}
    path = tmp_path / 'views.pth'
    torch.save({**shipped, 'state_dict': {**shipped['state_dict'], **views}}, path)
    with pytest.raises(ValueError, match='expected all its numbers in the file'):
        read_checkpoint(path)


@pytest.mark.parametrize('load', [HeadPoseInferencer, load_model])
def test_no_file_of_the_current_folder_is_run(shipped, tmp_path, monkeypatch, load):
    path = save(shipped, tmp_path / 'made.pth')
    base = tmp_path / 'configs' / '_base_' / 'datasets' / 'coco.py'
    base.parent.mkdir(parents=True)
    base.write_text(
        f'x = open({str(tmp_path / "trace")!r}, "w")\ndataset_info = {{}}\n'
    )
    monkeypatch.chdir(tmp_path)
    load(weights=path)
    assert not (tmp_path / 'trace').exists()


def test_loaded_networks_compute_the_same_faster():
    """Batch norms are folded into convolutions."""
    config, path = find_model('head-pose', None)
    ours, plain = load_model('head-pose'), init_model(config, path, device='cpu')
    images = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = plain.head(plain.extract_feat(images))
        found = ours.head(ours.extract_feat(images))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in ours.backbone.modules())
