"""The stand-in for compiled ops and the checkpoint allow list."""

import importlib.util
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import mmcv
import numpy as np
import pytest
import torch
from mmengine.dataset import BaseDataset
from mmengine.evaluator import BaseMetric
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.runner import Runner

from bernoulli_mmpose import compat

EXTENSION = 'mmcv._ext'


def test_real_extension_on_disk_is_left_alone(monkeypatch, tmp_path):
    (tmp_path / '_ext.py').write_text('origin = "real"\n')
    monkeypatch.setattr(mmcv, '__path__', [str(tmp_path), *mmcv.__path__])
    monkeypatch.delitem(sys.modules, EXTENSION, raising=False)

    compat.apply()

    assert EXTENSION not in sys.modules
    assert importlib.util.find_spec(EXTENSION).origin == str(tmp_path / '_ext.py')


def test_loaded_extension_is_left_alone(monkeypatch):
    real = ModuleType(EXTENSION)
    monkeypatch.setitem(sys.modules, EXTENSION, real)
    before = set(vars(real))

    compat.apply()

    assert sys.modules[EXTENSION] is real
    assert set(vars(real)) == before


def test_absent_extension_gets_a_stand_in(monkeypatch, tmp_path):
    monkeypatch.setattr(mmcv, '__path__', [str(tmp_path)])
    monkeypatch.delitem(sys.modules, EXTENSION, raising=False)

    compat.apply()
    first = sys.modules[EXTENSION]
    compat.apply()

    assert isinstance(first, compat.ExtensionStandIn)
    assert sys.modules[EXTENSION] is first
    assert first.__spec__.loader is None


@pytest.mark.parametrize('package', ['torch', 'mmengine', 'mmpose'])
def test_missing_package_is_named(package):
    code = f'import sys; sys.modules[{package!r}] = None; import bernoulli_mmpose'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    message = f"plugin for MMPose 1.x, which needs the package '{package}'"
    assert message in done.stderr.splitlines()[-1]


def test_importing_compat_does_not_import_mmpose():
    code = (
        'import sys, types\n'
        'package = types.ModuleType("bernoulli_mmpose")\n'
        f'package.__path__ = [{str(Path(compat.__file__).parent)!r}]\n'
        'sys.modules["bernoulli_mmpose"] = package\n'
        'import bernoulli_mmpose.compat\n'
        'print([m for m in ("mmpose", "mmdet") if m in sys.modules])'
    )
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == '[]'


@pytest.mark.parametrize('op', ['softnms', 'deform_conv_forward', 'ms_deform_attn'])
def test_op_without_substitute_names_itself(op):
    extension = compat.ExtensionStandIn()
    assert hasattr(extension, op)
    with pytest.raises(NotImplementedError, match=f"'{op}'.*mim install mmcv==2.1.0"):
        getattr(extension, op)(torch.zeros(1), offset=0)


def test_stand_in_does_not_invent_special_attributes():
    assert not hasattr(compat.ExtensionStandIn(), '__file__')
    assert not hasattr(compat.ExtensionStandIn(), '__path__')


@pytest.mark.parametrize(
    ('offset', 'kept'),
    [
        # Overlap 36 / 81 = 0.44 of the areas without, 50 / 100 = 0.5 with the
        # last pixel.
        (0, [1, 0]),
        (1, [1]),
    ],
)
def test_nms_counts_the_last_pixel_as_mmcv_does(offset, kept):
    boxes = torch.tensor([[0.0, 0, 9, 4], [0, 0, 9, 9]])
    scores = torch.tensor([0.3, 0.8])
    extension = compat.ExtensionStandIn()
    found = extension.nms(boxes, scores, iou_threshold=0.47, offset=offset)
    assert found.tolist() == kept


def test_mmcv_nms_runs():
    from mmcv.ops import nms

    boxes = np.array([[49, 32, 51, 36], [49, 33, 51, 36], [35, 11, 39, 15]])
    scores = np.array([0.5, 0.9, 0.4], dtype=np.float32)
    detections, kept = nms(boxes.astype(np.float32), scores, iou_threshold=0.6)
    assert kept.tolist() == [1, 2]
    np.testing.assert_allclose(detections[:, 4], [0.9, 0.4], rtol=1e-6)


def roi_align(pool_mode):
    """Pool the box (2, 2, 6, 6) of a map whose value is its column."""
    ramp = torch.arange(8.0).expand(1, 1, 8, 8).contiguous()
    output = torch.zeros(1, 1, 1, 2)
    compat.ExtensionStandIn().roi_align_forward(
        ramp,
        torch.tensor([[0.0, 2, 2, 6, 6]]),
        output,
        torch.zeros(0),
        torch.zeros(0),
        aligned_height=1,
        aligned_width=2,
        spatial_scale=1.0,
        sampling_ratio=0,
        pool_mode=pool_mode,
        aligned=True,
    )
    return output.flatten().tolist()


def test_roi_align_averages_a_linear_map_exactly():
    # Bin centres x = 3 and 5, in a frame whose pixel 0 has its centre at 0.5.
    assert roi_align(pool_mode=1) == pytest.approx([2.5, 4.5])


def test_roi_align_by_maximum_has_no_substitute():
    with pytest.raises(NotImplementedError, match='roi_align_forward'):
        roi_align(pool_mode=0)


