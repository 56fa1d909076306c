"""What training costs beside MMPose's: step, memory, codec, data pipeline."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from rich.table import Table

from bernoulli_mmpose.models.channelwise_hrnet import ARCHS

from .timing import alternate

MAPS = 4  # one head centre and three angles, or four keypoints
PARTS = ('ours', 'stock')
SETTINGS = dict(default='bernoulli_hrnet_multiscale', paper='bernoulli_hrnet_paper')
ROOT = Path(__file__).resolve().parents[2]


def cost_table(args: argparse.Namespace) -> tuple[Table, float]:
    """Ours against MMPose's, and seconds of our training step."""
    size = f'{args.size[0]}x{args.size[1]}'
    table = Table('', 'ours', 'MMPose', 'ratio (min-max)')
    table.title = (
        f'{args.setting} setting, {args.arch}, {size}, batch {args.batch}, '
        f'{args.threads} threads'
    )
    step = alternate({part: build_step(part, args) for part in PARTS}, args.rounds)
    table.add_row(*ratio_row('training step (goal 1.10)', step, 1.0))
    memory = {part: peak_megabytes(part) for part in PARTS}
    table.add_row(
        'peak memory, network and steps (goal 1.05)',
        *(f'{memory[part]:.0f} MB' for part in PARTS),
        f'{memory["ours"] / memory["stock"]:.2f}',
    )
    scales = dict(encode=1 / 100, decode=1 / args.batch)
    for name, calls in codec_calls(args).items():
        seconds = alternate(calls, 5 * args.rounds)
        table.add_row(*ratio_row(f'{name} a sample (goal 1.5)', seconds, scales[name]))
    return table, statistics.median(step['ours'])


