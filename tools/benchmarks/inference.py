"""The calls that tools/benchmark_inference.py times: models, steps, a video."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from baselines.mediapipe_landmarks import FaceMesh, cut_head
from mmengine.dataset import Compose, pseudo_collate
from mmengine.hub import get_config
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from numpy.typing import NDArray
from rendering.sequence import build_scene
from rich.table import Table

from bernoulli_headpose.drawing import draw_heads
from bernoulli_mmpose import HeadPoseInferencer, export

from .timing import Call, spread, timed

OURS, STOCK = 'PyTorch', 'MMPose HRNet-W32'
MESH, MESH_IN_VIDEO = 'MediaPipe', 'MediaPipe, video'
REFERENCES = (OURS, STOCK, MESH_IN_VIDEO)  # the last without its detector, as ours is
STOCK_CONFIG = (
    'mmpose::body_2d_keypoint/topdown_heatmap/coco/'
    'td-hm_hrnet-w32_8xb64-210e_coco-256x192.py'
)
SIZE = (640, 480)
SEQUENCE = 4  # of the rendered stand-in for BIWI
FACE_MM = 75.0  # half a face, about
View = tuple[NDArray[np.uint8], NDArray[np.float32]]  # frame and face box, (1, 4)


def speed_table(
    calls: dict[int, dict[str, Call]], weights: dict[str, int], rounds: int
) -> Table:
    """Images a second of every way to run the model, and of others.

    Args:
        calls: By batch size and name.
        weights: Bytes, by name.
        rounds: Of all calls in turns.
    """
    references = [name for name in REFERENCES if name in weights]
    ratios = [f'of {name}' for name in references]
    table = Table('', 'MB', 'batch', 'images/s (min-max)', *ratios)
    for size, ways in calls.items():
        seconds = timed(ways, rounds)
        for name, values in seconds.items():
            pairs = (zip(seconds[other], values, strict=True) for other in references)
            cells = [spread([a / b for a, b in pair], '.2f') for pair in pairs]
            rates = [size / value for value in values]
            megabytes = f'{weights[name] / 1e6:.1f}'
            table.add_row(name, megabytes, str(size), spread(rates, '.0f'), *cells)
    return table


def share_table(calls: dict[str, Call], rounds: int) -> tuple[Table, float]:
    """The steps of one head in a frame, and seconds of decode and drawing."""
    seconds = timed(calls, rounds)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    whole = sum(middle.values())
    table = Table('', 'ms', 'share')
    ours = middle['decode'] + middle['drawing']
    middle['decode + drawing'] = ours
    for name, value in middle.items():
        table.add_row(name, f'{value * 1e3:.3f}', f'{value / whole:.1%}')
    return table, ours


def stock_model(model: TopdownPoseEstimator) -> TopdownPoseEstimator:
    """MMPose's HRNet-W32, random, with the input size and flip test of a model."""
    codec, config = model.head.decoder, get_config(STOCK_CONFIG).model
    sizes = dict(input_size=codec.input_size, heatmap_size=codec.heatmap_size)
    config.backbone.init_cfg = None
    config.head.decoder.update(sizes)
    config.test_cfg.flip_test = bool(model.test_cfg.get('flip_test', False))
    stock = MODELS.build(config).eval()
    stock.dataset_meta = dict(flip_indices=list(range(config.head.out_channels)))
    return stock


def pack_heads(model: TopdownPoseEstimator, view: View, count: int) -> dict[str, Any]:
    """A batch of the model's test pipeline, the same box of a frame each time."""
    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    frame, box = view
    record = dict(img=frame, bbox=box, bbox_score=np.ones(1, np.float32))
    return pseudo_collate(
        [pipeline({**model.dataset_meta, **record}) for _ in range(count)]
    )


def model_calls(
    model: TopdownPoseEstimator, view: View, sizes: Sequence[int], threads: int
) -> tuple[dict[int, dict[str, Call]], dict[str, int]]:
    """A model in PyTorch and in onnxruntime, and the stock one.

    Args:
        model: Of ``init_model``.
        view: What the crops are taken from; int8 is calibrated on it.
        sizes: Batch sizes.
        threads: Of onnxruntime.

    Returns:
        Calls by batch size and name, and bytes of weights by name.
    """
    full, stock = export.model_to_onnx(model), stock_model(model)
    batch = model.data_preprocessor(pack_heads(model, view, 32), training=False)
    crops, sessions = batch['inputs'].numpy(), {}
    weights = {OURS: _state_bytes(model), STOCK: _state_bytes(stock)}
    for name in export.PRECISIONS:
        converted = export.to_precision(full, name, crops)
        export.check_finite(converted, crops)
        sessions[f'onnxruntime {name}'] = export.open_session(converted, threads)
        weights[f'onnxruntime {name}'] = converted.ByteSize()
    meta = export.read_metadata(full)
    calls = {}
    for size in sizes:
        batch = pack_heads(model, view, size)
        calls[size] = {
            OURS: _torch_call(model, batch),
            STOCK: _torch_call(stock, batch),
            **{n: _onnx_call(s, batch, meta) for n, s in sessions.items()},
        }
    return calls, weights


