"""What MMPose needs and a plain ``pip install`` does not give.

``apply`` runs once, when ``bernoulli_mmpose`` is imported, which must be before
``mmpose``. It does four things, each only where it is needed:

- ``mmpose.models`` imports ``mmcv.ops`` whether or not a model uses a compiled
  op. Where mmcv has no ``mmcv._ext`` (``mmcv-lite``), a stand-in takes its place.
  Where mmcv is the full one, nothing is touched.
- ``mmpose`` reads COCO's files with ``xtcocotools``, which is compiled for Python 3.10
  and 3.11 and for NumPy 1. Where it cannot be imported, :mod:`.coco_stand_in` takes its
  place.
- torch 2.6 and later read checkpoints with ``weights_only=True``. The classes
  that a checkpoint of MMEngine's Runner holds are added to torch's allow list.
- MMEngine's inferencers look up functions in MMPose's scope, which has no registry of
  them, and warn. It is given an empty one.
"""

import importlib.util
import pickle
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import torch
from torch import Tensor

EXTENSION = 'mmcv._ext'
STATISTICS = ('min', 'max', 'current', 'mean')
DTYPES = '?bhilqBHILQefd'


def apply() -> None:
    """Install what is missing; a second call changes nothing."""
    if EXTENSION not in sys.modules and importlib.util.find_spec(EXTENSION) is None:
        sys.modules[EXTENSION] = ExtensionStandIn()
    replace_xtcocotools()
    allow_runner_checkpoints()
    add_function_registry()


def add_function_registry() -> None:
    """Give MMPose's scope a registry of functions, such as the ``pseudo_collate``.

    It has none, and so MMEngine warns at each inferencer that it looks elsewhere.
    """
    from mmengine.registry import FUNCTIONS, Registry

    if 'mmpose' not in FUNCTIONS.children:
        Registry('function', parent=FUNCTIONS, scope='mmpose', locations=[])


def replace_xtcocotools() -> None:
    """Put the stand-in in place where ``xtcocotools`` cannot be imported."""
    try:
        import xtcocotools.mask  # noqa: F401  (its compiled part)
    except Exception:  # of which kind depends on NumPy
        from . import coco_stand_in

        coco_stand_in.install()


class ExtensionStandIn(ModuleType):
    """Takes the place of ``mmcv._ext`` where mmcv comes without compiled ops.

    ``nms`` and the forward pass of average RoI align go to torchvision, so that
    MMDetection's usual detectors run. Every other op can be looked up, as
    ``mmcv.ops`` does while it is imported, and raises when it is called.
    """

    def __init__(self) -> None:
        super().__init__(EXTENSION)
        # mmcv and MMEngine tell by the loader whether compiled ops exist.
        self.__spec__ = ModuleSpec(EXTENSION, loader=None)
        self.nms = nms
        self.roi_align_forward = roi_align_forward
        self.get_compiler_version = lambda: 'n/a (no compiled ops)'
        self.get_compiling_cuda_version = lambda: 'n/a (no compiled ops)'

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if name.startswith('__'):
            raise AttributeError(f'module {EXTENSION!r} has no attribute {name!r}')
        return missing_op(name)


def missing_op(name: str) -> Callable[..., NoReturn]:
    """Make a function that stands for the compiled op ``name``.

    Returns:
        A function of any arguments that raises NotImplementedError.
    """

    def raise_missing(*_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError(
            f"the compiled mmcv op '{name}' was called, and this mmcv comes without "
            'compiled ops (mmcv-lite). For a model that needs it, install the full '
            "mmcv: 'pip uninstall mmcv-lite', then 'mim install mmcv==2.1.0' (it "
            'compiles where there is no wheel for your torch).'
        )

    return raise_missing


def nms(bboxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Non-maximum suppression with the signature of ``mmcv._ext.nms``.

    Args:
        bboxes: (N, 4), xyxy.
        scores: (N,).
        iou_threshold: A box that overlaps a better one by more is dropped.
        offset: 1 if a box includes its last pixel, so that its width is
            x2 - x1 + 1; 0 if not.

    Returns:
        (M,) int64, the kept boxes, best first.
    """
    from torchvision import ops

    far_edge = bboxes.new_tensor([0, 0, offset, offset])
    return ops.nms(bboxes + far_edge, scores, iou_threshold)


def roi_align_forward(
    features: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """RoI align with the signature of ``mmcv._ext.roi_align_forward``.

    Args:
        features: (B, C, H, W).
        rois: (N, 5), index in the batch and xyxy.
        output: (N, C, aligned_height, aligned_width), filled in place.
        argmax_y: Of max pooling only.
        argmax_x: Of max pooling only.
        aligned_height: Height of the output.
        aligned_width: Width of the output.
        spatial_scale: Pixels of ``features`` per unit of ``rois``.
        sampling_ratio: Samples per bin and axis; 0 takes as many as fit.
        pool_mode: 1 for the average; 0 (maximum) has no substitute.
        aligned: Whether boxes are shifted by half a pixel.

    Raises:
        NotImplementedError: If ``pool_mode`` is 0.
    """
    from torchvision import ops

    if pool_mode != 1 or argmax_y.numel() or argmax_x.numel():
        missing_op('roi_align_forward (max)')()
    size = (aligned_height, aligned_width)
    output.copy_(
        ops.roi_align(features, rois, size, spatial_scale, sampling_ratio, aligned)
    )


def allow_runner_checkpoints() -> None:
    """Let torch load the checkpoints of MMEngine's Runner with protection on.

    Such a file holds, beside tensors, the HistoryBuffers of the log and NumPy
    arrays and scalars. Nothing else is allowed, and a checkpoint with anything
    else is refused as before.
    """
    # The first version with weights_only by default and with names for callables.
    if not hasattr(torch.serialization, 'get_unsafe_globals_in_checkpoint'):
        return
    from mmengine.logging import HistoryBuffer

    allowed: list[Any] = [
        HistoryBuffer,
        np.ndarray,
        np.dtype,
        (history_buffer_statistic, 'builtins.getattr'),
        (empty_bytes, 'builtins.bytes'),
        *{type(np.dtype(code)) for code in DTYPES},
    ]
    scalar = np.float64(0).__reduce__()[0]
    reconstruct = np.zeros(0).__reduce__()[0]
    # NumPy 2 moved the module; files of both kinds are about.
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        allowed.append((scalar, f'{module}.scalar'))
        allowed.append((reconstruct, f'{module}._reconstruct'))
    torch.serialization.add_safe_globals(allowed)


def empty_bytes() -> bytes:
    """Stand in for ``bytes`` while a checkpoint is read.

    An empty array (a data set without a skeleton) is pickled with ``bytes()``.
    """
    return b''


def history_buffer_statistic(owner: Any, name: str) -> Callable[..., Any]:
    """Stand in for ``getattr`` while a checkpoint is read.

    A pickled HistoryBuffer names its statistics as ``getattr(HistoryBuffer, 'mean')``.

    Args:
        owner: Must be the class HistoryBuffer.
        name: One of ``STATISTICS``.

    Returns:
        The method.

    Raises:
        pickle.UnpicklingError: For any other owner or name.
    """
    from mmengine.logging import HistoryBuffer

    if owner is not HistoryBuffer or name not in STATISTICS:
        raise pickle.UnpicklingError(
            f'a checkpoint asks for attribute {name!r} of {owner!r}; only '
            f'{", ".join(STATISTICS)} of HistoryBuffer are allowed'
        )
    return getattr(HistoryBuffer, name)


apply()