class Numbers(BaseDataset):
    METAINFO = {'sigmas': np.array([0.1, 0.2], dtype=np.float32), 'ids': np.arange(3)}

    def load_data_list(self):
        return [{'x': float(i)} for i in range(4)]

    def __getitem__(self, index):
        return {'inputs': torch.tensor([float(index)])}


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)

    def forward(self, inputs, mode='tensor'):
        output = self.layer(inputs)
        return {'loss': output.square().mean()} if mode == 'loss' else list(output)


class Constant(BaseMetric):
    def process(self, data_batch, data_samples):  # noqa: ARG002
        self.results.extend(data_samples)

    def compute_metrics(self, results):
        return {'score': np.float64(len(results))}


def build_runner(work_dir, epochs, **extra):
    loader = {
        'dataset': Numbers(),
        'batch_size': 2,
        'num_workers': 0,
        'sampler': {'type': 'DefaultSampler', 'shuffle': False},
        'collate_fn': {'type': 'default_collate'},
    }
    return Runner(
        model=Line(),
        work_dir=str(work_dir),
        train_dataloader=loader,
        val_dataloader=loader,
        train_cfg={'by_epoch': True, 'max_epochs': epochs, 'val_interval': 1},
        val_cfg={},
        val_evaluator=[Constant()],
        optim_wrapper={'optimizer': {'type': 'Adam', 'lr': 0.01}},
        param_scheduler={'type': 'MultiStepLR', 'milestones': [1]},
        default_hooks={
            'checkpoint': {
                'type': 'CheckpointHook',
                'save_best': 'score',
                'rule': 'greater',
            }
        },
        experiment_name=f'compat_{epochs}',
        log_level='ERROR',
        **extra,
    )


@pytest.fixture(scope='module')
def work_dir(tmp_path_factory):
    """A folder with the checkpoint that MMEngine's Runner saves after an epoch."""
    folder = tmp_path_factory.mktemp('runner')
    build_runner(folder, epochs=1).train()
    return folder


def test_runner_checkpoint_loads_with_protection_on(work_dir):
    path = work_dir / 'epoch_1.pth'
    assert torch.serialization.get_unsafe_globals_in_checkpoint(path) == []
    checkpoint = torch.load(path, weights_only=True)
    loss = checkpoint['message_hub']['log_scalars']['train/loss']
    assert isinstance(loss, HistoryBuffer)
    assert len(loss.data[0]) == 2
    assert loss.statistics('mean') == pytest.approx(loss.data[0].mean())
    np.testing.assert_allclose(
        checkpoint['meta']['dataset_meta']['sigmas'], [0.1, 0.2], rtol=1e-6
    )


def test_best_checkpoint_keeps_its_numpy_score(work_dir):
    checkpoint = torch.load(work_dir / 'best_score_epoch_1.pth')
    assert checkpoint['message_hub']['runtime_info']['best_score'] == 4.0


def test_runner_resumes(work_dir):
    runner = build_runner(work_dir, epochs=2, resume=True)
    runner.train()
    assert runner.epoch == 2
    assert len(runner.message_hub.get_scalar('train/loss').data[0]) == 4


@pytest.mark.parametrize('dtype', ['uint8', 'float32', 'int64'])
def test_empty_arrays_load(tmp_path, dtype):
    """As the skeleton colours of a data set without a skeleton."""
    torch.save({'a': np.zeros((0, 3), dtype)}, tmp_path / 'empty.pth')
    loaded = torch.load(tmp_path / 'empty.pth', weights_only=True)
    assert loaded['a'].shape == (0, 3)


def test_names_of_numpy_2_load(tmp_path):
    path = tmp_path / 'numpy2.pth'
    torch.save({'a': np.arange(3.0), 'b': np.float32(2)}, path)
    content = pickle_bytes(path).replace(
        b'cnumpy.core.multiarray', b'cnumpy._core.multiarray'
    )
    rewrite_pickle(path, content)
    loaded = torch.load(path, weights_only=True)
    assert loaded['a'].tolist() == [0, 1, 2]
    assert loaded['b'] == 2


def pickle_bytes(path):
    return torch._C.PyTorchFileReader(str(path)).get_record('data.pkl')


def rewrite_pickle(path, content):
    writer = torch._C.PyTorchFileWriter(str(path))
    writer.write_record('data.pkl', content, len(content))
    writer.write_record('byteorder', b'little', 6)
    writer.write_end_of_file()


class Malicious:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ('function', 'arguments', 'message'),
    [
        (os.system, ('touch {marker}',), 'posix.system'),
        (eval, ('open("{marker}", "w")',), 'eval'),
        (getattr, (np.ndarray, 'tofile'), "attribute 'tofile'"),
        (getattr, (HistoryBuffer, '__init__'), "attribute '__init__'"),
        (getattr, (HistoryBuffer, 'register_statistics'), 'register_statistics'),
        (getattr, (torch.Tensor, 'mean'), "attribute 'mean'"),
    ],
)
def test_anything_else_is_still_refused(tmp_path, function, arguments, message):
    marker = tmp_path / 'marker'
    arguments = tuple(
        a.format(marker=marker) if isinstance(a, str) else a for a in arguments
    )
    path = tmp_path / 'malicious.pth'
    torch.save({'state_dict': Malicious(function, *arguments)}, path)
    with pytest.raises(pickle.UnpicklingError, match=message):
        torch.load(path)
    assert not marker.exists()


def test_real_getattr_is_not_allowed():
    allowed = torch.serialization.get_safe_globals()
    callables = [a[0] if isinstance(a, tuple) else a for a in allowed]
    assert getattr not in callables