def mesh_call(mesh: FaceMesh, view: View, size: int) -> Call:
    """MediaPipe's mesh in a square about a face, ``size`` times one after another.

    Raises:
        ValueError: If it finds no face there.
    """
    frame, (box,) = view
    picture, _, _ = cut_head(frame, np.concatenate([box[:2], box[2:] - box[:2]]))
    if mesh.find(picture) is None:
        raise ValueError('expected a face for MediaPipe in the picture, it finds none')
    return lambda: mesh.find(picture, size)


def _state_bytes(model: torch.nn.Module) -> int:
    """Size of a model's weights."""
    return sum(value.nbytes for value in model.state_dict().values())


def _torch_call(model: TopdownPoseEstimator, batch: dict[str, Any]) -> Call:
    """MMPose's ``test_step`` of a packed batch: normalise, network, decode, pack."""
    samples = [sample.clone() for sample in batch['data_samples']]
    for sample in samples:
        sample.set_metainfo(dict(flip_indices=model.dataset_meta['flip_indices']))

    def predict() -> object:
        with torch.no_grad():
            data = dict(inputs=list(batch['inputs']), data_samples=samples)
            return model.test_step(data)

    return predict


def _onnx_call(session: Any, batch: dict[str, Any], meta: dict[str, Any]) -> Call:
    """Angles of crops by onnxruntime: normalise, run the graph."""
    crops = np.stack([image.numpy() for image in batch['inputs']])
    mean, std = (np.float32(meta[key]).reshape(3, 1, 1) for key in ('mean', 'std'))
    return lambda: session.run(None, {export.INPUT: (crops[:, ::-1] - mean) / std})


def step_calls(model: TopdownPoseEstimator, view: View) -> dict[str, Call]:
    """The steps from a frame with a box to a drawn picture, each alone."""
    batch = pack_heads(model, view, 1)
    graph = export.HeadPoseGraph(model, model.dataset_meta['flip_indices'])
    frame, (box,) = view
    canvas = frame.copy()  # a video's frames are drawn on themselves
    head = dict(pitch=-10.0, yaw=30.0, roll=5.0, center=box[:2], bbox=box)

    def network() -> torch.Tensor:
        with torch.no_grad():
            return graph.maps(model.data_preprocessor(batch, False)['inputs'])

    maps = network()
    return {
        'crop': lambda: pack_heads(model, view, 1),
        'network': network,
        'decode': lambda: model.head.decode(maps),
        'drawing': lambda: draw_heads(canvas, [head], in_place=True),
    }


def render_video(count: int) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32]]:
    """BGR frames of a rendered head that moves, and the first face's box, (1, 4)."""
    scene = build_scene(SEQUENCE, count, size=SIZE)
    frames = [scene.frame(index) for index in range(count)]
    corners = frames[0].centre + FACE_MM * np.array([[-1, -1, 0], [1, 1, 0]])
    pixels, _ = scene.calibration.project(corners)
    return [frame.image for frame in frames], pixels.reshape(1, 4).astype(np.float32)


def video_rate(
    inferencer: HeadPoseInferencer, frames: list[Any], box: Any, count: int
) -> tuple[float, int]:
    """Frames a second from file to drawn file, and how many had a head.

    Args:
        inferencer: The inferencer.
        frames: BGR, of ``SIZE``; shown there and back again.
        box: Face box of the first frame, (1, 4).
        count: Length of the video.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, 'head.mp4'))
        writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*'mp4v'), 30, SIZE)
        for frame in islice(cycle([*frames, *frames[::-1]]), count):
            writer.write(frame)
        writer.release()
        start = time.perf_counter()
        results = inferencer(path, bboxes=box, out_dir=folder)
        heads = [len(result['predictions'][0]) for result in results]
        rate = len(heads) / (time.perf_counter() - start)
    return rate, sum(map(bool, heads))
