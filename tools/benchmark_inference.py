"""How fast head pose is on the CPU: ratios and shares, measured in one run.

Images a second of a model in PyTorch and in onnxruntime against MMPose's stock
top-down HRNet-W32 at the same input size (random weights); what decoding and drawing
take of the whole; frames a second of a 640x480 video of one rendered head. All calls
of a table take turns in changing order; absolute figures are those of one machine
and its load.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from benchmark import alternate
from export_onnx import load_model
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

import bernoulli_mmpose  # noqa: F401  (before mmpose)
from bernoulli_mmpose import export

if TYPE_CHECKING:
    from mmpose.models import TopdownPoseEstimator

STOCK = (
    'mmpose::body_2d_keypoint/topdown_heatmap/coco/'
    'td-hm_hrnet-w32_8xb64-210e_coco-256x192.py'
)
SIZE = (640, 480)
SEQUENCE = 4  # of the rendered stand-in for BIWI
FACE_MM = 75.0  # half a face, about
View = tuple[np.ndarray, np.ndarray]  # a frame and the face's box in it, (1, 4)
CALL_S = 0.05  # a timed call repeats what is faster than that


def parse_args(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'paths', nargs='*', type=Path, metavar='CONFIG CHECKPOINT',
        help='without: the model that comes with the package',
    )  # fmt: skip
    parser.add_argument('--batches', type=int, nargs='+', default=[1, 32])
    parser.add_argument(
        '--flip-test', choices=('on', 'off'), help="default: the config's test_cfg"
    )
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--threads', type=int, default=torch.get_num_threads())
    parser.add_argument(
        '--frames', type=int, default=300, help='of the video; 0 leaves it out'
    )
    args = parser.parse_args(arguments)
    if len(args.paths) not in (0, 2):
        parser.error('expected CONFIG and CHECKPOINT, or neither')
    if min(args.rounds, args.threads, *args.batches) < 1 or args.frames < 0:
        parser.error('--batches, --rounds and --threads: expected 1 or more')
    return args


def stock_model(model: 'TopdownPoseEstimator') -> 'TopdownPoseEstimator':
    """MMPose's HRNet-W32 with the input size and the flip test of a model."""
    from mmengine.hub import get_config
    from mmpose.registry import MODELS

    codec, config = model.head.decoder, get_config(STOCK).model
    sizes = dict(input_size=codec.input_size, heatmap_size=codec.heatmap_size)
    config.backbone.init_cfg = None
    config.head.decoder.update(sizes)
    config.test_cfg.flip_test = bool(model.test_cfg.get('flip_test', False))
    stock = MODELS.build(config).eval()
    stock.dataset_meta = dict(flip_indices=list(range(config.head.out_channels)))
    return stock


def packed_heads(model: 'TopdownPoseEstimator', view: View, count: int) -> dict:
    """A batch of the model's test pipeline, the same box of a frame each time."""
    from mmengine.dataset import Compose, pseudo_collate

    pipeline = Compose(model.cfg.test_dataloader.dataset.pipeline)
    frame, box = view
    record = dict(img=frame, bbox=box, bbox_score=np.ones(1, np.float32))
    return pseudo_collate(
        [pipeline({**record, **model.dataset_meta}) for _ in range(count)]
    )


def predictor(model: 'TopdownPoseEstimator', batch: dict) -> Callable[[], object]:
    """MMPose's ``test_step`` of a packed batch: normalise, network, decode, pack."""
    inputs = batch['inputs']
    samples = [sample.clone() for sample in batch['data_samples']]
    for sample in samples:
        sample.set_metainfo(dict(flip_indices=model.dataset_meta['flip_indices']))

    def predict() -> object:
        with torch.no_grad():
            return model.test_step(dict(inputs=list(inputs), data_samples=samples))

    return predict


def onnx_predictor(
    session: Any, batch: dict, mean: np.ndarray, std: np.ndarray
) -> Callable[[], object]:
    """The same from the same crops by onnxruntime: normalise, run the graph."""
    crops = np.stack([image.numpy() for image in batch['inputs']])
    shape = (3, 1, 1)

    def predict() -> object:
        images = (crops[:, ::-1] - mean.reshape(shape)) / std.reshape(shape)
        return session.run(None, {export.INPUT: images})

    return predict


def repeated(call: Callable[[], object]) -> tuple[Callable[[], object], int]:
    """The call as often as takes about ``CALL_S``, and how often that is."""
    call()
    start = time.perf_counter()
    call()
    count = max(1, round(CALL_S / (time.perf_counter() - start)))
    return lambda: [call() for _ in range(count)], count


