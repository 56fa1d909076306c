"""From a pose estimator to an ONNX model, and running one."""

from __future__ import annotations

import inspect
import tempfile
import warnings
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from mmpose.models.pose_estimators import TopdownPoseEstimator
from numpy.typing import NDArray
from torch import nn

from bernoulli_headpose.files import FileId, write_whole
from bernoulli_headpose.onnx import session as light
from bernoulli_headpose.onnx.interface import INPUT, widths

from .graph import HeadPoseGraph
from .metadata import model_metadata, write_metadata

OPSET = 17


def model_to_onnx(model: TopdownPoseEstimator) -> onnx.ModelProto:
    """Export a pose estimator, decode included; see :class:`HeadPoseGraph`.

    Batch size, height and width are free (the two latter multiples of 32), but for
    models whose body has a head of its own: their size is fixed. The flip test is part
    of the graph where the model's ``test_cfg`` asks for it.

    Args:
        model: Of MMPose's ``init_model``, on the CPU.

    Returns:
        A model in float32, with metadata, that the ONNX checker has passed.

    Raises:
        ValueError: If the model's head is not one of ours.
    """
    graph = HeadPoseGraph(model, model.dataset_meta.get('flip_indices')).eval()
    fixed = graph.beside.input_shape if graph.beside else None
    onnx_model = trace(graph, graph.outputs, fixed)
    sizes = widths(len(graph.codec.further_names), graph.head.num_keypoints - 1)
    if graph.beside:
        sizes |= graph.beside.shapes
    for output in onnx_model.graph.output:
        # the tracer has no number for some
        dimensions = output.type.tensor_type.shape.dim[1:]
        for dimension, size in zip(dimensions, sizes[output.name], strict=True):
            dimension.dim_value = size
    write_metadata(onnx_model, model_metadata(model))
    onnx.checker.check_model(onnx_model, full_check=True)
    return onnx_model


def trace(
    graph: nn.Module,
    outputs: Sequence[str],
    fixed: tuple[int, int, int] | None = None,
    slots: bool = False,
) -> onnx.ModelProto:
    """Trace a module that takes image batches; batch, height and width stay free.

    Args:
        graph: Gives as many tensors as there are names, batch first.
        outputs: Their names.
        fixed: The only size, (3, H, W); None for any.
        slots: Whether each image has slots of heads, as many as it needs.
    """
    free = {0: 'batch', **({1: 'heads'} if slots else {})}
    axes = {INPUT: {0: 'batch', **({} if fixed else {2: 'height', 3: 'width'})}}
    axes |= dict.fromkeys(outputs, free)
    size = fixed or (3, 96, 64)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'traced.onnx')
        _trace(graph, size, axes, path)
        return _fold(path)


def _trace(
    graph: nn.Module,
    size: tuple[int, int, int],
    axes: dict[str, dict[int, str]],
    path: Path,
) -> None:
    # The tracing exporter: it is in every torch that MMPose 1.3 runs with. Where
    # torch has two, this one has to be asked for.
    parameters = inspect.signature(torch.onnx.export).parameters
    choice: dict[str, Any] = dict(dynamo=False) if 'dynamo' in parameters else {}
    with warnings.catch_warnings(), torch.no_grad():
        # Constants and asserts are traced knowingly; the comparison tells.
        warnings.simplefilter('ignore')
        torch.onnx.export(
            graph,
            (torch.zeros(2, *size),),
            str(path),
            input_names=[INPUT],
            output_names=[name for name in axes if name != INPUT],
            dynamic_axes=axes,
            opset_version=OPSET,
            **choice,
        )


def _fold(path: Path) -> onnx.ModelProto:
    """A traced file with what does not depend on the images computed in advance.

    Half of the tracer's operators go, and with them a third of the time that opening
    the file takes. Those that stay are of the standard, for any runtime.
    """
    traced, folded = onnx.load(path), path.with_name('folded.onnx')
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    basic = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.graph_optimization_level = basic
    options.optimized_model_filepath = str(folded)
    onnxruntime.InferenceSession(str(path), options, ['CPUExecutionProvider'])
    result = onnx.load(folded)
    result.ir_version = traced.ir_version
    del result.opset_import[:]  # onnxruntime names all that it has
    result.opset_import.extend(traced.opset_import)
    return result


def save_onnx(
    onnx_model: onnx.ModelProto, path: Path, inputs: Container[FileId] = ()
) -> None:
    """Check a model and write it, the whole file or none.

    Args:
        onnx_model: The model.
        path: The file; its folder is made where it is missing.
        inputs: Files that must not be overwritten.

    Raises:
        ValueError: If ``path`` is an input.
        OSError: If it cannot be written.
    """
    onnx.checker.check_model(onnx_model, full_check=True)
    write_whole(path, onnx_model.SerializeToString(), inputs)


def open_session(
    onnx_model: onnx.ModelProto | Path, threads: int = 0
) -> onnxruntime.InferenceSession:
    """Load a model into onnxruntime, on the CPU.

    Args:
        onnx_model: A model or a file.
        threads: 0 takes all cores.

    Raises:
        ValueError: If it is no model, or a damaged one.
    """
    if not isinstance(onnx_model, Path):
        onnx_model = onnx_model.SerializeToString()
    return light.open_session(onnx_model, threads=threads or None)


def predict(
    session: onnxruntime.InferenceSession, images: NDArray[np.float32], batch: int = 64
) -> dict[str, NDArray[np.float32]]:
    """Run a model on images, a batch at a time; what it gives has to be finite.

    Args:
        session: Of :func:`open_session`.
        images: Normalised, (N, 3, H, W); N is 1 or more.
        batch: Images at a time.

    Returns:
        ``angles`` (N, 3) and ``angles_std`` (N, 3) in degrees, ``center`` (N, 2) in
        pixels of the input and ``score`` (N,); of a model of rotations also
        ``rotation`` (N, 3, 3) and ``rotation_std`` (N,) in degrees; of one of further
        values ``values`` and ``values_std``, each (N, V - 3); of one with a body
        also ``keypoints`` (N, K - 1, 2) and ``keypoint_scores`` (N, K - 1).

    Raises:
        ValueError: If there is no image, the model takes others, or a result is not
            finite.
    """
    found = light.run_session(session, images, batch)
    for name, values in found.items():
        finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)
        if not finite.all():
            raise ValueError(
                f'{name}: expected finite numbers, got NaN or inf in '
                f'{(~finite).sum()} images'
            )
    return found