def codec_config(part: str, args: argparse.Namespace) -> dict:
    """The codec of a part, of maps a quarter as wide as the image."""
    width, height = args.size
    sizes = dict(input_size=(width, height), heatmap_size=(width // 4, height // 4))
    if part == 'ours':
        return dict(type='BernoulliHeatmap', radius=min(width, height) / 13, **sizes)
    return dict(type='MSRAHeatmap', sigma=2, **sizes)


def encode_arguments(part: str, args: argparse.Namespace) -> dict:
    """What a codec encodes: points near the image's centre, and ours with angles."""
    rng = np.random.default_rng(0)
    count = 1 if part == 'ours' else MAPS
    center = np.array(args.size) / 2
    keypoints = rng.uniform(center * 0.8, center * 1.2, (1, count, 2))
    values = dict(
        keypoints=keypoints.astype(np.float32),
        keypoints_visible=np.ones((1, count), np.float32),
    )
    if part == 'ours':
        values['head_angles'] = rng.uniform(-60, 60, (1, 3)).astype(np.float32)
        values['head_angles_valid'] = np.ones((1, 3), np.float32)
    return values


def build_step(part: str, args: argparse.Namespace) -> Callable[[], object]:
    """A training step (forward, losses, backward, Adam) on random images."""
    name = SETTINGS[args.setting] if part == 'ours' else 'bernoulli_hrnet'
    config = Config.fromfile(ROOT / 'configs' / f'_base_/models/{name}.py')
    model, table, codec = config.model, ARCHS[args.arch], codec_config(part, args)
    widths = table['stage4']['num_channels']
    model.test_cfg = {}
    if part == 'ours':
        model.backbone.arch = args.arch
        joined = 'neck' in model  # all four maps of the backbone
        model.head.update(in_channels=sum(widths) if joined else widths[0])
        model.head.decoder = codec
    else:
        model.backbone = dict(type='HRNet', in_channels=3, extra=table)
        model.head = dict(
            type='HeatmapHead', in_channels=widths[0], out_channels=MAPS,
            deconv_out_channels=None, decoder=codec,
            loss=dict(type='KeypointMSELoss', use_target_weight=True),
        )  # fmt: skip
    network = MODELS.build(model)
    network.init_weights()
    network.train()
    wrapper = OptimWrapper(torch.optim.Adam(network.parameters(), lr=1e-3))
    coder = KEYPOINT_CODECS.build(codec)
    encoded = coder.encode(**encode_arguments(part, args))
    tables = (coder.field_mapping_table, coder.label_mapping_table)
    fields, labels = ({k: torch.from_numpy(encoded[k]) for k in t} for t in tables)
    sample = PoseDataSample()
    sample.gt_fields = PixelData(**fields)
    sample.gt_instance_labels = InstanceData(**labels)
    batch = dict(
        inputs=list(torch.randint(0, 256, (args.batch, 3, *args.size[::-1])).byte()),
        data_samples=[sample] * args.batch,
    )
    return lambda: network.train_step(batch, wrapper)


def ratio_row(name: str, seconds: dict[str, list[float]], scale: float) -> list[str]:
    """Cells of a row: medians times ``scale``, and their ratio over the rounds."""
    ratios = [a / b for a, b in zip(seconds['ours'], seconds['stock'], strict=True)]
    middle = {part: statistics.median(seconds[part]) * 1e3 * scale for part in PARTS}
    return [
        name, f'{middle["ours"]:.3f} ms', f'{middle["stock"]:.3f} ms',
        f'{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})',
    ]  # fmt: skip


def peak_megabytes(part: str) -> float:
    """Median peak of three processes that each do three training steps."""
    command = [sys.executable, *sys.argv, '--memory-of', part]
    peaks = []
    for _ in range(3):
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        peaks.append(float(done.stdout.strip().splitlines()[-1]))
    return statistics.median(peaks)


def report_memory(part: str, args: argparse.Namespace) -> None:
    """Peak resident memory, less what the imports took before the network."""
    before = peak_kibibytes()
    step = build_step(part, args)
    for _ in range(3):
        step()
    print((peak_kibibytes() - before) / 1024)


def peak_kibibytes() -> int:
    """Peak of this process (Linux); getrusage would begin with its parent's."""
    lines = Path('/proc/self/status').read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith('VmHWM'))


def codec_calls(args: argparse.Namespace) -> dict[str, dict[str, Callable]]:
    """Encode one sample; decode a batch, as each head does it."""
    encodes, decodes = {}, {}
    maps = torch.rand(args.batch, MAPS, args.size[1] // 4, args.size[0] // 4)
    for part in PARTS:
        config = codec_config(part, args)
        codec, values = KEYPOINT_CODECS.build(config), encode_arguments(part, args)
        encodes[part] = lambda c=codec, v=values: [c.encode(**v) for _ in range(100)]
        name = 'BernoulliHead' if part == 'ours' else 'HeatmapHead'
        head = MODELS.build(
            dict(type=name, in_channels=8, decoder=config)
            if part == 'ours'
            else dict(type=name, in_channels=8, out_channels=MAPS, decoder=config)
        )
        decodes[part] = lambda h=head: h.decode(maps)
    return dict(encode=encodes, decode=decodes)


def pipeline_rate(batch: int) -> float:
    """Images a second that one worker of a loader gives, on rendered 640x480 PNGs."""
    config = Config.fromfile(ROOT / 'configs' / 'bernoulli_hrnet_biwi.py')
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, ROOT / 'tools/render_biwi_sample.py', f'{folder}/biwi',
             '--frames-per-sequence', '32', '--size', '640', '480'],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        loader = config.train_dataloader
        loader.dataset.update(data_root=f'{folder}/biwi', index_dir=folder)
        loader.update(batch_size=batch, num_workers=1)
        batches = iter(Runner.build_dataloader(loader, seed=0))
        for _ in range(2):  # what the worker has ready when it was started
            next(batches)
        start, count = time.perf_counter(), 0
        for _ in range(6):
            count += len(next(batches)['inputs'])
    return count / (time.perf_counter() - start)