def timed(
    calls: dict[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Seconds of one call, ``rounds`` times each, in turns."""
    many = {name: repeated(call) for name, call in calls.items()}
    seconds = alternate({name: call for name, (call, _) in many.items()}, rounds)
    return {n: [s / many[n][1] for s in values] for n, values in seconds.items()}


def spread(values: Sequence[float], form: str) -> str:
    """Median and range."""
    low, high = min(values), max(values)
    return f'{statistics.median(values):{form}} ({low:{form}}-{high:{form}})'


def speed_table(
    model: 'TopdownPoseEstimator', view: View, args: argparse.Namespace
) -> Table:
    """Images a second of every way to run the model, and of the stock one."""
    full = export.model_to_onnx(model)
    heads = packed_heads(model, view, 32)
    images = model.data_preprocessor(heads, training=False)['inputs'].numpy()
    sessions = {
        f'onnxruntime {name}': export.open_session(
            export.to_precision(full, name, images), args.threads
        )
        for name in export.PRECISIONS
    }
    meta, stock = export.read_metadata(full), stock_model(model)
    mean, std = (np.array(meta[key], dtype=np.float32) for key in ('mean', 'std'))
    table = Table('', 'batch', 'images/s (min-max)', 'of PyTorch', 'of HRNet-W32')
    for size in args.batches:
        batch = packed_heads(model, view, size)
        calls = {
            'PyTorch': predictor(model, batch),
            'MMPose HRNet-W32': predictor(stock, batch),
            **{n: onnx_predictor(s, batch, mean, std) for n, s in sessions.items()},
        }
        seconds = timed(calls, args.rounds)
        for name, values in seconds.items():
            ratios = [
                [a / b for a, b in zip(seconds[other], values, strict=True)]
                for other in ('PyTorch', 'MMPose HRNet-W32')
            ]
            rates = [size / value for value in values]
            cells = [spread(r, '.2f') for r in ratios]
            table.add_row(name, str(size), spread(rates, '.0f'), *cells)
    return table


def part_calls(
    model: 'TopdownPoseEstimator', view: View
) -> dict[str, Callable[[], object]]:
    """The steps from a frame with a box to a drawn picture, each alone."""
    from bernoulli_mmpose.inferencers.heads import draw_heads

    batch = packed_heads(model, view, 1)
    data = model.data_preprocessor(batch, training=False)
    graph = export.HeadPoseGraph(model, model.dataset_meta['flip_indices'])
    with torch.no_grad():
        maps = graph.maps(data['inputs'])
    frame, (box,) = view
    head = dict(pitch=-10.0, yaw=30.0, roll=5.0, center=box[:2], bbox=box)

    def network() -> object:
        with torch.no_grad():
            return graph.maps(model.data_preprocessor(batch, False)['inputs'])

    return {
        'crop': lambda: packed_heads(model, view, 1),
        'network': network,
        'decode': lambda: model.head.decode(maps),
        'drawing': lambda: draw_heads(frame, [head]),
    }


def share_table(
    model: 'TopdownPoseEstimator', view: View, args: argparse.Namespace
) -> tuple[Table, float]:
    """The steps of one head in a 640x480 frame, and seconds of decode and drawing."""
    seconds = timed(part_calls(model, view), args.rounds)
    middle = {name: statistics.median(values) for name, values in seconds.items()}
    whole = sum(middle.values())
    table = Table('', 'ms', 'share')
    ours = middle['decode'] + middle['drawing']
    middle['decode + drawing'] = ours
    for name, value in middle.items():
        table.add_row(name, f'{value * 1e3:.3f}', f'{value / whole:.1%}')
    return table, ours


def rendered_video(count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """BGR frames of a rendered head that moves, and the first face's box, (1, 4)."""
    from bernoulli_mmpose.rendering.sequence import build_scene

    scene = build_scene(SEQUENCE, count, size=SIZE)
    frames = [scene.frame(index) for index in range(count)]
    corners = frames[0].centre + FACE_MM * np.array([[-1, -1, 0], [1, 1, 0]])
    pixels, _ = scene.calibration.project(corners)
    return [frame.image for frame in frames], pixels.reshape(1, 4).astype(np.float32)


def video_rate(
    frames: list[np.ndarray], box: np.ndarray, args: argparse.Namespace
) -> tuple[float, int]:
    """Frames a second of HeadPoseInferencer, file to drawn file, and heads found."""
    from bernoulli_mmpose.inferencers import HeadPoseInferencer

    config, weights = args.paths or (None, None)
    flip_test = None if args.flip_test is None else args.flip_test == 'on'
    inferencer = HeadPoseInferencer(config, weights, 'cpu', flip_test=flip_test)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, 'head.mp4'))
        writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*'mp4v'), 30, SIZE)
        for index in range(args.frames):  # there and back
            place = index % (2 * len(frames))
            writer.write(frames[min(place, 2 * len(frames) - 1 - place)])
        writer.release()
        start = time.perf_counter()
        results = inferencer(path, bboxes=box, out_dir=folder)
        heads = [len(result['predictions'][0]) for result in results]
        rate = len(heads) / (time.perf_counter() - start)
    return rate, sum(map(bool, heads))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    args = parse_args(arguments)
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(args.threads)
    init_default_scope('mmpose')
    model = load_model(args.paths, args.flip_test)
    frames, box = rendered_video(min(args.frames, 60) or 1)
    console = Console()
    console.width = max(console.width, 100)
    width, height = model.head.decoder.input_size
    flip = 'with' if export.HeadPoseGraph(model).flip_test else 'without'
    speed = speed_table(model, (frames[0], box), args)
    speed.title = f'{width}x{height}, {flip} flip test, {args.threads} threads'
    console.print(speed)
    shares, ours = share_table(model, (frames[0], box), args)
    console.print(shares)
    if args.frames:
        rate, heads = video_rate(frames, box, args)
        console.print(
            f'640x480 video, read, estimated, drawn and written: {rate:.0f} frames/s '
            f'(goal 30), a head in {heads} of {args.frames}; decode + drawing take '
            f'{ours * rate:.1%} of it (goal: below 10 %)'
        )


if __name__ == '__main__':
    main()
