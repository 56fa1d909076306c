"""Smaller arithmetic for an exported model: int8.

Inputs and outputs stay float32, and so do the last convolution and the decode:
where angles are averaged, eight bits would show. (There is no float16: onnxruntime
computes in it at less than half the speed of float32 on the processors that were
measured, and int8 is smaller and faster than both.)
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime import quantization

from bernoulli_headpose.onnx.interface import INPUT

from .metadata import write_metadata

PRECISIONS = ('fp32', 'int8')
# What onnxruntime computes on int8 without going back to float in between.
_QUANTIZED = ('Conv', 'Add', 'LeakyRelu', 'Resize', 'Concat')


def to_precision(
    onnx_model: onnx.ModelProto,
    precision: str,
    calibration: NDArray[np.float32] | None = None,
) -> onnx.ModelProto:
    """The model at another precision; the given one is not changed.

    Args:
        onnx_model: Of :func:`~bernoulli_mmpose.export.model_to_onnx`.
        precision: One of ``PRECISIONS``.
        calibration: Normalised images for int8, (N, 3, H, W): the ranges of the
            network's values are taken from them.

    Raises:
        ValueError: If the precision is unknown, or int8 has no calibration images.
    """
    if precision not in PRECISIONS:
        raise ValueError(f'precision: expected one of {PRECISIONS}, got {precision!r}')
    if precision == 'fp32':
        return onnx_model
    if calibration is None or not len(calibration):
        raise ValueError('int8: expected calibration images, got none')
    converted = to_int8(onnx_model, calibration)
    write_metadata(converted, dict(precision=precision))
    return converted


def decode_nodes(graph: onnx.GraphProto) -> list[str]:
    """Names of the last convolution and of all nodes that no convolution follows.

    What blurs a map (the decode of unbiased keypoints does) is none of the network's.
    """
    blurs = _blur_kernels(graph)
    before_convolution: set[str] = set()
    names = []
    for node in reversed(graph.node):
        inside = not before_convolution.isdisjoint(node.output)
        if not inside:
            names.append(node.name)
        if inside or (node.op_type == 'Conv' and blurs.isdisjoint(node.input)):
            before_convolution.update(node.input)
    return names


def _blur_kernels(graph: onnx.GraphProto) -> set[str]:
    """Names of the kernels that take one map to one map, (1, 1, h, w)."""
    sizes = {array.name: array.dims for array in graph.initializer}
    for node in graph.node:
        if node.op_type == 'Constant':
            sizes[node.output[0]] = node.attribute[0].t.dims
    return {n for n, dims in sizes.items() if len(dims) == 4 and [*dims[:2]] == [1, 1]}


class _Reader(quantization.CalibrationDataReader):
    """Hands calibration images to onnxruntime, one batch after the other."""

    def __init__(self, images: NDArray[np.float32], batch: int = 16) -> None:
        self._parts: Iterator[NDArray] = iter(
            [images[start : start + batch] for start in range(0, len(images), batch)]
        )

    def get_next(self) -> dict[str, NDArray] | None:
        part = next(self._parts, None)
        return None if part is None else {INPUT: part}


def to_int8(
    onnx_model: onnx.ModelProto, calibration: NDArray[np.float32]
) -> onnx.ModelProto:
    """The network in int8, weights scaled per channel; the decode in float32."""
    with tempfile.TemporaryDirectory() as folder:
        prepared, result = (str(Path(folder, name)) for name in ('a.onnx', 'b.onnx'))
        network = onnx.shape_inference.infer_shapes(onnx_model)
        onnx.save(network, prepared)
        level = logging.root.level
        logging.root.setLevel(logging.ERROR)  # it logs hints by the root logger
        try:
            quantization.quantize_static(
                prepared,
                result,
                _Reader(calibration),
                quant_format=quantization.QuantFormat.QDQ,
                op_types_to_quantize=list(_QUANTIZED),
                nodes_to_exclude=decode_nodes(network.graph),
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
            )
        finally:
            logging.root.setLevel(level)
        converted = onnx.load(result)
    sort_nodes(converted.graph)
    return converted


def sort_nodes(graph: onnx.GraphProto) -> None:
    """Put each node behind those that it reads, also from within its branches.

    onnxruntime's quantization sorts by what nodes name as their inputs alone.
    """
    waiting = list(graph.node)
    made = {name for node in waiting for name in node.output if name}
    del graph.node[:]
    while waiting:
        ready = [node for node in waiting if made.isdisjoint(_reads(node))]
        graph.node.extend(ready)
        made -= {name for node in ready for name in node.output}
        waiting = [node for node in waiting if not made.isdisjoint(node.output)]


def _reads(node: onnx.NodeProto) -> set[str]:
    inner = [n for attribute in node.attribute for n in attribute.g.node]
    return set(node.input).union(*map(_reads, inner))
